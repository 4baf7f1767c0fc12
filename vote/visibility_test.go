package vote

import (
	"strings"
	"testing"
	"time"
)

func visible(v Visibility, s Status) Poll {
	p := Poll{Slug: "lunch", Status: s, CreatedAt: time.UnixMicro(1_700_000_000_000_000)}
	p.Settings = DefaultSettings(Single)
	p.see(v)
	return p
}

func TestShows(t *testing.T) {
	for _, tt := range []struct {
		visibility    Visibility
		status        Status
		revealed      bool
		anyone, voter bool
	}{
		{VisibleLive, Open, false, true, true},
		{"", Open, false, true, true},
		{VisibleAfterVote, Open, false, false, true},
		{VisibleAfterVote, Closing, false, false, true},
		{VisibleAfterVote, Closed, false, true, true},
		{VisibleClosed, Open, false, false, false},
		{VisibleClosed, Closing, false, false, false},
		{VisibleClosed, Closed, false, true, true},
		{VisibleClosed, Open, true, false, false},
		{VisibleManual, Open, false, false, false},
		{VisibleManual, Closed, false, false, false},
		{VisibleManual, Open, true, true, true},
		{"of a newer program", Closed, true, false, false},
	} {
		p := Poll{Status: tt.status, Settings: Settings{Visibility: tt.visibility, Revealed: tt.revealed}}
		if anyone, voter := p.Shows(false), p.Shows(true); anyone != tt.anyone || voter != tt.voter {
			t.Errorf("%q, %s, revealed %t: shown to anyone %t, to voters %t", tt.visibility, tt.status, tt.revealed, anyone, voter)
		}
	}
}

func TestRevealIsForPollsThatAreRevealedByHand(t *testing.T) {
	for _, v := range []Visibility{VisibleLive, VisibleAfterVote, VisibleClosed} {
		if _, err := visible(v, Open).Reveal(true); err == nil {
			t.Errorf("%s is revealed", v)
		}
	}
	if _, err := visible(VisibleManual, Draft).Reveal(true); err == nil {
		t.Error("a draft is revealed")
	}
	p, err := visible(VisibleManual, Open).Reveal(true)
	if err != nil || !p.Revealed {
		t.Fatalf("%v, %v", p.Revealed, err)
	}
	closed := VisibleClosed
	if (Choices{Visibility: &closed}).Apply(&p.Settings); p.Revealed {
		t.Error("with another visibility it stays revealed")
	}
}

func TestAPassIsGoodForItsPollAndItsTime(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	p, other := visible(VisibleAfterVote, Open), visible(VisibleAfterVote, Open)
	pass := p.Pass(now.Add(time.Hour))
	if !p.CheckPass(pass, now) || p.CheckPass(pass, now.Add(time.Hour)) {
		t.Errorf("good now: %t; good at its end: %t", p.CheckPass(pass, now), p.CheckPass(pass, now.Add(time.Hour)))
	}
	if other.CheckPass(pass, now) {
		t.Error("it is good for a poll with another key")
	}
	renamed, anew := p, p
	renamed.Slug, anew.CreatedAt = "dinner", p.CreatedAt.Add(time.Microsecond)
	later := strings.Replace(pass, strings.Split(pass, ".")[0], "zzzzzz", 1)
	for what, ok := range map[string]bool{
		"another slug": renamed.CheckPass(pass, now), "a poll made anew": anew.CheckPass(pass, now), "a later end": p.CheckPass(later, now),
		"nothing": p.CheckPass("", now), "a dot": p.CheckPass(".", now),
	} {
		if ok {
			t.Errorf("it is good for %s", what)
		}
	}
	keyless := visible(VisibleClosed, Open)
	if keyless.Pass(now.Add(time.Hour)) != "" || keyless.CheckPass(p.Pass(now.Add(time.Hour)), now) {
		t.Error("a poll without a key knows passes")
	}
}

// The key travels with the poll where programs keep and publish it, and in no other JSON.
func TestTheKeyOfPassesTravels(t *testing.T) {
	p := visible(VisibleAfterVote, Open)
	p.Question, p.Options, p.Kind = "Where to?", []Option{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}}, Single
	raw, err := EncodePoll(p)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodePoll(raw)
	if err != nil || back.PassKey != p.PassKey || len(p.PassKey) < 20 {
		t.Errorf("%q comes back as %q, %v", p.PassKey, back.PassKey, err)
	}
	if p.Settings.Anew().PassKey == p.PassKey || p.Settings.Anew().PassKey == "" {
		t.Error("another poll that asks the same has the same key, or none")
	}
	if live, _ := EncodePoll(visible(VisibleLive, Open)); strings.Contains(string(live), "pass_key") || strings.Contains(string(live), "visib") {
		t.Errorf("a poll that hides nothing says so: %s", live)
	}
}

func TestAReopeningThatMayTellNoNumber(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	p := visible(VisibleManual, Closed)
	if r := p.Reopened(at, 7); r.Voters != 7 || r.Untold {
		t.Errorf("%+v", r)
	}
	p.HideVoters = true
	if r := p.Reopened(at, 7); r.Voters != 0 || !r.Untold {
		t.Errorf("%+v", r)
	}
	p.Revealed = true
	if r := p.Reopened(at, 7); r.Voters != 7 || r.Untold {
		t.Errorf("%+v", r)
	}
}
