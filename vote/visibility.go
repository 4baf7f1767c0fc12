package vote

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Visibility says when others than the organiser see the results of a poll.
type Visibility string

// The visibilities. But for VisibleManual, a poll that is closed shows its results.
const (
	VisibleLive      Visibility = "live"       // all the time
	VisibleAfterVote Visibility = "after_vote" // to those who have voted
	VisibleClosed    Visibility = "closed"     // once the poll is closed
	VisibleManual    Visibility = "manual"     // while the organiser reveals them
)

// Visibilities has all of them, the default first.
var Visibilities = []Visibility{VisibleLive, VisibleAfterVote, VisibleClosed, VisibleManual}

// Shows reports whether somebody who is not the organiser may see p's results. voted is
// whether they have shown that they voted in it.
func (p Poll) Shows(voted bool) bool {
	switch p.Visibility {
	case VisibleLive, "":
		return true
	case VisibleAfterVote:
		return voted || p.Status == Closed
	case VisibleClosed:
		return p.Status == Closed
	case VisibleManual:
		return p.Revealed
	}
	return false // what a newer program means may be anything
}

// Reveal returns p with its results shown, or hidden again. An error wraps ErrInvalid:
// only an organiser who shows results by hand has something to reveal.
func (p Poll) Reveal(revealed bool) (Poll, error) {
	switch {
	case p.Visibility != VisibleManual:
		return p, invalid("reveal.visibility", Args{"Visibility": string(p.Visibility)})
	case p.Status == Draft:
		return p, invalid("reveal.draft", nil)
	}
	p.Revealed = revealed
	return p, nil
}

// see sets the visibility. Results that were revealed are hidden again if it changes,
// and a poll that shows them to those who have voted gets a key for their passes.
func (s *Settings) see(v Visibility) {
	if v == "" {
		v = VisibleLive
	}
	if v != s.Visibility {
		s.Revealed = false
	}
	s.Visibility = v
	if v == VisibleAfterVote && s.PassKey == "" {
		s.PassKey = newLotSeed()
	}
}

// checkVisibility reports a visibility that there is not.
func (s Settings) checkVisibility() error {
	if s.Visibility != "" && !slices.Contains(Visibilities, s.Visibility) {
		return invalid("poll.visibility", Args{"Visibility": Clip(string(s.Visibility))})
	}
	return nil
}

// passPurpose is bound into each pass.
const passPurpose = "popeye pass 1"

// Pass returns what shows, until a time, that its bearer has voted in p; "" for a poll
// without a key.
func (p Poll) Pass(until time.Time) string {
	if p.PassKey == "" {
		return ""
	}
	end := strconv.FormatInt(until.Unix(), 36)
	return end + "." + p.signPass(end)
}

// CheckPass reports whether a pass is one of p's, and good still.
func (p Poll) CheckPass(pass string, now time.Time) bool {
	end, signature, _ := strings.Cut(pass, ".")
	at, err := strconv.ParseInt(end, 36, 64)
	return err == nil && p.PassKey != "" && now.Unix() < at && hmac.Equal([]byte(signature), []byte(p.signPass(end)))
}

// signPass binds the end of a pass to this very poll.
func (p Poll) signPass(end string) string {
	m := hmac.New(sha256.New, []byte(p.PassKey))
	fmt.Fprintf(m, "%s\n%s\n%s\n%s", passPurpose, p.Slug, p.CreatedKey(), end)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}
