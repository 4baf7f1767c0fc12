package polls

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"popeye/api"
	"popeye/client"
	"popeye/count"
	"popeye/vote"
)

// The results of a poll are a table for people, and the API's object for programs.
func TestResultsAreShown(t *testing.T) {
	s := newServer(t)
	s.wants(lunch())
	s.wants(Open{named("lunch")})
	s.Vote("lunch", "b", "b", "a")
	var out bytes.Buffer
	at := Terminal{Out: &out}
	if err := (Results{One: One{"lunch"}}).Run(t.Context(), s.client, at); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Where to?\n", "open · 3 voters · as of ", "\nSushi  ███", "2  66.7 %", "\nSalad  ···", "0  0.0 %", "Ahead by plurality/1: Sushi\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it shows %q, which lacks %q", out.String(), want)
		}
	}
	out.Reset()
	var r api.Results
	if err := (Results{One: One{"lunch"}, JSON: true}).Run(t.Context(), s.client, at); err != nil || json.Unmarshal(out.Bytes(), &r) != nil || r.Total != 3 {
		t.Errorf("%s, %v", out.String(), err)
	}
	for _, watch := range []bool{false, true} {
		if err := (Results{One: One{"nowhere"}, Watch: watch}).Run(t.Context(), s.client, at); client.StatusOf(err) != http.StatusNotFound {
			t.Errorf("of no poll: %v", err)
		}
	}
}

// Of results that are hidden nothing is shown but that, and when they come.
func TestHiddenResultsAreSaidToBe(t *testing.T) {
	s := newServer(t)
	c, manual := lunch(), vote.VisibleManual
	c.Visibility, c.Open = &manual, true
	s.wants(c)
	s.Vote("lunch", "b", "b", "a")
	var out bytes.Buffer
	anyone := client.New(client.Config{URL: s.URL})
	if err := (Results{One: One{"lunch"}}).Run(t.Context(), anyone, Terminal{Out: &out}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "The results are hidden: they come when the organiser shows them.") || strings.ContainsAny(got, "█%") {
		t.Errorf("%q", got)
	}
	s.wants(Reveal{named("lunch")}, "lunch  open")
	out.Reset()
	if err := (Results{One: One{"lunch"}}).Run(t.Context(), anyone, Terminal{Out: &out}); err != nil || !strings.Contains(out.String(), "66.7 %") {
		t.Errorf("%q, %v", out.String(), err)
	}
	s.wants(Hide{named("lunch")}, "lunch  open")
}

// No line is wider than the terminal, whatever the poll, and figures are never cut to
// another number.
func TestTableFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(20, 200).Draw(t, "width")
		r := api.Results{Question: rapid.String().Draw(t, "question")}
		r.Total = rapid.Int64Range(0, 1<<50).Draw(t, "total")
		for range rapid.IntRange(0, 5).Draw(t, "options") {
			o := count.Option{Votes: rapid.Int64Range(0, r.Total).Draw(t, "votes")}
			o.Label = rapid.String().Draw(t, "label")
			r.Options = append(r.Options, o)
		}
		for _, line := range table(r, " (not reachable since 18:00:00 UTC)", width) {
			if n := utf8.RuneCountInString(line); n > width {
				t.Fatalf("%d columns, want %d at most: %q", n, width, line)
			}
			if strings.ContainsAny(line, "\x1b\n\r") {
				t.Fatalf("a line moves the cursor: %q", line)
			}
		}
	})
}

// Who wins is said with what decided it; of a poll that goes on, who is ahead.
func TestOutcomeNamesTies(t *testing.T) {
	r := api.Results{Count: &count.Result{Rule: "irv/1", Voters: 4, Winners: []string{"a"}, Ties: []count.Tie{{Round: 2, Options: []string{"a", "b"}, By: count.ByLot}}}}
	r.Total, r.Status = 4, vote.Closed
	r.Options = []count.Option{{Option: vote.Option{ID: "a", Label: "Ann"}}, {Option: vote.Option{ID: "b", Label: "Bob"}}}
	want := []string{"", "Elected by irv/1: Ann", "Tie in round 2 of Ann, Bob, decided by lot"}
	if got := outcome(r); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q", got)
	}
	r.Status = vote.Open
	if got := outcome(r); !strings.HasPrefix(got[1], "Ahead by irv/1") {
		t.Errorf("%q", got)
	}
}

