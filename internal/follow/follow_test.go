package follow

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// thing changes, and is followed.
type thing struct {
	state atomic.Int64
	news  News
	hub   *Hub
}

func newThing(most int) *thing {
	th := &thing{}
	th.hub = New(most, time.Hour, func(context.Context, string, int) (Said, bool) { return th.said(), true }, th.news.Next)
	return th
}

func (th *thing) said() Said {
	state := fmt.Sprint(th.state.Load())
	return Said{State: state, Data: `{"state":"` + state + `","poll":"a-poll-of-the-evening","status":"open","position":2,"of":4}`}
}

func (th *thing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := th.hub.Serve(w, r, "key", th.said()); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}

// follower reads a stream over a plain connection: a thousand of net/http's clients would
// measure themselves.
func follower(t testing.TB, addr string, heard func(event string)) net.Conn {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	go func() {
		in := bufio.NewScanner(conn)
		for in.Scan() {
			if data, ok := strings.CutPrefix(in.Text(), "data: "); ok {
				heard(data)
			}
		}
	}()
	return conn
}

// From a change to a crowd on one process, which also has all the crowd's connections.
func crowd(t testing.TB, followers, changes int) {
	th := newThing(followers)
	server := httptest.NewServer(th)
	defer server.Close()
	defer th.hub.End()
	var arrived sync.WaitGroup
	var begun atomic.Int64
	took := make(chan time.Duration, followers)
	arrived.Add(followers)
	for range followers {
		first := true
		conn := follower(t, server.Listener.Addr().String(), func(string) {
			if first {
				first = false
				arrived.Done()
				return
			}
			took <- time.Duration(time.Now().UnixNano() - begun.Load())
		})
		defer conn.Close()
	}
	arrived.Wait()
	var all, lasts []time.Duration
	for range changes {
		begun.Store(time.Now().UnixNano())
		th.state.Add(1)
		th.news.Tell()
		last := time.Duration(0)
		for range followers {
			d := <-took
			all, last = append(all, d), max(last, d)
		}
		lasts = append(lasts, last)
		time.Sleep(2 * lookAgain) // the next is news of its own
	}
	slices.Sort(all)
	slices.Sort(lasts)
	t.Logf("MEASURED from a change to %d followers of one process, %d times: median %v, 99 of 100 %v, the last: median %v, longest %v",
		followers, changes, all[len(all)/2], all[len(all)*99/100], lasts[len(lasts)/2], lasts[len(lasts)-1])
}

func TestACrowdHears(t *testing.T) { crowd(t, 1000, 5) }

func BenchmarkCrowd(b *testing.B) {
	for _, followers := range []int{1000, 9000} { // both ends of each connection are files of this process
		b.Run(fmt.Sprint(followers), func(b *testing.B) { crowd(b, followers, max(3, b.N)) })
	}
}

// Each change is heard once, also without news, and a look that fails changes nothing.
func TestChangesAreHeard(t *testing.T) {
	var known atomic.Bool
	var state atomic.Int64
	known.Store(true)
	hub := New(2, time.Millisecond, func(context.Context, string, int) (Said, bool) {
		s := fmt.Sprint(state.Load())
		return Said{s, s}, known.Load()
	}, nil)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := hub.Serve(w, r, "key", Said{"0", "0"}); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	defer hub.End()
	events := make(chan string, 10)
	defer follower(t, server.Listener.Addr().String(), func(e string) { events <- e }).Close()
	for want := range 3 {
		state.Store(int64(want))
		if got := <-events; got != fmt.Sprint(want) {
			t.Errorf("heard %q, want %d", got, want)
		}
	}
	known.Store(false)
	state.Store(7)
	select {
	case got := <-events:
		t.Errorf("heard %q of what nobody knows", got)
	case <-time.After(20 * time.Millisecond):
	}
	known.Store(true)
	if got := <-events; got != "7" {
		t.Errorf("heard %q", got)
	}
	// One more than may follow is told so, and the end is told to all.
	defer follower(t, server.Listener.Addr().String(), func(string) {}).Close()
	for hub.Followers() < 2 {
		time.Sleep(time.Millisecond)
	}
	if hub.Keys() != 1 || hub.Most() != 2 {
		t.Errorf("%d keys of %d followers", hub.Keys(), hub.Most())
	}
	if err := hub.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), "key", Said{}); !errors.Is(err, ErrFull) {
		t.Errorf("one more: %v", err)
	}
	hub.End()
	hub.End() // a second time is nothing
	if err := hub.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), "key", Said{}); !errors.Is(err, ErrEnded) {
		t.Errorf("after the end: %v", err)
	}
}
