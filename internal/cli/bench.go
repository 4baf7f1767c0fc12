package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"popeye/internal/load"
)

// Bench is the command "bench".
type Bench struct {
	To struct {
		Poll string `positional-arg-name:"poll" description:"The poll, as in default. Its result counts these votes: make one for it."`
	} `positional-args:"yes" required:"yes"`
	URL      string        `long:"url" value-name:"URL" default:"http://localhost:5000" description:"Where voters are served."`
	Results  string        `long:"results-url" value-name:"URL" default:"http://localhost:5001" description:"Where the audience is served; for viewers."`
	Voters   int           `long:"voters" value-name:"N" default:"64" description:"How many vote at the same time."`
	Viewers  int           `long:"viewers" value-name:"N" default:"0" description:"How many watch the result meanwhile."`
	Rate     float64       `long:"rate" value-name:"N" default:"0" description:"Votes in a second, whether or not the answers keep up; 0 for as fast as they are answered."`
	Votes    int64         `long:"votes" value-name:"N" default:"0" description:"How many votes at most; 0 for no bound."`
	Duration time.Duration `long:"duration" value-name:"TIME" default:"10s" description:"For how long at most."`
	JSON     bool          `long:"json" description:"Print one JSON object instead of a table."`
}

// The bounds of a load that one command makes.
const (
	maxVoters   = 10_000
	maxViewers  = 50_000
	maxDuration = time.Hour
	// answerTimeout bounds how long a voter waits.
	answerTimeout = 30 * time.Second
)

// errNothingRecorded says that a load measured nothing.
var errNothingRecorded = errors.New("no vote was recorded")

// Run lets a crowd vote, and prints what it was answered.
func (b Bench) Run(ctx context.Context, console Console) error {
	if err := b.check(); err != nil {
		return err
	}
	crowd, err := load.NewCrowd(ctx, load.Config{
		Poll: b.To.Poll, URL: b.URL, Voters: b.Voters, Rate: b.Rate, Votes: b.Votes, Duration: b.Duration, Timeout: answerTimeout,
	})
	if err != nil {
		return err
	}
	votes, views, err := b.vote(ctx, crowd, console)
	if err != nil {
		return err
	}
	if b.JSON {
		err = json.NewEncoder(console.Out).Encode(summary(votes, views))
	} else {
		err = printLoad(console.Out, votes, views)
	}
	if err == nil && votes.Recorded == 0 {
		err = errNothingRecorded
	}
	return err
}

func (b Bench) check() error {
	switch {
	case b.Voters < 1 || b.Voters > maxVoters:
		return fmt.Errorf("--voters is 1 to %d", maxVoters)
	case b.Viewers < 0 || b.Viewers > maxViewers:
		return fmt.Errorf("--viewers is 0 to %d", maxViewers)
	case b.Duration <= 0 || b.Duration > maxDuration:
		return fmt.Errorf("--duration is more than 0, and %s at most", maxDuration)
	case b.Rate < 0 || b.Votes < 0:
		return errors.New("--rate and --votes are not negative")
	}
	return nil
}

// vote lets the viewers come, then the crowd vote, and waits a moment for the last
// figures. There is no report of viewers where none were asked for.
func (b Bench) vote(ctx context.Context, crowd *load.Crowd, console Console) (votes load.Report, views *load.ViewersReport, err error) {
	stop := tellLoad(crowd, console)
	defer stop()
	if b.Viewers == 0 {
		return crowd.Run(ctx), nil, nil
	}
	viewers, err := load.NewViewers(crowd, b.Results, b.Viewers)
	if err != nil {
		return votes, nil, err
	}
	watching, leave := context.WithCancel(ctx)
	defer leave()
	seen := make(chan load.ViewersReport, 1)
	ready := make(chan struct{})
	go func() { seen <- viewers.Watch(watching, func() { close(ready) }) }()
	<-ready
	votes = crowd.Run(ctx)
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
	leave()
	r := <-seen
	return votes, &r, nil
}

