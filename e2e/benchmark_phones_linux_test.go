package e2e

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/api"
	"popeye/internal/testenv/people"
	"popeye/vote/event"
)

// BenchmarkPhonesFollow has as many phones as one process takes follow an event, and times
// from the presenter's step until each has heard of it. The phones are connections of this
// process, on the same machine. Half of the memory is for streams (docs/limits.md), so
// the process has more than it takes by itself.
//
//	go test -run '^$' -bench PhonesFollow -benchtime 10x ./e2e
func BenchmarkPhonesFollow(b *testing.B) {
	const most, questions = 10_000, 2
	p, poll, result := onePopeye(b, "MAX_CONNS_PER_ADDRESS=0", "GOMEMLIMIT=4GiB")
	o := people.NewOrganiser(result)
	d := event.Definition{Title: "All phones"}
	for i := range questions {
		asked := people.OpenPoll(slug(i), fmt.Sprintf("Question %d?", i), "Pizza", "Sushi")
		o.Makes(b, asked)
		d.Polls = append(d.Polls, asked.Slug)
	}
	made, err := o.CreateEvent(b.Context(), d)
	if err != nil {
		b.Fatal(err)
	}
	crowd := followers(b, strings.TrimPrefix(poll, "http://"), "/e/"+made.Code+"/follow", most)
	var all, lasts []time.Duration
	before := cpuTime(b, p.Pid())
	for n := 0; b.Loop(); n++ {
		step, shows := "next", `"poll":"`+slug(1)+`"`
		if n%2 == 0 {
			shows = `"poll":"` + slug(0) + `"`
			if n > 0 {
				step = "previous"
			}
		}
		began := time.Now()
		if _, err := o.StepEvent(b.Context(), made.Code, step, api.Step{}); err != nil {
			b.Fatal(err)
		}
		heard := crowd.hear(b, shows, began)
		all, lasts = append(all, heard...), append(lasts, slices.Max(heard))
	}
	used := cpuTime(b, p.Pid()) - before
	slices.Sort(all)
	slices.Sort(lasts)
	b.ReportMetric(most, "phones")
	b.ReportMetric(ms(all[len(all)/2]), "ms-median")
	b.ReportMetric(ms(all[len(all)*99/100]), "ms-99%")
	b.ReportMetric(ms(lasts[len(lasts)/2]), "ms-last-median")
	b.ReportMetric(ms(lasts[len(lasts)-1]), "ms-last-longest")
	b.ReportMetric(float64(used.Microseconds())/float64(len(all)), "us-CPU/phone")
}

// audience is phones that follow, and what they hear.
type audience struct {
	phones int
	heard  chan heard
}

type heard struct {
	line string
	at   time.Time
}

// followers connects phones, and returns when each has heard how it is.
func followers(b *testing.B, addr, path string, phones int) *audience {
	a := &audience{phones: phones, heard: make(chan heard, 4*phones)}
	var first sync.WaitGroup
	first.Add(phones)
	var dialing errgroup.Group
	dialing.SetLimit(64)
	for range phones {
		dialing.Go(func() error {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				return err
			}
			b.Cleanup(func() { _ = c.Close() })
			if _, err = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, addr); err != nil {
				return err
			}
			lines := bufio.NewScanner(c)
			if !lines.Scan() || lines.Text() != "HTTP/1.1 200 OK" {
				return fmt.Errorf("a phone gets no stream: %q: %w", lines.Text(), cmp.Or(lines.Err(), io.EOF))
			}
			go a.listen(lines, first.Done)
			return nil
		})
	}
	if err := dialing.Wait(); err != nil {
		b.Fatal(err)
	}
	first.Wait()
	return a
}

// listen hands on each event after the first.
func (a *audience) listen(lines *bufio.Scanner, first func()) {
	for n := 0; lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "data: ") {
			continue
		}
		if n++; n == 1 {
			first()
			continue
		}
		a.heard <- heard{lines.Text(), time.Now()}
	}
}

// hear waits until all phones have heard something, and returns how long after a moment.
func (a *audience) hear(b *testing.B, words string, since time.Time) []time.Duration {
	took := make([]time.Duration, 0, a.phones)
	late := time.After(time.Minute)
	for len(took) < a.phones {
		select {
		case e := <-a.heard:
			if strings.Contains(e.line, words) {
				took = append(took, e.at.Sub(since))
			}
		case <-late:
			b.Fatalf("%d of %d phones have heard %s", len(took), a.phones, words)
		}
	}
	return took
}
