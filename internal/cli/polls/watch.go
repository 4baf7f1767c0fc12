package polls

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"popeye/api"
	"popeye/client"
)

// watcher shows results as they change. It asks for them again and again: the server
// has them at hand, counted once for all who ask.
type watcher struct {
	slug     string
	asJSON   bool
	client   *client.Client
	terminal Terminal
	every    time.Duration

	results api.Results
	lost    time.Time // since when there is no answer; zero while there is
	lines   int       // how many are on the screen
	told    []byte    // what was printed last, where there is no screen
}

// run goes on until ctx ends, which is no failure, or there is nothing to watch.
func (w *watcher) run(ctx context.Context) error {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		if err := w.ask(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		if err := w.show(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// ask gets the newest results. That there is no answer is an error at first; later it
// is shown.
func (w *watcher) ask(ctx context.Context) error {
	results, err := w.client.Results(ctx, w.slug)
	switch {
	case ctx.Err() != nil: // the person has seen enough
		return nil //nolint:nilerr // what the call says of that is no news
	case err == nil:
		w.results, w.lost = results, time.Time{}
	case w.results.Poll == "" || gone(err):
		return err
	case w.lost.IsZero():
		w.lost = time.Now()
	}
	return nil
}

// gone reports whether an answer says that there will be no other.
func gone(err error) bool {
	status := client.StatusOf(err)
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError && status != http.StatusTooManyRequests
}

// show shows what is there: on the screen anew, in a pipe what has changed.
func (w *watcher) show() error {
	if w.terminal.Width > 0 && !w.asJSON {
		return w.draw()
	}
	line, err := w.line()
	if err != nil || bytes.Equal(line, w.told) {
		return err
	}
	w.told = line
	return w.print()
}

// note says that the results are old, and since when.
func (w *watcher) note() string {
	if w.lost.IsZero() {
		return ""
	}
	return " (not reachable since " + w.lost.UTC().Format("15:04:05 UTC") + ")"
}

// line is what would be printed of the results, but for the time, which is another one
// at each answer.
func (w *watcher) line() ([]byte, error) {
	var b bytes.Buffer
	results := w.results
	results.AsOf = time.Time{}
	err := printJSON(&b, results)
	b.WriteString(w.note())
	return b.Bytes(), err
}

// print prints one line for a pipe.
func (w *watcher) print() error {
	if w.asJSON {
		if !w.lost.IsZero() {
			_, err := fmt.Fprintf(w.terminal.Err, "%s%s\n", w.client.URL(), w.note())
			return err
		}
		return printJSON(w.terminal.Out, w.results)
	}
	if w.results.Hidden {
		_, err := fmt.Fprintf(w.terminal.Out, "%s  %s  %s  hidden%s\n", w.results.AsOf.UTC().Format(time.RFC3339), w.results.Status, voters(w.results), w.note())
		return err
	}
	counts := make([]string, len(w.results.Options))
	for i, o := range w.results.Options {
		counts[i] = fmt.Sprintf("%s=%d", o.ID, o.Votes)
	}
	_, err := fmt.Fprintf(w.terminal.Out, "%s  %s  %s  %s%s\n", w.results.AsOf.UTC().Format(time.RFC3339), w.results.Status,
		voters(w.results), strings.Join(counts, " "), w.note())
	return err
}

const (
	lineUp      = "\x1b[%dF" // to the beginning of a line above
	eraseLine   = "\x1b[K"   // what is behind the new text
	eraseScreen = "\x1b[J"   // the lines below
)

// draw writes the table over the one before, all at once: nothing flickers.
func (w *watcher) draw() error {
	var b bytes.Buffer
	if w.lines > 0 {
		fmt.Fprintf(&b, lineUp, w.lines)
	}
	lines := table(w.results, w.note(), w.terminal.Width)
	if most := w.terminal.Height - 1; w.terminal.Height > 0 && len(lines) > most {
		lines = append(lines[:most-1], fmt.Sprintf("(%d more lines)", len(lines)-most+1))
	}
	for _, line := range lines {
		b.WriteString(line + eraseLine + "\n")
	}
	b.WriteString(eraseScreen)
	w.lines = len(lines)
	_, err := w.terminal.Out.Write(b.Bytes())
	return err
}
