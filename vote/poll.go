package vote

import (
	"errors"
	"fmt"
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
	MaxOptionID = 32  // bytes
	MaxOptions  = 100
	MaxPoints   = 100 // the highest number of points in a score poll
)

// ErrInvalid is wrapped by every error that says a definition or a ballot
// breaks a rule of this package. Its text is meant for the person who sent it.
var ErrInvalid = errors.New("invalid")

// Kind says what a ballot of a poll may hold.
type Kind string

// The kinds of poll.
const (
	Single   Kind = "single"   // one option
	Multiple Kind = "multiple" // between Min and Max options
	Ranked   Kind = "ranked"   // options in order of preference, at least one
	Score    Kind = "score"    // points from Min to Max for one option or more
)

// Kinds lists every kind, the simplest first.
var Kinds = []Kind{Single, Multiple, Ranked, Score}

// Option is one answer that voters can choose.
type Option struct {
	ID    string `json:"id"`    // what ballots say: lower-case letters, digits, "-" and "_"
	Label string `json:"label"` // what voters read
}

// Poll is the whole definition of a poll. It is plain data: the store owns the
// authoritative copy, the queue publishes copies of it to the voting front.
type Poll struct {
	Slug     string   `json:"slug"`
	Question string   `json:"question"`
	Kind     Kind     `json:"kind"`
	Options  []Option `json:"options"`
	Min      int      `json:"min"` // multiple: fewest options; score: fewest points; else 0
	Max      int      `json:"max"` // multiple: most options; score: most points; else 0
	Status   Status   `json:"status"`

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
	if err := validateText("the question", p.Question, MaxQuestion); err != nil {
		return err
	}
	if err := validateOptions(p.Options); err != nil {
		return err
	}
	if !p.Status.valid() {
		return fmt.Errorf("%w: status %q is none of draft, open, closing, closed", ErrInvalid, p.Status)
	}
	if err := p.validateSchedule(); err != nil {
		return err
	}
	return p.validateLimits()
}

// validateSchedule checks when p is to open and to close: within the years that
// every store and every copy in JSON can hold, and in this order.
func (p Poll) validateSchedule() error {
	for _, t := range []time.Time{p.OpensAt, p.ClosesAt} {
		if y := t.UTC().Year(); !t.IsZero() && (y < 1970 || y > 9999) {
			return fmt.Errorf("%w: the times in opens_at and closes_at must lie in the years 1970 to 9999, not %d", ErrInvalid, y)
		}
	}
	if !p.OpensAt.IsZero() && !p.ClosesAt.IsZero() && !p.ClosesAt.After(p.OpensAt) {
		return fmt.Errorf("%w: the time in closes_at must be after that in opens_at", ErrInvalid)
	}
	return nil
}

// validateLimits checks Min and Max against the kind.
func (p Poll) validateLimits() error {
	switch p.Kind {
	case Single, Ranked:
		if p.Min != 0 || p.Max != 0 {
			return fmt.Errorf("%w: min and max are for multiple and score polls only", ErrInvalid)
		}
	case Multiple:
		if p.Min < 1 || p.Max < p.Min || p.Max > len(p.Options) {
			return fmt.Errorf("%w: a multiple poll needs 1 <= min <= max <= %d options, not min %d and max %d",
				ErrInvalid, len(p.Options), p.Min, p.Max)
		}
	case Score:
		if p.Min < 0 || p.Max <= p.Min || p.Max > MaxPoints {
			return fmt.Errorf("%w: a score poll needs 0 <= min < max <= %d points, not min %d and max %d",
				ErrInvalid, MaxPoints, p.Min, p.Max)
		}
	default:
		return fmt.Errorf("%w: kind %q is none of single, multiple, ranked, score", ErrInvalid, clip(string(p.Kind)))
	}
	return nil
}

func validateOptions(options []Option) error {
	if len(options) < 2 || len(options) > MaxOptions {
		return fmt.Errorf("%w: a poll needs 2 to %d options, not %d", ErrInvalid, MaxOptions, len(options))
	}
	seen, labels := make(map[string]bool, len(options)), make(map[string]bool, len(options))
	for i, o := range options {
		if !isOptionID(o.ID) {
			return fmt.Errorf("%w: option %d: the id %q must be 1 to %d lower-case letters, digits, '-' or '_'",
				ErrInvalid, i+1, clip(o.ID), MaxOptionID)
		}
		if seen[o.ID] {
			return fmt.Errorf("%w: two options have the id %q", ErrInvalid, o.ID)
		}
		seen[o.ID] = true
		if err := validateText(fmt.Sprintf("the label of option %d", i+1), o.Label, MaxLabel); err != nil {
			return err
		}
		if labels[o.Label] {
			return fmt.Errorf("%w: two options read %q: voters could not tell them apart", ErrInvalid, clip(o.Label))
		}
		labels[o.Label] = true
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
		return fmt.Errorf("%w: a poll's name is 1 to %d lower-case letters, digits and inner hyphens, not %q",
			ErrInvalid, MaxSlug, clip(s))
	}
	return nil
}

// validateText accepts what a person can read on one line.
func validateText(what, s string, most int) error {
	switch {
	case strings.TrimSpace(s) == "":
		return fmt.Errorf("%w: %s is empty", ErrInvalid, what)
	case !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError): // where a decoder lost bytes
		return fmt.Errorf("%w: %s is not UTF-8 text", ErrInvalid, what)
	case utf8.RuneCountInString(s) > most:
		return fmt.Errorf("%w: %s is longer than %d characters", ErrInvalid, what, most)
	case strings.ContainsFunc(s, misleading):
		return fmt.Errorf("%w: %s holds a control character", ErrInvalid, what)
	}
	return nil
}

// misleading reports characters that make a line look like another one:
// controls, line separators, and those that turn the direction of text. Joiners
// are fine: scripts and emoji need them.
func misleading(r rune) bool {
	return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
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

// clip shortens what a stranger sent to a length fit for a message.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
