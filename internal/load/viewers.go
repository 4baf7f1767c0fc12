package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/coder/websocket"
)

// Viewers watch the poll on the site of results, as its pages do: by Socket.IO over
// websockets. How long a figure takes to their screens is measured from the moment at
// which the voter was answered: for each update from the oldest vote that is new in it.
type Viewers struct {
	crowd *Crowd
	poll  string
	url   string
	many  int

	mu      sync.Mutex
	updates int64
	failed  map[string]int64
	delay   *hdrhistogram.Histogram
}

// ViewersReport is what the viewers have seen.
type ViewersReport struct {
	Viewers int              // that came
	Updates int64            // that arrived, over all of them
	Failed  map[string]int64 // why others do not watch, and how many
	Delay   *hdrhistogram.Histogram
}

// NewViewers returns so many viewers of the poll in which a crowd votes. site is that of
// results.
func NewViewers(crowd *Crowd, site string, many int) (*Viewers, error) {
	u, err := parse(site)
	if err != nil {
		return nil, err
	}
	u.Path += "/socket.io/"
	u.RawQuery = url.Values{"EIO": {"4"}, "transport": {"websocket"}}.Encode()
	return &Viewers{
		crowd: crowd, poll: crowd.config.Poll, url: u.String(), many: many,
		failed: map[string]int64{}, delay: hdrhistogram.New(shortest, longest, digits),
	}, nil
}

// joinsAtOnce bounds how many viewers come at the same time.
const joinsAtOnce = 64

// Watch lets all viewers come, calls ready, and returns when ctx ends and they have gone.
func (v *Viewers) Watch(ctx context.Context, ready func()) ViewersReport {
	var watching, coming sync.WaitGroup
	places := make(chan struct{}, joinsAtOnce)
	for range v.many {
		places <- struct{}{}
		coming.Add(1)
		watching.Go(func() {
			came := sync.OnceFunc(func() { coming.Done(); <-places })
			defer came()
			if err := v.watch(ctx, came); err != nil && ctx.Err() == nil {
				v.fail(err)
			}
		})
	}
	coming.Wait()
	ready()
	watching.Wait()
	return v.report()
}

func (v *Viewers) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failed[plain(err)]++
}

func (v *Viewers) report() ViewersReport {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := ViewersReport{Viewers: v.many, Updates: v.updates, Failed: v.failed, Delay: v.delay}
	for _, n := range v.failed {
		r.Viewers -= int(n)
	}
	return r
}

// watch is one viewer. It calls came when the first figures are there.
func (v *Viewers) watch(ctx context.Context, came func()) error {
	joining, cancel := context.WithTimeout(ctx, v.crowd.config.Timeout)
	defer cancel()
	conn, _, err := websocket.Dial(joining, v.url, nil) //nolint:bodyclose // "you never need to close resp.Body", says the library
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	channel, _ := json.Marshal(v.poll) // a string: it can't fail
	for _, packet := range []string{"40", fmt.Sprintf(`42["subscribe",{"channel":%s}]`, channel)} {
		if err := conn.Write(joining, websocket.MessageText, []byte(packet)); err != nil {
			return err
		}
	}
	seen := int64(-1)
	for {
		_, packet, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		total, ok, err := v.hear(ctx, conn, packet)
		switch {
		case err != nil:
			return err
		case !ok:
		case seen < 0:
			seen = total
			v.crowd.begins(total)
			came()
		case total > seen:
			v.note(now, seen)
			seen = total
		}
	}
}

var (
	ping  = []byte("2")
	tally = []byte(`42["tally",`)
)

// hear answers the server's pings, and reads the number of voters from a tally of the poll.
func (v *Viewers) hear(ctx context.Context, conn *websocket.Conn, packet []byte) (total int64, ok bool, err error) {
	if bytes.Equal(packet, ping) {
		return 0, false, conn.Write(ctx, websocket.MessageText, []byte("3"))
	}
	if !bytes.HasPrefix(packet, tally) {
		return 0, false, nil
	}
	var t struct {
		Poll  string
		Total int64
	}
	if err := json.Unmarshal(packet[len(tally):len(packet)-1], &t); err != nil {
		return 0, false, fmt.Errorf("a tally that makes no sense: %w", err)
	}
	return t.Total, t.Poll == v.poll, nil
}

// note takes in that an update has come, before which so many voters were seen.
func (v *Viewers) note(now time.Time, before int64) {
	answered, ok := v.crowd.answeredAt(before)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.updates++
	if ok { // else they are votes of others
		_ = v.delay.RecordValue(min(longest, max(shortest, now.Sub(answered).Microseconds())))
	}
}
