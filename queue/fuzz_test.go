package queue

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

// FuzzPoison: anybody may push anything. What is let in keeps the limits that
// every store relies on; what is not is refused in words that every store can
// keep as the reason of a dead letter.
func FuzzPoison(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"voter_id":"v","vote":"a"}`, `{"voter_id":"v","vote":"a","id":"\u0000"}`, `{"voter_id":"v","vote":"a","poll":"-"}`,
		`{"voter_id":[[]],"vote":1e999}`, "{\"voter_id\":\"\u0085\",\"vote\":\"a\"}", `{"voter_id":"\udfff","vote":"a"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := string(raw)
		v, err := Decode(raw)
		if string(raw) != before {
			t.Errorf("%q was changed to %q", before, raw)
		}
		if err != nil {
			isReason(t, err)
			return
		}
		isWithinLimits(t, v)
		if len(raw) > MaxMessage {
			t.Errorf("a message of %d bytes was accepted", len(raw))
		}
	})
}

// isReason fails unless an error can be kept and shown as one line.
func isReason(t *testing.T, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 500 || !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r\n") {
		t.Errorf("the reason is %.600q", s)
	}
}

func isWithinLimits(t *testing.T, v vote.Vote) {
	t.Helper()
	for _, err := range []error{vote.ValidateSlug(v.Poll), vote.ValidateVoter(v.Voter)} {
		if err != nil {
			t.Errorf("accepted %+v: %v", v, err)
		}
	}
	if v.ID != "" && vote.ValidateID(v.ID) != nil {
		t.Errorf("accepted the id %q", v.ID)
	}
	if len(v.Ballot) > vote.MaxBallot || len(v.TraceParent) > maxTraceParent {
		t.Errorf("accepted a ballot of %d and a trace context of %d bytes", len(v.Ballot), len(v.TraceParent))
	}
}

// FuzzEncode: a vote within the limits arrives as it was sent; any other is
// refused on one side or the other, or arrives within the limits.
func FuzzEncode(f *testing.F) {
	f.Add("default", "f3a1c0ffee", "a", "", int64(0), "")
	f.Add("lunch", "Zoë 海", "b>a>c", "i-1", int64(1777629600123456), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("", "\xff", "a\x00", "\n", int64(-1), strings.Repeat("x", maxTraceParent+1))
	f.Add("p", "\u2028", "<&>", `"\`, int64(1)<<62, "\u2029")
	f.Fuzz(func(t *testing.T, poll, voter, ballot, id string, micros int64, trace string) {
		want := vote.Vote{Poll: poll, Voter: voter, Ballot: vote.Ballot(ballot), ID: id, TraceParent: trace}
		if micros != 0 {
			want.At = time.UnixMicro(micros).UTC()
		}
		raw, err := Encode(want)
		if err != nil {
			if isSound(want) {
				t.Fatalf("%+v can't be sent: %v", want, err)
			}
			return
		}
		got, err := Decode(raw)
		if err == nil {
			isWithinLimits(t, got)
		}
		if diff := cmp.Diff(want, got); isSound(want) && (err != nil || diff != "") {
			t.Errorf("%q: %v (-want +got):\n%s", raw, err, diff)
		}
	})
}

// isSound reports whether v is what the poll station may cast: its ballot is
// made of what canonical ballots are made of.
func isSound(v vote.Vote) bool {
	foreign := func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_,>=", r) }
	return vote.ValidateSlug(v.Poll) == nil && vote.ValidateVoter(v.Voter) == nil && (v.ID == "" || vote.ValidateID(v.ID) == nil) &&
		len(v.Ballot) <= vote.MaxBallot && !strings.ContainsFunc(string(v.Ballot), foreign) &&
		(v.At.IsZero() || v.At.Year() > 0 && v.At.Year() < 10000) &&
		len(v.TraceParent) <= maxTraceParent && utf8.ValidString(v.TraceParent)
}
