package queue

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/vote"
)

func TestDecode(t *testing.T) {
	at := time.Date(2026, 5, 1, 10, 0, 0, 123456000, time.UTC)
	long := strings.Repeat("x", MaxMessage)
	tests := []struct {
		name, raw string
		want      vote.Vote
		err       string // part of it
	}{
		{name: "classic", raw: `{"voter_id": "f3a1c0ffee", "vote": "a"}`, want: vote.Vote{Poll: "default", Voter: "f3a1c0ffee", Ballot: "a"}},
		{
			name: "complete", raw: `{"voter_id":"v","vote":"b>a","poll":"lunch","created":"hdaaeuvb40","id":"i-1","at":"2026-05-01T10:00:00.123456Z","traceparent":"00-ab"}`,
			want: vote.Vote{Poll: "lunch", Created: "hdaaeuvb40", Voter: "v", Ballot: "b>a", ID: "i-1", At: at, TraceParent: "00-ab"},
		},
		{name: "another time zone", raw: `{"voter_id":"v","vote":"a","at":"2026-05-01T12:00:00.123456+02:00"}`, want: vote.Vote{Poll: "default", Voter: "v", Ballot: "a", At: at}},
		{name: "unknown fields", raw: `{"voter_id":"v","vote":"a","new":{"x":[1]}}`, want: vote.Vote{Poll: "default", Voter: "v", Ballot: "a"}},
		{name: "null for optional fields", raw: `{"voter_id":"v","vote":"a","poll":null,"id":null,"at":null}`, want: vote.Vote{Poll: "default", Voter: "v", Ballot: "a"}},
		{name: "a time that is none", raw: `{"voter_id":"v","vote":"a","at":"yesterday"}`, want: vote.Vote{Poll: "default", Voter: "v", Ballot: "a"}},
		{name: "an id that is none", raw: `{"voter_id":"v","vote":"a","id":"with space"}`, want: vote.Vote{Poll: "default", Voter: "v", Ballot: "a"}},
		{name: "optional fields of other types", raw: `{"voter_id":"v","vote":"a","id":123,"at":5,"traceparent":{}}`, want: vote.Vote{Poll: "default", Voter: "v", Ballot: "a"}},
		{name: "a trace context that is none", raw: `{"voter_id":"v","vote":"a","traceparent":"` + strings.Repeat("x", 56) + `"}`, want: vote.Vote{Poll: "default", Voter: "v", Ballot: "a"}},
		{name: "a creation that is none", raw: `{"voter_id":"v","vote":"a","created":"` + strings.Repeat("x", 15) + `"}`, want: vote.Vote{Poll: "default", Voter: "v", Ballot: "a"}},
		{name: "white space around", raw: " \r\n{\"voter_id\":\"v\",\"vote\":\"a\"}\n", want: vote.Vote{Poll: "default", Voter: "v", Ballot: "a"}},
		{name: "a ballot is not looked at", raw: `{"voter_id":"v","vote":""}`, want: vote.Vote{Poll: "default", Voter: "v"}},
		{name: "an international voter", raw: `{"voter_id":"Zoë 海","vote":"a"}`, want: vote.Vote{Poll: "default", Voter: "Zoë 海", Ballot: "a"}},

		{name: "nothing", raw: "", err: "not JSON"},
		{name: "not JSON", raw: "vote for a", err: "not JSON"},
		{name: "cut off", raw: `{"voter_id":"v","vote":"a"`, err: "not JSON"},
		{name: "two objects", raw: `{"voter_id":"v","vote":"a"}{}`, err: "not JSON"},
		{name: "not UTF-8", raw: "{\"voter_id\":\"\xff\",\"vote\":\"a\"}", err: "not UTF-8"},
		{name: "a raw NUL", raw: "{\"voter_id\":\"v\x00\",\"vote\":\"a\"}", err: "not JSON"},
		{name: "an escaped NUL", raw: `{"voter_id":"v\u0000","vote":"a"}`, err: "voter.control"},
		{name: "half a surrogate pair", raw: `{"voter_id":"\ud800","vote":"a"}`, err: "voter.utf8"},
		{name: "an array", raw: `[]`, err: "a JSON array, not an object"},
		{name: "a string", raw: `"a"`, err: "a JSON string, not an object"},
		{name: "null", raw: `null`, err: `"voter_id" is missing`},
		{name: "no voter", raw: `{"vote":"a"}`, err: `"voter_id" is missing`},
		{name: "no vote", raw: `{"voter_id":"v"}`, err: `"vote" is missing`},
		{name: "null for a vote", raw: `{"voter_id":"v","vote":null}`, err: `"vote" is missing`},
		{name: "a number for a vote", raw: `{"voter_id":"v","vote":1}`, err: `"vote" is a JSON number, not text`},
		{name: "an object for a voter", raw: `{"voter_id":{},"vote":"a"}`, err: `"voter_id" is a JSON object, not text`},
		{name: "a number for a poll", raw: `{"voter_id":"v","vote":"a","poll":7}`, err: `"poll" is a JSON number, not text`},
		{name: "an empty voter", raw: `{"voter_id":"","vote":"a"}`, err: "voter.empty"},
		{name: "a long voter", raw: `{"voter_id":"` + strings.Repeat("v", vote.MaxVoter+1) + `","vote":"a"}`, err: "voter.long"},
		{name: "a long ballot", raw: `{"voter_id":"v","vote":"` + strings.Repeat("a", vote.MaxBallot+1) + `"}`, err: "the vote is longer"},
		{name: "a poll that can't be", raw: `{"voter_id":"v","vote":"a","poll":"../x"}`, err: "poll.slug"},
		{name: "too long", raw: `{"voter_id":"v","vote":"a","new":"` + long + `"}`, err: "longer than 16384 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode([]byte(tt.raw))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %+v, %v; want an error with %q", got, err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 123456789, time.FixedZone("", 2*60*60))
	raw, err := Encode(vote.Vote{Poll: "lunch", Created: "hdaaeuvb40", Voter: "v", Ballot: "a,c", ID: "i", At: at, TraceParent: "00-ab"})
	want := `{"voter_id":"v","vote":"a,c","poll":"lunch","created":"hdaaeuvb40","id":"i","at":"2026-05-01T10:00:00.123456Z","traceparent":"00-ab"}`
	if err != nil || string(raw) != want {
		t.Errorf("got %s, %v\nwant %s", raw, err, want)
	}
	raw, err = Encode(vote.Vote{Voter: "v", Ballot: "b>a"})
	if want := `{"voter_id":"v","vote":"b>a"}`; err != nil || string(raw) != want {
		t.Errorf("got %s, %v\nwant %s", raw, err, want)
	}
	raw, err = Encode(vote.Vote{Voter: "v", Ballot: "a"})
	if want := `{"voter_id":"v","vote":"a"}`; err != nil || string(raw) != want {
		t.Errorf("got %s, %v\nwant %s", raw, err, want)
	}
	if _, err := Encode(vote.Vote{Voter: "v", TraceParent: strings.Repeat("x", MaxMessage)}); err == nil {
		t.Error("a message that nobody would decode was encoded")
	}
}

// The longest vote that there can be makes a message that can become a vote.
func TestEncodeLongest(t *testing.T) {
	v := vote.Vote{
		Poll: strings.Repeat("p", vote.MaxSlug), Voter: strings.Repeat("<", vote.MaxVoter), ID: strings.Repeat("<", vote.MaxID),
		Ballot: vote.Ballot(strings.Repeat(strings.Repeat("o", vote.MaxOptionID)+">", vote.MaxOptions)),
		At:     time.Now(), TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
	raw, err := Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(raw); err != nil {
		t.Error(err)
	}
}

func TestRoundTrip(t *testing.T) {
	printable := rapid.StringMatching(`[\pL\pN\pP\pS ]{1,40}`).Filter(func(s string) bool { return vote.ValidateVoter(s) == nil })
	rapid.Check(t, func(t *rapid.T) {
		want := vote.Vote{
			Poll:   rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?`).Draw(t, "poll"),
			Voter:  printable.Draw(t, "voter"),
			Ballot: vote.Ballot(rapid.StringMatching(`[a-z0-9_=>,-]{0,60}`).Draw(t, "ballot")),
			ID:     rapid.StringMatching(`[!-~]{0,64}`).Draw(t, "id"),
		}
		if rapid.Bool().Draw(t, "timed") {
			want.At = time.UnixMicro(rapid.Int64Range(1, 4e15).Draw(t, "at")).UTC()
		}
		raw, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// What is read the short way says the same as JSON.
func FuzzReadPlain(f *testing.F) {
	for _, seed := range []string{
		`{"voter_id":"f3a1c0ffee","vote":"a"}`, `{"voter_id":"f3a1c0ffee","vote":"a","at":"2026-05-01T10:00:00.123456Z"}`,
		`{"voter_id":"v","vote":"a=4,b=2","poll":"p","created":"1a","id":"i","at":"2026-05-01T10:00:00.123456Z","traceparent":"t"}`,
		`{"voter_id":"v","poll":"p"}`, `{"voter_id":"v","vote":"a","id":"i","poll":"p"}`, `{"voter_id":"v","vote":"a","vote":"b"}`,
		`{"voter_id":"","vote":""}`, `{"voter_id":"v","vote":"a","poll":"p}`, `{"voter_id":"v","vote":"a"}}`, `{"voter_id":"v","vote":"a","at":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		short, plain := readPlain(raw)
		if !plain {
			return
		}
		long, err := readJSON(raw)
		if err != nil {
			t.Fatalf("%q: JSON says %v", raw, err)
		}
		if diff := cmp.Diff(long, short); diff != "" {
			t.Errorf("%q (-JSON +short):\n%s", raw, diff)
		}
	})
}

// Encode's own messages are read the short way, unless something is escaped.
func TestMessagesAreReadTheShortWay(t *testing.T) {
	v := vote.Vote{Poll: "lunch", Voter: "f3a1c0ffee", Ballot: "b>a", Created: "1a2b3c", ID: "i-1", At: time.Now(), TraceParent: "00-1"}
	for _, v := range []vote.Vote{v, {Poll: "lunch", Voter: "ann", Ballot: "a"}} {
		raw, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, plain := readPlain(raw); !plain {
			t.Errorf("%s is not read the short way", raw)
		}
	}
	raw, err := Encode(vote.Vote{Poll: "lunch", Voter: "quote\"", Ballot: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, plain := readPlain(raw); plain {
		t.Errorf("%s is read the short way", raw)
	}
}

// Decode never panics, and what it accepts says the same when it is written and
// read again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"voter_id": "f3a1c0ffee", "vote": "a"}`,
		`{"voter_id":"v","vote":"a=4,b=2","poll":"p","id":"i","at":"2026-05-01T10:00:00.123456Z","traceparent":"t"}`,
		`{"voter_id":"\ud83d\ude00","vote":"\u003e","VOTE":"b","x":1e999}`,
		"\x00\xff", `[[[[`, `{"voter_id":1}`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := Decode(raw)
		if err != nil {
			return
		}
		// Escaping may make a strange message too long. That is an error, not
		// another vote. So is a time that its zone moves out of four digits.
		again, err := Encode(first)
		if err != nil || first.At.Year() < 0 || first.At.Year() > 9999 {
			return
		}
		second, err := Decode(again)
		if err != nil {
			t.Fatalf("%q was accepted, %q is not: %v", raw, again, err)
		}
		first.At = first.At.Truncate(time.Microsecond)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
		if !json.Valid(again) || bytes.ContainsRune(again, '\n') {
			t.Errorf("%q is not one line of JSON", again)
		}
	})
}
