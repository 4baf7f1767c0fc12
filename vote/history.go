package vote

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"popeye/vote/lookalike"
)

// A ballot keeps the words under which it was given. So the words of a poll that
// has opened are corrected in public, or not at all; those of a poll that is over
// stay; and whoever votes can say which words they were shown.

const (
	// MaxCorrections bounds how often the words of one poll can be corrected.
	MaxCorrections = 20
	// MaxWithdrawals bounds how often options of one poll can withdraw or come back.
	MaxWithdrawals = 100
	// MaxReopenings is how many reopenings are told: the first ones give way.
	MaxReopenings = 50
)

// Correction is a change of the words of a poll that had opened, or of the options that
// are in the running.
type Correction struct {
	At time.Time `json:"at"`
	// Field is "question", or "options." and the option's id for its label, or "notes." and
	// the id for its note, which Was or Is "" where there is none. It is "withdrawn." and
	// the id for an option that withdrew, whose label Was the option; for one that is
	// back, Is that.
	Field string `json:"field"`
	Was   string `json:"was"`
	Is    string `json:"is"`
}

// Withdrawal reports whether an option withdrew or came back, not what it says.
func (c Correction) Withdrawal() bool { return strings.HasPrefix(c.Field, fieldWithdrawn) }

// OfNote reports whether the note of an option was corrected.
func (c Correction) OfNote() bool { return strings.HasPrefix(c.Field, fieldNote) }

// Reopening says that a poll which was closed, or about to close, took votes again.
type Reopening struct {
	At     time.Time `json:"at"`
	Voters int64     `json:"voters"` // with a stored ballot at that moment; 0 if Untold
	// Untold says that the poll hid how many voters it had.
	Untold bool `json:"untold,omitempty"`
}

// Reopened tells that p took votes again, at a moment when it had so many voters.
func (p Poll) Reopened(at time.Time, voters int64) Reopening {
	if p.HideVoters && !p.Shows(false) {
		return Reopening{At: at, Untold: true}
	}
	return Reopening{At: at, Voters: voters}
}

const (
	fieldQuestion  = "question"
	fieldOption    = "options."
	fieldNote      = "notes."
	fieldWithdrawn = "withdrawn."
)

// CreatedKey names one poll among all that ever had its slug: by when it was
// made, in microseconds. It has lower-case letters and digits only.
func (p Poll) CreatedKey() string { return strconv.FormatInt(p.CreatedAt.UnixMicro(), 36) }

// Edition names what a voter is shown: this very poll under these very words. It
// does not change when the poll opens, closes or is scheduled. It has 16 letters,
// digits, "-" and "_".
func (p Poll) Edition() string {
	h := sha256.New()
	part := func(s string) { fmt.Fprintf(h, "%d:%s,", len(s), s) }
	for _, s := range []string{p.CreatedKey(), string(p.Kind), strconv.Itoa(p.Min), strconv.Itoa(p.Max), p.Question} {
		part(s)
	}
	for _, o := range p.Options {
		part(o.ID)
		part(o.Label)
		if o.Note != "" {
			h.Write([]byte("note ")) // no part begins so
			part(o.Note)
		}
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// Corrected returns what was corrected between old and p, which differ in their
// words and in what has withdrawn only. In a draft nothing is: nobody has voted under
// its words.
func (p Poll) Corrected(old Poll, at time.Time) []Correction {
	if old.Status == Draft {
		return nil
	}
	var all []Correction
	tell := func(field, was, is string) {
		if was != is {
			all = append(all, Correction{at, field, was, is})
		}
	}
	tell(fieldQuestion, old.Question, p.Question)
	for _, was := range old.Options {
		if is, ok := p.Option(was.ID); ok {
			tell(fieldOption+was.ID, was.Label, is.Label)
			tell(fieldNote+was.ID, was.Note, is.Note)
		}
	}
	for _, o := range p.Options {
		tell(fieldWithdrawn+o.ID, old.running(o), p.running(o))
	}
	return all
}

// running returns o's label, "" if o has withdrawn.
func (p Poll) running(o Option) string {
	if slices.Contains(p.Withdrawn, o.ID) {
		return ""
	}
	return o.Label
}

// Reopens reports whether p takes votes again that old had ended.
func (p Poll) Reopens(old Poll) bool {
	return p.Status == Open && (old.Status == Closing || old.Status == Closed)
}

// CheckMeaning refuses a change to q under which a ballot of p could come to
// mean something else.
func (p Poll) CheckMeaning(q Poll) error {
	if p.Status == Draft {
		return nil
	}
	corrections := q.Corrected(p, time.Time{})
	words := slices.DeleteFunc(slices.Clone(corrections), Correction.Withdrawal)
	field := meaning(p, q)
	switch {
	case p.Status != Open && (field != "" || len(words) > 0):
		return invalid(codeFinal, nil)
	case field == "options":
		return invalid("edit.meaning", nil)
	case field != "":
		return invalid("edit.frozen", Args{"Field": field})
	}
	return cmp.Or(p.checkHistory(corrections), p.checkLabels(words), p.checkNotes(q, words))
}

// checkHistory bounds what the public is told of a poll.
func (p Poll) checkHistory(more []Correction) error {
	words, withdrawals := 0, 0
	for _, c := range slices.Concat(p.Corrections, more) {
		if c.Withdrawal() {
			withdrawals++
		} else {
			words++
		}
	}
	adds := func(withdrawal bool) bool {
		return slices.ContainsFunc(more, func(c Correction) bool { return c.Withdrawal() == withdrawal })
	}
	switch {
	case words > MaxCorrections && adds(false):
		return invalid("edit.corrections", Args{"Count": MaxCorrections})
	case withdrawals > MaxWithdrawals && adds(true):
		return invalid("edit.withdrawals", Args{"Count": MaxWithdrawals})
	}
	return nil
}

// checkLabels refuses a label that another option has or had.
func (p Poll) checkLabels(corrections []Correction) error {
	for _, c := range corrections {
		id, isOption := strings.CutPrefix(c.Field, fieldOption)
		if other, used := p.usedLabel(c.Is, id); isOption && used {
			return invalid("edit.label_used", Args{"Label": Clip(c.Is), "Option": other})
		}
	}
	return nil
}

// checkNotes refuses a note that another option had and has no more. Notes may be
// alike, but must not change places.
func (p Poll) checkNotes(q Poll, corrections []Correction) error {
	left := func(id, note string) bool {
		o, _ := q.Option(id)
		return o.Note != note
	}
	for _, c := range corrections {
		to, isNote := strings.CutPrefix(c.Field, fieldNote)
		if !isNote || c.Is == "" {
			continue
		}
		for _, before := range slices.Concat(p.Corrections, corrections) {
			from, ok := strings.CutPrefix(before.Field, fieldNote)
			if ok && from != to && before.Was == c.Is && left(from, c.Is) {
				return invalid("edit.note_used", Args{"Note": Clip(c.Is), "Option": from})
			}
		}
	}
	return nil
}

// usedLabel returns the option other than id that has, or had, a label.
func (p Poll) usedLabel(label, id string) (other string, used bool) {
	for _, o := range p.Options {
		if o.ID != id && lookalike.Alike(o.Label, label) {
			return o.ID, true
		}
	}
	for _, c := range p.Corrections {
		was, ok := strings.CutPrefix(c.Field, fieldOption)
		if ok && was != id && lookalike.Alike(c.Was, label) {
			return was, true
		}
	}
	return "", false
}
