//go:build linux

package drills

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"popeye/internal/testenv"
)

const (
	pushers = 64                     // who wait for an answer at the same time
	pushFor = time.Second            // how long they push before the end
	unlucky = 900 * time.Millisecond // after an fsync, of those that come every second
)

// policies are the settings of appendfsync.
var policies = []string{"no", "everysec", "always"}

// What Redis loses of what it has answered, for each setting of appendfsync:
// when it is killed, and when the power fails at that same moment. For the
// second, its file is cut where the last fsync that had ended began: a disk
// keeps no less. With `always` that must be nothing; the others are measured.
func TestRedisLosses(t *testing.T) {
	library := shim(t, t.TempDir(), "synced")
	for _, policy := range policies {
		t.Run(policy, func(t *testing.T) {
			folder, note := t.TempDir(), filepath.Join(t.TempDir(), "synced")
			if err := os.WriteFile(note, make([]byte, 8), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("LD_PRELOAD", library)
			t.Setenv("SYNCED_FILE", note)
			r := testenv.StartRedis(t, "--dir", folder, "--appendfsync", policy, "--auto-aof-rewrite-percentage", "0")
			synced := func() int64 { return syncedUntil(t, note) }
			load := push(t, r)
			if policy == "everysec" {
				unluckyMoment(synced)
			} else {
				<-time.After(pushFor)
			}
			load.over = time.Now()
			r.Kill()
			onDisk := synced()
			load.ends()

			kill := load.compare(t, r)
			cut(t, folder, onDisk)
			power := load.compare(t, r)
			t.Logf("MEASURED appendfsync %s: killed: %s; power lost: %s", policy, kill, power)
			switch {
			case policy == "always" && kill.votes+power.votes > 0:
				t.Errorf("%d votes are lost to a kill and %d to the power, though each was answered after its fsync", kill.votes, power.votes)
			case policy == "no" && power.votes == 0:
				t.Error("nothing is lost where nothing is synced: this measures nothing")
			case kill.votes > power.votes:
				t.Errorf("a kill loses %d, the power %d: the file was not cut", kill.votes, power.votes)
			}
		})
	}
}

// unluckyMoment returns late in the second between two fsyncs.
func unluckyMoment(synced func() int64) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for before := synced(); synced() == before; {
		<-tick.C
	}
	<-time.After(unlucky)
}

// What each setting of appendfsync costs. The three take turns, so that what else
// the machine does weighs on them alike.
func TestRedisSpeeds(t *testing.T) {
	const turns, turn = 5, 200 * time.Millisecond
	pushed, took := map[string]int{}, map[string]time.Duration{}
	servers := map[string]*testenv.Redis{}
	for _, policy := range policies {
		servers[policy] = testenv.StartRedis(t, "--appendfsync", policy)
	}
	for range turns {
		for _, policy := range policies {
			load := push(t, servers[policy])
			<-time.After(turn)
			load.ends()
			pushed[policy] += load.answered()
			took[policy] += time.Since(load.began)
		}
	}
	rate := func(policy string) float64 { return float64(pushed[policy]) / took[policy].Seconds() }
	for _, policy := range policies {
		if pushed[policy] == 0 {
			t.Fatalf("with %s no push was answered", policy)
		}
		t.Logf("MEASURED appendfsync %s: %.2f of the pushes of `no` (%.0f/s)", policy, rate(policy)/rate("no"), rate(policy))
	}
}

// load is clients that push numbered messages, each to a list of its own.
type load struct {
	began   time.Time
	over    time.Time
	clients sync.WaitGroup
	stop    context.CancelFunc
	ctx     context.Context
	answers [pushers][]time.Time // of each client: when each push was answered
}

// push pushes over one connection, as the voting service does.
func push(t *testing.T, r *testenv.Redis) *load {
	t.Helper()
	c, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{r.Addr()}, ForceSingleClient: true, DisableCache: true,
		AlwaysPipelining: true, PipelineMultiplex: -1, DisableRetry: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &load{began: time.Now()}
	l.ctx, l.stop = context.WithCancel(t.Context())
	for i := range l.answers {
		l.clients.Go(func() {
			for l.ctx.Err() == nil {
				message := fmt.Sprintf(`{"voter_id":"0123456789abcdef0123456789abcdef","vote":"a","n":%d}`, len(l.answers[i]))
				if c.Do(l.ctx, c.B().Rpush().Key(listOf(i)).Element(message).Build()).Error() != nil {
					return
				}
				l.answers[i] = append(l.answers[i], time.Now())
			}
		})
	}
	t.Cleanup(func() { l.stop(); l.clients.Wait(); c.Close() })
	return l
}

func listOf(client int) string { return "votes" + strconv.Itoa(client) }

// ends returns when every client has stopped.
func (l *load) ends() {
	l.stop()
	l.clients.Wait()
}

// answered is how many pushes were.
func (l *load) answered() (n int) {
	for _, a := range l.answers {
		n += len(a)
	}
	return n
}

// loss is what was answered and is not there.
type loss struct {
	votes  int
	of     int
	oldest time.Duration // before the end, the first of them was answered
}

func (l loss) String() string {
	if l.votes == 0 {
		return fmt.Sprintf("none of %d lost", l.of)
	}
	return fmt.Sprintf("%d of %d lost, those of the last %d ms", l.votes, l.of, l.oldest.Milliseconds())
}

// compare starts Redis on what is left and compares. What is there must be the
// beginning of what each client sent.
func (l *load) compare(t *testing.T, r *testenv.Redis) (lost loss) {
	t.Helper()
	r.Start(t)
	defer r.Kill()
	for i, answered := range l.answers {
		kept, err := redisDo(t, r, "LRANGE", listOf(i), "0", "-1").AsStrSlice()
		if err != nil {
			t.Fatal(err)
		}
		for n, message := range kept {
			if !strings.HasSuffix(message, fmt.Sprintf(`"n":%d}`, n)) {
				t.Fatalf("message %d of client %d is %s", n, i, message)
			}
		}
		lost.of += len(answered)
		if len(kept) < len(answered) {
			lost.votes += len(answered) - len(kept)
			lost.oldest = max(lost.oldest, l.over.Sub(answered[len(kept)]))
		}
	}
	return lost
}

// syncedUntil reads the note of testdata/synced.c.
func syncedUntil(t *testing.T, note string) int64 {
	t.Helper()
	raw, err := os.ReadFile(note)
	if err != nil || len(raw) != 8 {
		t.Fatalf("the note has %d bytes, %v", len(raw), err)
	}
	return int64(binary.NativeEndian.Uint64(raw))
}

// cut cuts Redis' append-only file, as a lost power may.
func cut(t *testing.T, folder string, size int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "appendonlydir", "*.incr.aof"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the append-only files are %v, %v", files, err)
	}
	if err := os.Truncate(files[0], size); err != nil {
		t.Fatal(err)
	}
}

// shim compiles a file of testdata that is to be loaded into a server.
func shim(t *testing.T, folder, name string) (path string) {
	t.Helper()
	path = filepath.Join(folder, name+".so")
	command(t, "gcc", "gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", path, "testdata/"+name+".c", "-ldl")
	return path
}
