package socketio

import (
	"encoding/json"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestCrowdOfSlowViewers broadcasts to many of whom half read now and then, and half never. What waits for them must
// not grow with what was broadcast, and who reads gets the newest.
func TestCrowdOfSlowViewers(t *testing.T) {
	const viewers, updates, size = 200, 10_000, 10_000
	cfg := Config{
		MaxQueue:  2 * updates, // there is room for all updates, were they queued
		OnConnect: func(k *Socket, _ json.RawMessage) { _ = k.Join("news") },
	}
	run(t, cfg, func(t *testing.T, w *fixture) {
		var readers, silent []*peer
		for range viewers / 2 {
			readers, silent = append(readers, w.connect()), append(silent, w.connect())
		}
		padding := strings.Repeat("x", size)
		before := heapInUse()
		for n := 1; n <= updates; n++ {
			w.srv.BroadcastLatest("news", "figures", must(t, "figures", n, padding))
			if n%(updates/10) != 0 {
				continue
			}
			for _, p := range readers {
				p.expectNewest(n)
			}
		}
		// Each viewer has at most one update on its way and one that waits, were they all different; and a
		// connection's machinery may have grown by as much. All updates are 100 MB.
		if grown, most := heapInUse()-before, int64(viewers*(2+2)*size); grown > most {
			t.Errorf("the heap has grown by %d bytes, more than %d", grown, most)
		}
		if n := w.srv.Count(); n != viewers {
			t.Errorf("%d of %d viewers are connected", n, viewers)
		}
		for _, p := range silent {
			p.expectNewest(updates)
		}
	})
}

// expectNewest reads what was on its way and what waited behind: that is the newest update.
func (p *peer) expectNewest(n int) {
	p.w.t.Helper()
	var got string
	for range 2 {
		_, rest, _ := strings.Cut(p.read(), ",")
		if got, _, _ = strings.Cut(rest, ","); got == strconv.Itoa(n) {
			return
		}
	}
	p.w.t.Errorf("a viewer got update %s as its newest, not %d", got, n)
}

// heapInUse returns what the heap takes once all that is garbage was collected.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC() // what pools held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}
