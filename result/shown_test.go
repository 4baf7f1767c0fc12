package result

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"popeye/internal/fixture"
	"popeye/internal/metrics"
	"popeye/internal/testenv"
	"popeye/internal/testenv/faults"
	"popeye/vote"
)

func TestMain(m *testing.M) {
	code := m.Run()
	testenv.StopShared()
	if err := goleak.Find(); code == 0 && err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// shown is a station with its viewers within a synctest bubble: time stands
// still until everybody waits, so that rates can be counted exactly. The
// connections are pipes.
type shown struct {
	t        *testing.T
	store    *fakeStore
	station  *Station
	registry *metrics.Registry
	log      *fixture.Log
	client   *http.Client
	close    func() // stops Run, if it runs
}

const stationURL = "http://popeye.test"

// atStation runs a test with a station that is live.
func atStation(t *testing.T, s *fakeStore, test func(t *testing.T, h *shown)) {
	t.Helper()
	atClosedStation(t, s, func(t *testing.T, h *shown) { h.open(); test(t, h) })
}

// atClosedStation runs a test with a station that does not Run yet.
func atClosedStation(t *testing.T, s *fakeStore, test func(t *testing.T, h *shown), with ...func(*Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &shown{t: t, store: s, registry: metrics.NewRegistry(), log: &fixture.Log{}, close: func() {}}
		var err error
		c := Config{Store: s, Registry: h.registry, Log: h.log.Logger()}
		for _, set := range with {
			set(&c)
		}
		h.station, err = New(c)
		if err != nil {
			t.Fatal(err)
		}
		h.listen()
		test(t, h)
		h.station.CloseViewers()
		h.close()
	})
}

// open lets the station Run.
func (h *shown) open() {
	ctx, cancel := context.WithCancel(h.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.station.Run(ctx) }()
	h.close = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Errorf("Run: %v", err)
		}
	})
	synctest.Wait()
}

func (h *shown) listen() {
	handler, err := h.station.Site().Handler()
	if err != nil {
		h.t.Fatal(err)
	}
	l := faults.NewPipes()
	server := &http.Server{Handler: handler}
	transport := &http.Transport{DialContext: l.Dial}
	h.client = &http.Client{Transport: transport}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	h.t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		serving.Wait()
	})
}

// get asks for a page or a file.
func (h *shown) get(path string) (*http.Response, string) {
	h.t.Helper()
	resp, err := h.client.Get(stationURL + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp, string(body)
}

// heard is what a viewer got: an event's name and its one argument, or with
// the name "ack" the answer to what it asked.
type heard struct{ Name, Body string }

// watcher is the other end of a viewer's connection, as a browser has it. It
// answers pings, and keeps what comes.
type watcher struct {
	h    *shown
	conn *websocket.Conn

	mu     sync.Mutex
	events []heard
	ended  error // why the connection ended
}

// enter connects a viewer, and returns once all is said that is said at once.
func (h *shown) enter() *watcher {
	h.t.Helper()
	w := h.dial()
	go w.read()
	synctest.Wait()
	return w
}

// dial connects a viewer that does not read yet.
func (h *shown) dial() *watcher {
	h.t.Helper()
	conn, _, err := websocket.Dial(h.t.Context(), stationURL+"/socket.io/?EIO=4&transport=websocket",
		&websocket.DialOptions{HTTPClient: h.client})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.CloseNow() })
	w := &watcher{h: h, conn: conn}
	w.send("40")
	return w
}

func (w *watcher) send(packet string) {
	w.h.t.Helper()
	if err := w.conn.Write(w.h.t.Context(), websocket.MessageText, []byte(packet)); err != nil {
		w.h.t.Errorf("send %s: %v", packet, err)
	}
}

func (w *watcher) read() {
	for {
		_, packet, err := w.conn.Read(context.Background())
		if err != nil {
			w.mu.Lock()
			w.ended = err
			w.mu.Unlock()
			return
		}
		if string(packet) == "2" {
			_ = w.conn.Write(context.Background(), websocket.MessageText, []byte("3"))
			continue
		}
		if e, ok := decode(string(packet)); ok {
			w.mu.Lock()
			w.events = append(w.events, e)
			w.mu.Unlock()
		}
	}
}

// decode reads an event or an acknowledgement; false for other packets.
func decode(packet string) (heard, bool) {
	var args []json.RawMessage
	kind, list := packet[:min(2, len(packet))], strings.TrimLeft(packet[min(2, len(packet)):], "0123456789")
	if kind != "42" && kind != "43" || json.Unmarshal([]byte(list), &args) != nil || len(args) == 0 {
		return heard{}, false
	}
	if kind == "43" {
		return heard{"ack", string(args[0])}, true
	}
	var e heard
	_ = json.Unmarshal(args[0], &e.Name)
	if len(args) > 1 {
		e.Body = string(args[1])
	}
	if e.Name == "scores" { // ONE string, which holds JSON
		if json.Unmarshal(args[1], &e.Body) != nil {
			e.Body = "not a string: " + e.Body
		}
	}
	return e, true
}

// take returns what came since the last take.
func (w *watcher) take() []heard {
	w.h.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

// want takes what came and compares it. A tally is compared by its total.
func (w *watcher) want(want ...heard) {
	w.h.t.Helper()
	got := w.take()
	for i, e := range got {
		if e.Name == "tally" {
			got[i].Body = totalOf(e)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.h.t.Errorf("the viewer got (-want +got):\n%s", diff)
	}
}

// last returns the newest event of a name, and fails the test if there is none.
func (w *watcher) last(name string) heard {
	w.h.t.Helper()
	events := w.take()
	for _, e := range slices.Backward(events) {
		if e.Name == name {
			return e
		}
	}
	w.h.t.Fatalf("no %s came, but %q", name, events)
	return heard{}
}

func totalOf(e heard) string {
	var t struct {
		Poll  string
		Total json.Number
	}
	_ = json.Unmarshal([]byte(e.Body), &t)
	return t.Poll + " " + t.Total.String()
}

// subscribe asks for a poll, with an acknowledgement.
func (w *watcher) subscribe(slug string) {
	w.h.t.Helper()
	w.send(`421["subscribe",{"channel":"` + slug + `"}]`)
	synctest.Wait()
}

// leave ends the viewer's connection.
func (w *watcher) leave() {
	w.h.t.Helper()
	if err := w.conn.Close(websocket.StatusNormalClosure, ""); err != nil && !errors.Is(err, net.ErrClosed) {
		w.h.t.Errorf("leave: %v", err)
	}
	synctest.Wait()
}

// feeds counts the polls that are watched.
func (h *shown) feeds() int {
	synctest.Wait()
	return h.station.viewers.Polls()
}

// pass lets time pass and everything happen that is due.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// single is a single-choice poll with the options a, b, c.
func single(slug string, status vote.Status) vote.Poll {
	return vote.Poll{
		Slug: slug, Question: "Where to?", Kind: vote.Single, Status: status,
		Options: []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}, {ID: "c", Label: "Salad"}},
	}
}
