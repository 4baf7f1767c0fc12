package e2e

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// pause keeps the votes so far apart that no update waits for the one before:
// that is what "at rest" means.
const pause = 100 * time.Millisecond

// measure casts votes one after the other and times each until a viewer, over
// Socket.IO, has the new count.
func measure(t *testing.T, poll, result string, votes int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*testenv.Patience)
	defer cancel()
	scores := watch(ctx, t, result)
	network := &http.Transport{} // voters keep their connections, as browsers do
	defer network.CloseIdleConnections()
	var took []time.Duration
	rest := time.NewTicker(pause)
	defer rest.Stop()
	for i := range votes {
		<-rest.C
		v := people.NewVoterOver(poll, network)
		if err := v.Opens(ctx, "/"); err != nil { // the page is there before the tap
			t.Fatal(err)
		}
		began := time.Now()
		if err := v.Submit(ctx, "/", "a"); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`\"a\":%d,`, i+1)
		for got := ""; !strings.Contains(got, want); {
			select {
			case got = <-scores:
			case <-ctx.Done():
				t.Fatalf("vote %d never reached the screen", i+1)
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("MEASURED from the vote to the screen, at rest, %d votes: median %.1f ms, 90%% within %.1f ms, slowest %.1f ms",
		votes, ms(took[votes/2]), ms(took[votes*9/10]), ms(took[votes-1]))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// watch connects as a viewer, over a bare websocket, and hands on each `scores`.
func watch(ctx context.Context, t *testing.T, result string) <-chan string {
	t.Helper()
	c, _, err := websocket.Dial(ctx, strings.Replace(result, "http", "ws", 1)+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	if _, _, err := c.Read(ctx); err != nil { // the handshake
		t.Fatal(err)
	}
	if err := c.Write(ctx, websocket.MessageText, []byte("40")); err != nil { // connect
		t.Fatal(err)
	}
	scores, first := make(chan string, 1000), make(chan struct{})
	go func() {
		seen := false
		for {
			_, packet, err := c.Read(ctx)
			if err != nil {
				return
			}
			switch s := string(packet); {
			case s == "2": // ping
				_ = c.Write(ctx, websocket.MessageText, []byte("3"))
			case strings.HasPrefix(s, `42["scores"`):
				scores <- s
				if !seen {
					seen = true
					close(first)
				}
			}
		}
	}()
	select {
	case <-first:
	case <-ctx.Done():
		t.Fatal("a viewer gets no scores")
	}
	return scores
}