// stage is a site whose answers a test changes.
type stage struct {
	mu     sync.Mutex
	status int
	body   string
	asked  chan struct{}
}

func (s *stage) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.WriteHeader(s.status)
	_, _ = w.Write([]byte(s.body))
	select {
	case s.asked <- struct{}{}:
	default:
	}
}

// becomes changes the answer, and waits until it has been given and dealt with.
func (s *stage) becomes(status int, body string) {
	s.mu.Lock()
	s.status, s.body = status, body
	s.mu.Unlock()
	for range 4 {
		<-s.asked
	}
}

const oneVote, twoVotes = `{"poll":"lunch","status":"open","total":1,"as_of":"2026-01-02T03:04:05Z","seq":1,"question":"Where to?","kind":"single","options":[{"id":"a","label":"Pizza","votes":1}]}`,
	`{"poll":"lunch","status":"open","total":2,"as_of":"2026-01-02T03:04:06Z","seq":2,"question":"Where to?","kind":"single","options":[{"id":"a","label":"Pizza","votes":2}]}`

// watched returns what is written of an evening: a vote, another, a server that is away
// and comes back.
func watched(t *testing.T, asJSON bool, width int) (out, log string) {
	t.Helper()
	s := &stage{status: http.StatusOK, body: oneVote, asked: make(chan struct{})}
	site := httptest.NewServer(s)
	defer site.Close()
	var written, logged bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	w := watcher{
		slug: "lunch", asJSON: asJSON, client: client.New(client.Config{URL: site.URL}), every: time.Millisecond,
		terminal: Terminal{Out: &written, Err: &logged, Width: width, Height: 20},
	}
	go func() { ended <- w.run(ctx) }()
	s.becomes(http.StatusOK, oneVote)
	s.becomes(http.StatusOK, twoVotes)
	s.becomes(http.StatusServiceUnavailable, "")
	s.becomes(http.StatusOK, twoVotes)
	stop()
	for {
		select {
		case <-s.asked:
			continue
		case err := <-ended:
			if err != nil {
				t.Errorf("it ends with %v", err)
			}
		}
		return written.String(), logged.String()
	}
}

func TestWatchInAPipeIsALineForEachChange(t *testing.T) {
	out, _ := watched(t, false, 0)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 4 || lines[0] != "2026-01-02T03:04:05Z  open  1 voter  a=1" || lines[1] != "2026-01-02T03:04:06Z  open  2 voters  a=2" ||
		!strings.HasPrefix(lines[2], lines[1]+" (not reachable since ") || lines[3] != lines[1] {
		t.Errorf("%q", lines)
	}
}

func TestWatchForProgramsIsJSON(t *testing.T) {
	out, log := watched(t, true, 80)
	d := json.NewDecoder(strings.NewReader(out))
	var totals []int64
	for d.More() {
		var r api.Results
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		totals = append(totals, r.Total)
	}
	if len(totals) != 3 || totals[0] != 1 || totals[1] != 2 || !strings.Contains(log, "not reachable since") {
		t.Errorf("%d, and to the side %q", totals, log)
	}
}

// On a screen each table is drawn over the one before, in one piece.
func TestWatchOnAScreenDrawsOver(t *testing.T) {
	out, _ := watched(t, false, 60)
	screens := strings.Split(out, "\x1b[4F")
	if len(screens) < 4 || !strings.HasPrefix(screens[0], "Where to?\x1b[K\n") {
		t.Fatalf("%q", out)
	}
	lost := false
	for _, s := range screens {
		if strings.Count(s, "\n") != 4 || !strings.HasSuffix(s, "\x1b[J") {
			t.Fatalf("a screen is %q", s)
		}
		lost = lost || strings.Contains(s, "as of 03:04:06 UTC (not reachable since")
	}
	if !lost || strings.Contains(screens[len(screens)-1], "not reachable") {
		t.Errorf("the lost server: %q", out)
	}
}

// Where there is no server from the beginning, there is nothing to watch.
func TestWatchEndsWithoutAServer(t *testing.T) {
	err := (Results{One: One{"lunch"}, Watch: true}).Run(t.Context(), client.New(client.Config{URL: "http://localhost:1"}), Terminal{})
	if err == nil || !strings.Contains(err.Error(), "can't be reached") {
		t.Error(err)
	}
}
