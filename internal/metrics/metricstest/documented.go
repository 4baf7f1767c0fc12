package metricstest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/testenv"
)

// patience is how long a program may take until its values are there.
const patience = 30 * time.Second

// Program is one of Popeye's programs, as its main has it.
type Program struct {
	Name string
	Run  func(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error
	Env  map[string]string // all that it sees, METRICS_ADDR included
	Site string            // an address where it serves people, "" for none
}

// Documented runs a program and holds docs/metrics.md to it: the page has exactly
// the metrics that the program shows, with their type, labels and help.
func Documented(t *testing.T, page string, p Program) {
	t.Helper()
	ctx := p.start(t)
	if p.Site != "" {
		await(ctx, t, "http://"+p.Site, "<html") // so that there is a request to measure
	}
	scrape := await(ctx, t, "http://"+p.Env["METRICS_ADDR"]+"/metrics", "popeye_backend_up")
	Parse(t, scrape)
	want, err := rows(page, p.Name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, Families(t, scrape, "popeye_")); diff != "" {
		t.Errorf("%s and what %s shows (-page +program):\n%s", page, p.Name, diff)
	}
}

// Says runs a program until its page at a path, as in /readyz, says a text.
func Says(t *testing.T, p Program, path, text string) {
	t.Helper()
	await(p.start(t), t, "http://"+p.Env["METRICS_ADDR"]+path, text)
}

// start runs a program until the test ends, or the context that it returns.
func (p Program) start(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		defer stop() // nobody need wait for one that ended early
		ended <- p.Run(ctx, nil, func(name string) string { return p.Env[name] }, io.Discard, io.Discard)
	}()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("%s ended with %v", p.Name, err)
		}
	})
	return ctx
}

// await asks until an answer holds some text, and returns it.
func await(ctx context.Context, t *testing.T, url, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		body, err := get(ctx, url)
		if err == nil && strings.Contains(body, text) {
			return body
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s does not answer %q: %v\n%s", url, text, err, body)
		}
	}
}

func get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// rows returns the metrics that the page says a program shows.
func rows(page, program string) (map[string]Family, error) {
	raw, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	found := map[string]Family{}
	for line := range strings.Lines(string(raw)) {
		if !strings.HasPrefix(line, "| `popeye_") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 {
			return nil, fmt.Errorf("%s: want name, type, labels, meaning, who shows it: %s", page, line)
		}
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		if slices.Contains(words(cells[4]), program) {
			found[cells[0]] = Family{Type: cells[1], Labels: words(cells[2]), Help: cells[3]}
		}
	}
	return found, nil
}

// words returns the words of a list, "a, b"; nil if there are none.
func words(list string) []string {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '`' }) {
		words[w] = true
	}
	return slices.Sorted(maps.Keys(words))
}

// Addr returns an address at which nobody listens.
func Addr(t *testing.T) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(testenv.FreePort(t)))
}
