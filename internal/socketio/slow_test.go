package socketio

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"popeye/internal/web"
)

// TestWhoReadsSlowlyDoesNotSeeOldFigures lets a viewer read nothing until the server can write no more to it, over a
// real connection, and then read on. What lies in the kernels is old: it must be little, and the newest comes next.
func TestSlowReaderSeesNoOldUpdate(t *testing.T) {
	const size, most = 1000, 300 // bytes of an update; updates that may be older than the newest
	srv, err := New(Config{OnConnect: func(k *Socket, _ json.RawMessage) { _ = k.Join("news") }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := web.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: srv}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Shutdown(context.WithoutCancel(t.Context()))
		_ = server.Close()
	})
	conn, _, err := websocket.Dial(t.Context(), "http://"+l.Addr().String()+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	w := &fixture{t: t, srv: srv}
	p := &peer{w, conn}
	w.sid(p.read())
	p.write("40")
	p.read()

	newest := fillUp(t, w)
	padding := strings.Repeat("x", size)
	srv.BroadcastLatest("news", "figures", must(t, "figures", newest, padding))
	for old := 0; ; old++ {
		_, rest, _ := strings.Cut(p.read(), ",")
		if got, _, _ := strings.Cut(rest, ","); got == strconv.Itoa(newest) {
			t.Logf("MEASURED %d updates of %d bytes, of %d, reach a viewer that stopped reading before the newest does", old, size, newest)
			if old > most {
				t.Errorf("%d updates come before the newest, more than %d", old, most)
			}
			return
		}
	}
}

// fillUp broadcasts until nothing more goes out, and returns the number of updates.
func fillUp(t *testing.T, w *fixture) (n int) {
	t.Helper()
	sess, padding := w.only(), strings.Repeat("x", 1000)
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	for stuck := 0; stuck < 1000; n++ { // a fifth of a second
		<-tick.C
		sess.mu.Lock()
		waits := len(sess.out.entries) > 0
		sess.mu.Unlock()
		if stuck++; !waits {
			stuck = 0
		}
		w.srv.BroadcastLatest("news", "figures", must(t, "figures", n, padding))
	}
	return n
}
