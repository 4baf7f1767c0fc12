package load

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"popeye/api"
	"popeye/client"
)

// Config says which crowd comes.
type Config struct {
	Poll     string        // the slug
	URL      string        // of the poll's station
	Voters   int           // how many vote at the same time, each over a connection of its own
	Rate     float64       // votes in a second; 0 for as fast as they are answered
	Votes    int64         // how many at most; 0 for no bound
	Duration time.Duration // for how long at most
	Timeout  time.Duration // for one answer
}

// Report is what became of the votes so far.
type Report struct {
	Recorded int64            // answered so
	Failed   map[string]int64 // why others were not, and how many
	Took     time.Duration    // from the first to the last
	// Latency is from when a vote was due to its answer, in microseconds, of those that
	// were recorded.
	Latency *hdrhistogram.Histogram
}

// The bounds of a latency, in microseconds, and its digits.
const (
	shortest, longest = 1, 10 * 60 * 1e6
	digits            = 3
)

// PerSecond is how many votes were recorded in a second.
func (r Report) PerSecond() float64 { return float64(r.Recorded) / r.Took.Seconds() }

// Crowd votes. Report may be called meanwhile.
type Crowd struct {
	config   Config
	server   *url.URL
	requests [][]byte // one after the other, then again
	began    time.Time
	next     atomic.Int64 // the number of the next vote
	last     atomic.Int64 // when the last answer came, in ns from began

	mu       sync.Mutex
	report   Report
	voters   int64           // that the poll had before
	answered []time.Duration // when each vote was answered, from began; nil if nobody watches
	watched  bool
}

// differentBallots is how many different votes a crowd draws.
const differentBallots = 512

// NewCrowd asks for the poll, and returns a crowd that votes in it: every option is as
// popular as any other.
func NewCrowd(ctx context.Context, c Config) (*Crowd, error) {
	server, err := parse(c.URL)
	if err != nil {
		return nil, err
	}
	p, err := client.New(client.Config{URL: server.String(), Timeout: c.Timeout}).Poll(ctx, c.Poll)
	if err != nil {
		return nil, fmt.Errorf("ask for the poll: %w", err)
	}
	drawn, err := ballots(p, differentBallots)
	if err != nil {
		return nil, err
	}
	crowd := newCrowd(c, server)
	for _, ballot := range drawn {
		body, err := json.Marshal(api.Cast{Vote: ballot})
		if err != nil {
			return nil, err
		}
		crowd.requests = append(crowd.requests, request(server, "/api/v1/polls/"+c.Poll+"/votes", "application/json", body))
	}
	return crowd, nil
}

// NewPlainCrowd returns a crowd that sends the same request to any server, to compare.
func NewPlainCrowd(c Config, path, contentType, body string) (*Crowd, error) {
	server, err := parse(c.URL)
	if err != nil {
		return nil, err
	}
	crowd := newCrowd(c, server)
	crowd.requests = [][]byte{request(server, path, contentType, []byte(body))}
	return crowd, nil
}

func parse(address string) (*url.URL, error) {
	server, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil || server.Hostname() == "" || server.Scheme != "http" && server.Scheme != "https" {
		return nil, fmt.Errorf("%q is no address of a server: give one as http://localhost:5000", address)
	}
	return server, nil
}

func newCrowd(c Config, server *url.URL) *Crowd {
	return &Crowd{config: c, server: server, report: newReport()}
}

func newReport() Report {
	return Report{Failed: map[string]int64{}, Latency: hdrhistogram.New(shortest, longest, digits)}
}

func request(server *url.URL, path, contentType string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", server.Path+path, server.Host, contentType, len(body), body)
}

// Run votes until the time is over, the votes are cast, or ctx ends. It may be called
// again, and begins anew.
func (c *Crowd) Run(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, c.config.Duration)
	defer cancel()
	c.mu.Lock()
	c.report = newReport()
	c.mu.Unlock()
	c.began = time.Now()
	c.next.Store(0)
	var all sync.WaitGroup
	for range c.config.Voters {
		all.Go(func() { c.votes(ctx) })
	}
	all.Wait()
	return c.Report()
}

// Report is how far it is.
func (c *Crowd) Report() Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.report
	r.Took = time.Duration(c.last.Load())
	r.Failed = make(map[string]int64, len(c.report.Failed))
	for why, n := range c.report.Failed {
		r.Failed[why] = n
	}
	r.Latency = hdrhistogram.Import(c.report.Latency.Export())
	return r
}

// votes is one of those who vote at the same time.
func (c *Crowd) votes(ctx context.Context) {
	line := &conn{server: c.server, timeout: c.config.Timeout}
	defer line.close()
	for {
		n := c.next.Add(1) - 1
		if c.config.Votes > 0 && n >= c.config.Votes {
			return
		}
		due, ok := c.due(ctx, n)
		if !ok {
			return
		}
		a, err := line.do(ctx, c.requests[n%int64(len(c.requests))])
		c.note(time.Now(), due, a, err)
	}
}

// due waits until a vote is to be sent, and returns when that was: earlier than now if
// nobody was free.
func (c *Crowd) due(ctx context.Context, n int64) (due time.Time, ok bool) {
	if c.config.Rate <= 0 {
		return time.Now(), ctx.Err() == nil
	}
	due = c.began.Add(time.Duration(float64(n) / c.config.Rate * float64(time.Second)))
	wait := time.Until(due)
	if wait <= 0 {
		return due, ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return due, false
	case <-time.After(wait):
		return due, true
	}
}

func (c *Crowd) note(now, due time.Time, a answer, err error) {
	why := ""
	switch {
	case err != nil:
		why = "no answer: " + plain(err)
	case a.status >= http.StatusMultipleChoices:
		why = refusal(a)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last.Store(int64(now.Sub(c.began)))
	if why != "" {
		c.report.Failed[why]++
		return
	}
	c.report.Recorded++
	if c.watched {
		c.answered = append(c.answered, now.Sub(c.began))
	}
	_ = c.report.Latency.RecordValue(min(longest, max(shortest, now.Sub(due).Microseconds())))
}

// begins takes in how many voters the poll has, as a viewer sees before the crowd votes.
func (c *Crowd) begins(voters int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.voters, c.watched = voters, true
}

// answeredAt is when the voter was answered who came after so many; false if that is not
// known: the answer is on its way, or others vote too.
func (c *Crowd) answeredAt(before int64) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := before - c.voters; 0 <= i && i < int64(len(c.answered)) {
		return c.began.Add(c.answered[i]), true
	}
	return time.Time{}, false
}

// refusal names why a vote was not recorded: by the code of the API, if there is one.
func refusal(a answer) string {
	var e struct {
		Error struct{ Code string }
	}
	_ = json.Unmarshal(a.body, &e) // else it is no answer of ours
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.status, e.Error.Code))
}

// plain is an error without the addresses in it, which are different each time.
func plain(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return text
}
