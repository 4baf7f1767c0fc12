package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"popeye/internal/testenv/faults"
	"popeye/vote"
	"popeye/vote/definition"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakePoll stands in for poll where a test needs faults at a moment of its choice,
// in a time of its own. It judges votes by the rules of the language, knows voters
// by a cookie that is for TLS only, and ids for ever.
type fakePoll struct {
	t *testing.T

	mu      sync.Mutex
	poll    vote.Poll
	fault   func(try int) (status, retryAfter int, lost bool) // of the vote that arrives; nil for none
	ballots map[string]vote.Ballot                            // by voter
	ids     map[string]vote.Ballot
	voters  map[string]string // by the id of their first vote
	tries   []time.Time
	times   []time.Time // of what was recorded
	wrong   []string
	open    int // connections
	most    int
}

// openFakePoll starts a fakePoll for a poll and returns it as a site. It has to be in a
// bubble of synctest: its network is made of pipes.
func openFakePoll(t *testing.T, p vote.Poll) (*fakePoll, *site) {
	t.Helper()
	b := &fakePoll{t: t, poll: p, ballots: map[string]vote.Ballot{}, ids: map[string]vote.Ballot{}, voters: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/polls/{slug}", b.show)
	mux.HandleFunc("POST /api/v1/polls/{slug}/votes", b.take)
	pipes := faults.NewPipes()
	server := &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), ConnState: b.count}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(pipes) })
	s := newSite("http://fake-poll", p.Slug)
	s.transport.DialContext = pipes.Dial
	t.Cleanup(func() { s.leave(); server.Close(); serving.Wait() })
	return b, s
}

func (b *fakePoll) show(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = json.NewEncoder(w).Encode(b.poll)
}

func (b *fakePoll) take(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries = append(b.tries, time.Now())
	var body struct {
		Vote json.RawMessage
		ID   string
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		b.wrong = append(b.wrong, err.Error())
	}
	status, after, lost := 0, 0, false
	if b.fault != nil {
		status, after, lost = b.fault(len(b.tries))
	}
	if status != 0 {
		w.Header().Set("Retry-After", fmt.Sprint(after))
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"code":"x","message":"as the test wants"}}`)
		return
	}
	b.record(w, r, body.ID, body.Vote)
	if lost {
		panic(http.ErrAbortHandler)
	}
}

func (b *fakePoll) record(w http.ResponseWriter, r *http.Request, id string, raw json.RawMessage) {
	ballot, err := vote.ParseJSON(b.poll, raw)
	if err != nil || vote.ValidateID(id) != nil {
		b.wrong = append(b.wrong, fmt.Sprintf("%s with the id %q: %v", raw, id, err))
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	voter := "of " + id // the same new voter for the same id, as poll has it
	if c, err := r.Cookie("voter_id"); err == nil {
		voter = c.Value
	}
	http.SetCookie(w, &http.Cookie{Name: "voter_id", Value: voter, Secure: true, MaxAge: 60})
	if was, again := b.ids[id]; again && was != ballot {
		b.wrong = append(b.wrong, fmt.Sprintf("the id %q for %s and %s", id, was, ballot))
	} else if !again {
		b.times = append(b.times, time.Now())
	}
	b.ids[id], b.ballots[voter] = ballot, ballot
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, `{"status":"recorded"}`)
}

func (b *fakePoll) count(_ net.Conn, state http.ConnState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch state {
	case http.StateNew:
		b.open++
		b.most = max(b.most, b.open)
	case http.StateClosed:
		b.open--
	default: // it is counted already
	}
}

// with changes the fakePoll, or looks at it.
func (b *fakePoll) with(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// leader is the option that most voters have as their first.
func (b *fakePoll) leader() string {
	counts := map[string]int{}
	for _, ballot := range b.ballots {
		for _, m := range b.poll.Read(ballot)[:1] {
			counts[b.poll.Options[m.Place].ID]++
		}
	}
	best := ""
	for _, o := range b.poll.Options {
		if best == "" || counts[o.ID] > counts[best] {
			best = o.ID
		}
	}
	return best
}

// polls is one open poll of each kind.
func polls() []vote.Poll {
	options := definition.NewOptions([]definition.OptionText{{Label: "Ale"}, {Label: "Bitter"}, {Label: "Cider"}, {Label: "Dunkel"}})
	poll := func(kind vote.Kind, low, high int) vote.Poll {
		return vote.Poll{Slug: string(kind), Question: "Which?", Kind: kind, Options: options, Min: low, Max: high, Status: vote.Open}
	}
	return []vote.Poll{
		poll(vote.Single, 0, 0), poll(vote.Multiple, 2, 3), poll(vote.Ranked, 0, 0), poll(vote.Score, 1, 5),
	}
}

// logbook keeps what a crowd says.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// lines returns what was said, by its message.
func (l *logbook) lines(t *testing.T, message string) (found []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for d := json.NewDecoder(bytes.NewReader(l.text.Bytes())); ; {
		var line map[string]any
		if err := d.Decode(&line); err == io.EOF {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		if line["msg"] == message {
			found = append(found, line)
		}
	}
}

func (l *logbook) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

// within counts the times in each stretch of this length.
func within(times []time.Time, began time.Time, stretch time.Duration) []int {
	var counts []int
	for _, at := range times {
		i := int(at.Sub(began) / stretch)
		for len(counts) <= i {
			counts = append(counts, 0)
		}
		counts[i]++
	}
	return slices.Clip(counts)
}
