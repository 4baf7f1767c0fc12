package vote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// DefaultSlug names the poll that the classic queue message, the classic
// table and the page at "/" speak of.
const DefaultSlug = "default"

// The limits of a definition. They bound what one poll may cost in every
// store, page and message that carries it.
const (
	MaxSlug     = 64  // bytes
	MaxQuestion = 300 // characters
	MaxLabel    = 120 // characters
	MaxNote     = 140 // characters
	MaxOptionID = 32  // bytes
	MaxOptions  = 100
)

// Option is one answer that voters can choose.
type Option struct {
	ID    string `json:"id"`             // what ballots say: lower-case letters, digits, "-" and "_"
	Label string `json:"label"`          // what voters read
	Note  string `json:"note,omitempty"` // a line that describes it, below the label; "" for none
}

// Poll is the whole definition of a poll. It is plain data: the store owns the
// authoritative copy, the queue publishes copies of it to the voting front.
type Poll struct {
	Slug     string   `json:"slug"`
	Code     string   `json:"code,omitempty"` // given by the store, see joincode; "" where nobody has told it
	Question string   `json:"question"`
	Kind     Kind     `json:"kind"`
	Options  []Option `json:"options"`
	Min      int      `json:"min"` // multiple: fewest options; score: fewest points; else 0
	Max      int      `json:"max"` // multiple: most options; score: most points; else 0
	Status   Status   `json:"status"`
	Settings

	// OpensAt and ClosesAt are when the poll is to open and to close by itself, to
	// the microsecond; zero for never. The worker opens it, soon after. The gate
	// shuts at the very moment, on every replica, also while no worker runs. A
	// poll that opens forgets OpensAt; it keeps the ClosesAt that closed it.
	OpensAt  time.Time `json:"opens_at,omitzero"`
	ClosesAt time.Time `json:"closes_at,omitzero"`

	// Corrections and Reopenings are what the public is told of changes since the
	// poll first opened, oldest first. The store adds to them, nobody else.
	Corrections []Correction `json:"corrections,omitempty"`
	Reopenings  []Reopening  `json:"reopenings,omitempty"`
	// Parent is the slug of the poll that had this one's name before; "" for none.
	Parent string `json:"parent,omitempty"`

	// Revision grows with every change of this definition, and over all polls:
	// a poll that is deleted and made again has a greater one. Whoever keeps a
	// copy keeps the one with the greatest revision. Assigned by the store.
	Revision  int64     `json:"revision"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
}

// ErrNewer says that a poll has a field which this program does not know: a newer
// one made it.
var ErrNewer = errors.New("the poll was made by a newer program")

// DecodePoll reads a poll from JSON, as EncodePoll or json.Marshal writes it: settings
// that are not there are as they are by default. A field that is not known may hide a
// result or keep voters out, so none is passed over: the error is an ErrNewer.
func DecodePoll(raw []byte) (Poll, error) {
	var kind struct{ Kind Kind }
	_ = json.Unmarshal(raw, &kind) // what is wrong is said below
	stored := storedPoll{Poll: Poll{Settings: DefaultSettings(kind.Kind)}}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(&stored)
	if err != nil && json.Unmarshal(raw, new(Poll)) == nil {
		err = fmt.Errorf("%w: %w", ErrNewer, err)
	}
	p := stored.Poll
	p.PassKey = stored.PassKey
	return p, err
}

// storedPoll is a poll with what only programs know of it.
type storedPoll struct {
	Poll
	PassKey string `json:"pass_key"`
}

// Option returns the option with the given id.
func (p Poll) Option(id string) (Option, bool) {
	for _, o := range p.Options {
		if o.ID == id {
			return o, true
		}
	}
	return Option{}, false
}

// Validate reports the first rule that the definition breaks, as an error that
// wraps ErrInvalid.
func (p Poll) Validate() error {
	if err := ValidateSlug(p.Slug); err != nil {
		return err
	}
	if err := validateText("question", p.Question, MaxQuestion, nil); err != nil {
		return err
	}
	if err := validateOptions(p.Options); err != nil {
		return err
	}
	if !p.Status.valid() {
		return invalid("poll.status", Args{"Status": Clip(string(p.Status))})
	}
	if err := p.validateSchedule(); err != nil {
		return err
	}
	rules, err := p.rules()
	if err != nil {
		return err
	}
	if err := rules.checkLimits(p); err != nil {
		return err
	}
	return p.checkSettings()
}

// validateSchedule checks when p is to open and to close: within the years that
// every store and every copy in JSON can hold, and in this order.
func (p Poll) validateSchedule() error {
	for _, t := range []time.Time{p.OpensAt, p.ClosesAt} {
		if y := t.UTC().Year(); !t.IsZero() && (y < 1970 || y > 9999) {
			return invalid("schedule.year", Args{"Year": strconv.Itoa(y)})
		}
	}
	if !p.OpensAt.IsZero() && !p.ClosesAt.IsZero() && !p.ClosesAt.After(p.OpensAt) {
		return invalid("schedule.order", nil)
	}
	return nil
}

func validateOptions(options []Option) error {
	if len(options) < 2 || len(options) > MaxOptions {
		return invalid("options.number", Args{"Max": MaxOptions, "Count": len(options)})
	}
	seen, labels := make(map[string]bool, len(options)), make(map[string]bool, len(options))
	for i, o := range options {
		if !isOptionID(o.ID) {
			return invalid("option.id", Args{"Number": i + 1, "Option": Clip(o.ID), "Max": MaxOptionID})
		}
		if seen[o.ID] {
			return invalid("option.same_id", Args{"Option": o.ID})
		}
		seen[o.ID] = true
		if err := validateText("label", o.Label, MaxLabel, Args{"Number": i + 1}); err != nil {
			return err
		}
		if labels[o.Label] {
			return invalid("label.same", Args{"Label": Clip(o.Label)})
		}
		labels[o.Label] = true
		if o.Note == "" {
			continue
		}
		if err := validateText("note", o.Note, MaxNote, Args{"Number": i + 1}); err != nil {
			return err
		}
	}
	return nil
}

// ValidateSlug reports whether s can name a poll: 1 to MaxSlug lower-case
// letters, digits and inner hyphens.
func ValidateSlug(s string) error {
	ok := s != "" && len(s) <= MaxSlug && s[0] != '-' && s[len(s)-1] != '-'
	for i := 0; ok && i < len(s); i++ {
		ok = isLower(s[i]) || isDigit(s[i]) || s[i] == '-'
	}
	if !ok {
		return invalid("poll.slug", Args{"Max": MaxSlug, "Slug": Clip(s)})
	}
	return nil
}

// validateText accepts what a person can read on one line. What is the first part
// of an error's code; args tell which one it is, if there are several.
func validateText(what, s string, most int, args Args) error {
	switch {
	case strings.TrimSpace(s) == "":
		return invalid(what+".empty", args)
	case !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError): // where a decoder lost bytes
		return invalid(what+".utf8", args)
	case utf8.RuneCountInString(s) > most:
		long := Args{"Max": most}
		maps.Copy(long, args)
		return invalid(what+".long", long)
	case strings.ContainsFunc(s, misleading):
		return invalid(what+".control", args)
	}
	return nil
}

// misleading reports characters that make a line look like another one:
// controls, line separators, and those that turn the direction of text. Joiners
// are fine: scripts and emoji need them.
func misleading(r rune) bool {
	return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}

// OptionID returns the default id of the option at index i: a ... z, aa, ab ...
func OptionID(i int) string {
	id := ""
	for i++; i > 0; i = (i - 1) / 26 {
		id = string(rune('a'+(i-1)%26)) + id
	}
	return id
}

func isOptionID(s string) bool {
	if s == "" || len(s) > MaxOptionID {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isLower(s[i]) && !isDigit(s[i]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return true
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
