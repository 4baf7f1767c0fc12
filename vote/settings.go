package vote

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"math"
	"slices"

	"popeye/vote/internal/origin"
)

// Settings are what an organiser decides about a poll beside its words, its kind and
// its times. They travel with the definition; a field of a poll is added here, and
// nowhere else in this package.
//
// A setting that is as it is by default is left out where polls are stored and
// published (EncodePoll), so that an older program, which refuses a field that it does
// not know, goes on with every poll that does not need the field.
type Settings struct {
	Rule       string `json:"rule"`        // the name of the rule of count/rules that counts it; "" is the kind's own
	Seats      int    `json:"seats"`       // how many options win; 0 is 1
	Quorum     int64  `json:"quorum"`      // score: options with fewer raters come last
	EqualRanks bool   `json:"equal_ranks"` // ranked: several options may share a place
	Abstain    bool   `json:"abstain"`     // a voter may say that they choose nothing
	// Visibility says when the audience sees the results. "" is VisibleLive.
	Visibility Visibility `json:"visibility"`
	Revealed   bool       `json:"revealed"`    // VisibleManual: the results are shown. Poll.Reveal sets it, no definition
	HideVoters bool       `json:"hide_voters"` // while results are hidden, so is how many have voted
	// PassKey signs the passes of those who have voted. It is kept and published with
	// the poll, by EncodePoll, and told to nobody.
	PassKey string `json:"-"`
	// Withdrawn are the ids of options that are out of the running. They stay on the
	// ballots; a count without them stands beside the full one.
	Withdrawn []string `json:"withdrawn,omitempty"`
	// Embed are the sites whose pages may show the live result in a frame: origins, or
	// "*" alone for any. Empty: none may.
	Embed []string `json:"embed,omitempty"`
	// LotSeed decides ties that nothing else decides. It is drawn when the poll is
	// made, and public once it opens. "": the lot is the order of options.
	LotSeed string `json:"lot_seed"`
	// TimeZone is where the organiser's clock hangs, by its name in IANA's list; "" is
	// UTC. OpensAt and ClosesAt are moments: the zone says how to write them.
	TimeZone string `json:"time_zone"`
	// Archived takes a poll off its organiser's main list, and changes nothing else.
	// A poll that opens is archived no more.
	Archived bool `json:"archived"`
	// Listed puts the poll on the front page while it is open, for everybody to find.
	Listed bool `json:"listed"`
}

// Anew returns the settings for another poll that asks the same: what happened to
// this one stays behind.
func (s Settings) Anew() Settings {
	s.LotSeed, s.Withdrawn, s.Archived, s.Revealed = newLotSeed(), nil, false, false
	s.PassKey = ""
	s.see(s.Visibility)
	return s
}

// Choices are settings as an organiser writes them: nil is the default where a poll is
// made, and no change where one is edited.
type Choices struct {
	Rule       *string     `json:"rule,omitempty"`
	Seats      *Limit      `json:"seats,omitempty"`
	Quorum     *Limit      `json:"quorum,omitempty"`
	EqualRanks *bool       `json:"equal_ranks,omitempty"`
	Abstain    *bool       `json:"abstain,omitempty"`
	Visibility *Visibility `json:"visibility,omitempty"`
	Withdrawn  []string    `json:"withdrawn,omitzero"` // an empty list withdraws none
	Embed      []string    `json:"embed,omitzero"`     // an empty list allows none
	TimeZone   *string     `json:"time_zone,omitempty"`
	Archived   *bool       `json:"archived,omitempty"`
	HideVoters *bool       `json:"hide_voters,omitempty"`
	Listed     *bool       `json:"listed,omitempty"`
}

// Apply makes the choices.
func (c Choices) Apply(s *Settings) {
	choose(&s.Rule, c.Rule)
	choose(&s.EqualRanks, c.EqualRanks)
	choose(&s.Abstain, c.Abstain)
	choose(&s.TimeZone, c.TimeZone)
	choose(&s.Archived, c.Archived)
	choose(&s.HideVoters, c.HideVoters)
	choose(&s.Listed, c.Listed)
	if c.Visibility != nil {
		s.see(*c.Visibility)
	}
	if c.Seats != nil {
		s.Seats = cmp.Or(int(*c.Seats), 1)
	}
	if c.Quorum != nil {
		s.Quorum = int64(*c.Quorum)
	}
	if c.Withdrawn != nil {
		s.Withdrawn = slices.Sorted(slices.Values(c.Withdrawn))
	}
	if c.Embed != nil {
		s.Embed = slices.Clone(c.Embed)
	}
}

// Limit is a whole number as an organiser writes it. JSON has one kind of
// number: 5.0 is 5.
type Limit int

// UnmarshalJSON reads a number within what any limit may be; Validate knows more.
func (l *Limit) UnmarshalJSON(raw []byte) error {
	var n float64
	if err := json.Unmarshal(raw, &n); err != nil || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		return invalid("definition.limit", Args{"Value": Clip(string(raw))})
	}
	*l = Limit(n)
	return nil
}

// choose sets a value that is given.
func choose[T any](value, given *T) {
	if given != nil {
		*value = *given
	}
}

