package redisqueue

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"popeye/internal/testenv"
	"popeye/internal/testenv/faults"
	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/definition"
)

// reads is how often a field of a hash was read, by scripts too.
func (a admin) reads() int {
	a.t.Helper()
	_, rest, _ := strings.Cut(a.text("INFO", "commandstats"), "cmdstat_hget:calls=")
	calls, _, _ := strings.Cut(rest, ",")
	n, err := strconv.Atoi(calls)
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

// Pages are answered from memory, and a change gets there without being asked
// for; a definition that makes no sense harms nobody.
func TestPollCache(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q, other := open(t, Config{URL: server.URL()}), open(t, Config{URL: server.URL()})
	publish(t, q, 1)
	read := func() int64 {
		p, err := other.Poll(t.Context(), vote.DefaultSlug)
		if err != nil {
			t.Fatal(err)
		}
		return p.Revision
	}
	read()
	before := admin.reads()
	for range 100 {
		read()
	}
	if after := admin.reads(); after != before {
		t.Errorf("100 reads asked Redis %d times", after-before)
	}
	publish(t, q, 2)
	until(t, "the change arrives", func() bool { return read() == 2 })

	for _, bad := range []string{"", "null", "[]", `{"slug":"default"}`, `{"slug":5}`, "\x00"} {
		admin.do("HSET", keyPolls, vote.DefaultSlug, bad)
		until(t, "the bad definition arrives", func() bool {
			_, err := other.Poll(t.Context(), vote.DefaultSlug)
			return errors.Is(err, queue.ErrUnavailable)
		})
	}
}

// pollsChanged is how Redis says that the definitions have changed.
const pollsChanged = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$12\r\n" + keyPolls + "\r\n"

// The news that a definition changed is late. A voter who is told ErrChanged, or
// that the poll is not open, still gets the new one when asking again.
func TestPollCacheOutOfDate(t *testing.T) {
	for name, tt := range map[string]struct {
		edit func(*vote.Poll)
		want error
	}{
		"changed":          {func(p *vote.Poll) { p.Question = "Coffee or tea?" }, queue.ErrChanged},
		"closing":          {closing, queue.ErrNotOpen},
		"its time is over": {over, queue.ErrNotOpen},
	} {
		t.Run(name, func(t *testing.T) {
			server := testenv.StartRedis(t)
			p := faults.NewProxy(t, server.Addr())
			other, q := open(t, Config{URL: server.URL()}), open(t, Config{URL: throughProxy(p)})
			publish(t, other, 1)
			read := func(want int64) {
				t.Helper()
				if p, err := q.Poll(t.Context(), vote.DefaultSlug); err != nil || p.Revision != want {
					t.Fatalf("Poll: revision %d, want %d, %v", p.Revision, want, err)
				}
			}
			read(1)
			p.Unsay(pollsChanged)
			publish(t, other, 2, tt.edit)
			read(1) // from memory: nobody knows better
			if err := q.Cast(t.Context(), ballot("voter")); !errors.Is(err, tt.want) {
				t.Fatalf("Cast: got %v, want %v", err, tt.want)
			}
			read(2)
		})
	}
}

// A poll that its time has shut is still published as open, and memory is right.
// Voters who come too late must not make each page ask Redis.
func TestPollCacheAfterTime(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 1, over)
	read := func() {
		t.Helper()
		if p, err := q.Poll(t.Context(), vote.DefaultSlug); err != nil || p.Status != vote.Open {
			t.Fatalf("Poll: %s, %v", p.Status, err)
		}
	}
	read()
	before := admin.reads()
	const late = 50
	for range late {
		if err := q.Cast(t.Context(), ballot("voter")); !errors.Is(err, queue.ErrNotOpen) {
			t.Fatalf("Cast: %v", err)
		}
		read()
	}
	if n := admin.reads() - before - late; n != 0 { // each cast looks at the gate once
		t.Errorf("%d reads asked Redis %d times", late, n)
	}
}

// Part of what is published is deleted by hand. That is seen, and the same catalog is
// published once more: voters don't get 404 until somebody changes a poll.
func TestAHalfLostCatalogIsPublishedAnew(t *testing.T) {
	for _, lose := range [][]string{
		{"DEL", keyGate},
		{"DEL", keyPolls},
		{"DEL", keyBarrier},
		{"HDEL", keyGate, vote.DefaultSlug},
		{"DEL", keyRevision},
		{"DEL", keyPublished, keyGate},
	} {
		t.Run(strings.Join(lose, " "), func(t *testing.T) {
			server := testenv.StartRedis(t)
			admin := newAdmin(t, server.URL())
			q := open(t, Config{URL: server.URL()})
			p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
			if err != nil {
				t.Fatal(err)
			}
			closed := p
			closed.Slug, closed.Status = "closed", vote.Closing
			p.Revision, closed.Revision = 1, 7
			published := catalog.State{Revision: 7, Polls: []vote.Poll{p, closed}}
			whole := func() {
				t.Helper()
				if err := q.Publish(t.Context(), published.Whole()); err != nil {
					t.Fatal(err)
				}
				if v, err := q.Published(t.Context()); v.Revision != 7 || err != nil {
					t.Fatalf("published is %v, %v", v, err)
				}
				if err := q.Cast(t.Context(), ballot("ann")); err != nil {
					t.Fatal(err)
				}
			}
			whole()
			admin.do("DEL", keyVotes)
			admin.do(lose...)
			if v, err := q.Published(t.Context()); v.Revision != 0 || err != nil {
				t.Fatalf("published is %v of a catalog that is not whole, %v", v, err)
			}
			if err := q.Publish(t.Context(), catalog.State{Revision: 6}.Whole()); err != nil { // who has not read the newest
				t.Fatal(err)
			}
			whole()
			if settled, err := q.Settled(t.Context(), "closed"); err != nil || !settled {
				admin.do("DEL", keyVotes) // it waits for all that was accepted by now, at most
				if settled, err = q.Settled(t.Context(), "closed"); err != nil || !settled {
					t.Errorf("it never settles, %v", err)
				}
			}
		})
	}
}

// The build before knows of no codes: what it publishes has none, and does not say so.
// Each change of its is followed by the whole, which has them.
func TestWhatTheBuildBeforePublishedHasNoCodes(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	publish(t, q, 7)
	for name, then := range map[string][]string{
		"the whole": {"HDEL", keyPolls, "#revision", "#listed"}, "a change": {"HSET", keyPolls, "#revision", "6"},
	} {
		admin.do(then...)
		n, err := admin.do("HLEN", keyPolls).ToInt64()
		if err != nil {
			t.Fatal(err)
		}
		fields := strconv.FormatInt(n, 10)
		admin.do("SET", keyPublished, "7 "+fields+" 1 0 m7")
		if v, err := q.Published(t.Context()); v.Revision != 0 || err != nil {
			t.Fatalf("after %s, published is %v, %v", name, v, err)
		}
		c := catalog.Change{From: catalog.Version{Revision: 7, Mark: "m7"}, To: catalog.Version{Revision: 8, Mark: "m8"}}
		if err := q.Publish(t.Context(), c); !errors.Is(err, queue.ErrOtherVersion) {
			t.Errorf("after %s, a change: %v", name, err)
		}
		publish(t, q, 7) // the same, of a new worker
		if v, err := q.Published(t.Context()); v.Revision != 7 || err != nil {
			t.Errorf("after %s and the whole, published is %v, %v", name, v, err)
		}
	}
}