// tellLoad says each second how far it is, to a person who watches.
func tellLoad(crowd *load.Crowd, console Console) (stop func()) {
	if !console.Watched {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-done:
				fmt.Fprint(console.Err, "\r\x1b[K")
				return
			case <-tick.C:
				r := crowd.Report()
				fmt.Fprintf(console.Err, "\r\x1b[K%d votes, %.0f a second, the median after %s", r.Recorded, r.PerSecond(), micros(r.Latency.ValueAtQuantile(50)))
			}
		}
	}()
	return func() { close(done); <-ended }
}

// quantiles are those that are told, in per cent.
var quantiles = []float64{50, 90, 99, 99.9, 100}

func micros(us int64) time.Duration {
	d := time.Duration(us) * time.Microsecond
	if d > 10*time.Millisecond {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(10 * time.Microsecond)
}

func printLoad(out io.Writer, votes load.Report, views *load.ViewersReport) error {
	fmt.Fprintln(out, "How long a vote took, from when it was due to its answer:")
	err := row(out, "votes\ta second", fmt.Sprintf("%d\t%.0f", votes.Recorded, votes.PerSecond()), votes.Latency)
	failures(out, "votes were not recorded", votes.Failed)
	histogram(out, votes.Latency)
	if views == nil || err != nil {
		return err
	}
	fmt.Fprintln(out, "\nHow long it took from that answer to a screen:")
	err = row(out, "updates\tviewers", fmt.Sprintf("%d\t%d", views.Updates, views.Viewers), views.Delay)
	failures(out, "viewers do not watch", views.Failed)
	return err
}

// row is a line of quantiles below its header.
func row(out io.Writer, header, begins string, h *hdrhistogram.Histogram) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\tmedian\t90 %%\t99 %%\t99.9 %%\tlongest\t\n%s\t", header, begins)
	for _, q := range quantiles {
		fmt.Fprintf(t, "%s\t", micros(h.ValueAtQuantile(q)))
	}
	fmt.Fprintln(t)
	return t.Flush()
}

func failures(out io.Writer, what string, failed map[string]int64) {
	for _, why := range slices.Sorted(maps.Keys(failed)) {
		fmt.Fprintf(out, "%d %s: %s\n", failed[why], what, why)
	}
}

// barWidth is how long the longest bar is, in characters.
const barWidth = 50

// histogram draws how many votes waited how long; each line is up to twice the one before.
func histogram(out io.Writer, h *hdrhistogram.Histogram) {
	if h.TotalCount() == 0 {
		return
	}
	var bounds, counts []int64
	from := int64(125)
	for from*2 <= h.Min() {
		from *= 2
	}
	all, most := h.Distribution(), int64(0)
	for to := from * 2; ; to *= 2 {
		n := int64(0)
		for _, bar := range all {
			if mid := (bar.From + bar.To) / 2; mid < to && (mid >= to/2 || to == from*2) {
				n += bar.Count
			}
		}
		bounds, counts, most = append(bounds, to), append(counts, n), max(most, n)
		if to > h.Max() {
			break
		}
	}
	fmt.Fprintln(out)
	for i, n := range counts {
		bar := strings.Repeat("#", int((n*barWidth+most-1)/most))
		fmt.Fprintf(out, "  below %8s %9d %s\n", micros(bounds[i]), n, bar)
	}
}

// summary is what --json prints. Times are in microseconds.
func summary(votes load.Report, views *load.ViewersReport) map[string]any {
	all := map[string]any{"votes": votes.Recorded, "votes_per_second": votes.PerSecond(), "latency_us": percentiles(votes.Latency), "failed": votes.Failed}
	if views != nil {
		all["viewers"], all["updates"], all["delay_us"], all["viewers_failed"] = views.Viewers, views.Updates, percentiles(views.Delay), views.Failed
	}
	return all
}

func percentiles(h *hdrhistogram.Histogram) map[string]int64 {
	all := map[string]int64{}
	for _, q := range quantiles {
		all[fmt.Sprintf("p%g", q)] = h.ValueAtQuantile(q)
	}
	return all
}