// None reports whether nothing is chosen.
func (c Choices) None() bool {
	empty, _ := json.Marshal(Choices{})
	chosen, _ := json.Marshal(c) // plain data: it can't fail
	return bytes.Equal(empty, chosen)
}

// DefaultSettings are those of a kind whose organiser chooses none.
func DefaultSettings(k Kind) Settings {
	return Settings{Rule: kinds[k].rule, Seats: 1, Visibility: VisibleLive}
}

// Found reports whether p is on the front page, for everybody to find.
func (p Poll) Found() bool { return p.Listed && p.Status == Open }

// CountedBy names the rule that counts p.
func (p Poll) CountedBy() string { return cmp.Or(p.Rule, kinds[p.Kind].rule) }

// newLotSeed draws a seed: 130 random bits, as 26 letters and digits.
func newLotSeed() string { return rand.Text() }

// checkSettings reports what can't be, as far as this package knows: whether there is
// such a rule, and what it can count, says count/rules.
func (p Poll) checkSettings() error {
	switch {
	case p.Seats < 0 || p.Seats >= len(p.Options):
		return invalid("poll.seats", Args{"Seats": p.Seats, "Options": len(p.Options)})
	case p.Quorum < 0 || p.Quorum > 0 && p.Kind != Score:
		return invalid("poll.quorum", nil)
	case p.EqualRanks && p.Kind != Ranked:
		return invalid("poll.equal_ranks", nil)
	case len(p.LotSeed) > MaxSlug:
		return invalid("poll.lot_seed", nil)
	case p.Archived && p.Status != Draft && p.Status != Closed:
		return invalid("poll.archived", nil)
	}
	if _, err := LoadZone(p.TimeZone); err != nil {
		return err
	}
	if _, taken := p.Option(string(Abstention)); taken && p.Abstain {
		return invalid("poll.abstain", Args{"Option": string(Abstention)})
	}
	return cmp.Or(p.checkVisibility(), checkEmbed(p.Embed), p.checkWithdrawn())
}

// checkWithdrawn wants known options, each once, and enough left to fill the seats.
func (p Poll) checkWithdrawn() error {
	for i, id := range p.Withdrawn {
		if _, known := p.Option(id); !known || slices.Contains(p.Withdrawn[:i], id) {
			return invalid("poll.withdrawn", Args{"Option": Clip(id)})
		}
	}
	if left := len(p.Options) - len(p.Withdrawn); len(p.Withdrawn) > 0 && left <= max(1, p.Seats) {
		return invalid("poll.withdrawn_left", Args{"Left": left, "Seats": p.Seats})
	}
	return nil
}

// meaning returns the first field in which p and q differ and under which a ballot
// means or decides something, by its name in JSON; "" if a ballot of p means the same
// in q.
func meaning(p, q Poll) string {
	ids := func(o, other Option) bool { return o.ID == other.ID }
	switch {
	case p.Kind != q.Kind:
		return "kind"
	case !slices.EqualFunc(p.Options, q.Options, ids):
		return "options"
	case p.Min != q.Min:
		return "min"
	case p.Max != q.Max:
		return "max"
	}
	return p.counting(q.Settings)
}

// counting returns the first setting in which s and t differ and under which ballots
// mean or decide something; "" if there is none. Options may withdraw later.
func (s Settings) counting(t Settings) string {
	switch {
	case s.Rule != t.Rule:
		return "rule"
	case s.Seats != t.Seats:
		return "seats"
	case s.Quorum != t.Quorum:
		return "quorum"
	case s.EqualRanks != t.EqualRanks:
		return "equal_ranks"
	case s.Abstain != t.Abstain:
		return "abstain"
	}
	return ""
}

// EncodePoll returns p as JSON, without its code and without the settings that are as
// they are by default. DecodePoll reads it.
func EncodePoll(p Poll) (json.RawMessage, error) {
	all, err := fieldsOf(p)
	if err != nil {
		return nil, err
	}
	usual, err := fieldsOf(DefaultSettings(p.Kind))
	if err != nil {
		return nil, err
	}
	for name, value := range usual {
		if bytes.Equal(all[name], value) {
			delete(all, name)
		}
	}
	delete(all, "code") // stored and published beside it: an older program reads the rest
	if p.PassKey != "" {
		all["pass_key"], _ = json.Marshal(p.PassKey) // a string: it can't fail
	}
	return json.Marshal(all)
}

// fieldsOf returns the fields of an object in JSON.
func fieldsOf(v any) (fields map[string]json.RawMessage, err error) {
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &fields)
	}
	return fields, err
}

const (
	// AnySite in place of origins allows every site to embed a poll.
	AnySite = "*"
	// MaxEmbed is how many origins a poll may name.
	MaxEmbed = 20
)

// checkEmbed wants origins, each once, or "*" alone.
func checkEmbed(sites []string) error {
	if len(sites) > MaxEmbed {
		return invalid("poll.embed_many", Args{"Max": MaxEmbed, "Count": len(sites)})
	}
	for i, s := range sites {
		if anyone := s == AnySite && len(sites) == 1; !anyone && !origin.Valid(s) || slices.Contains(sites[:i], s) {
			return invalid("poll.embed", Args{"Site": Clip(s)})
		}
	}
	return nil
}
