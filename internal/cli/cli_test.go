package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"popeye/queue"
	"popeye/store"
	"popeye/store/sqlite"
	"popeye/vote"
)

// fixture is what an operator works on: a store, which comes with an open default poll.
type fixture struct {
	*testing.T
	db *sqlite.Store
}

func newFixture(t *testing.T) fixture {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "popeye.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return fixture{t, db}
}

// deadLetter applies a batch of nothing but dead messages; positions count from id.
func (d fixture) deadLetter(id int64, messages ...string) {
	d.Helper()
	b := store.Batch{ID: id}
	for i, m := range messages {
		b.Dead = append(b.Dead, store.Dead{Position: id + int64(i), Reason: "it was a bad day", Raw: []byte(m)})
	}
	if _, err := d.db.Apply(d.Context(), b); err != nil {
		d.Fatal(err)
	}
}

// dead runs a command about dead letters.
func (d fixture) dead(command string, c Dead) (string, error) {
	var out bytes.Buffer
	err := c.Run(d.Context(), command, d.db, &out)
	return out.String(), err
}

func TestAListIsSafeAndBounded(t *testing.T) {
	d := newFixture(t)
	if out, err := d.dead("dead list", Dead{List: List{Limit: 10}}); err != nil || out != "There are no dead letters.\n" {
		t.Errorf("%q, %v", out, err)
	}
	messages := make([]string, page+5) // more than are read at once
	for i := range messages {
		messages[i] = fmt.Sprintf("rubbish %d", i)
	}
	messages[0] = "\x1b[2Jhidden\n" + strings.Repeat("x", 200) + "\xff"
	d.deadLetter(1000, messages...)
	out, err := d.dead("dead list", Dead{List: List{Limit: 3}})
	if lines := strings.Split(strings.TrimSpace(out), "\n"); err != nil || len(lines) != 4 || strings.Contains(out, "\x1b") || !utf8.ValidString(out) ||
		!strings.Contains(lines[1], ".[2Jhidden.xx") || !strings.Contains(lines[1], "it was a bad day") {
		t.Errorf("%v:\n%s", err, out)
	}
	out, err = d.dead("dead list", Dead{List: List{After: 1000, JSON: true}})
	if n := strings.Count(out, "\n"); err != nil || n != page+4 || !strings.HasPrefix(out, `{"position":1001,`) {
		t.Errorf("%v, %d lines:\n%.200s", err, n, out)
	}
}

func TestDeadLetterIsShown(t *testing.T) {
	d := newFixture(t)
	d.deadLetter(1000, "caf\u00e9", "nul\x00", strings.Repeat("y", store.MaxDeadLetter+10))
	for position, want := range map[int64]string{
		1000: "\n\ncaf\u00e9\n", 1001: `"nul\x00"`, 1002: fmt.Sprintf("bytes     %d (the first %d are kept)", store.MaxDeadLetter+10, store.MaxDeadLetter),
	} {
		if out, err := d.dead("dead show", Dead{Show: Show{DeadLetter: DeadLetter{position}}}); err != nil || !strings.Contains(out, want) {
			t.Errorf("%d: %v: %.300q", position, err, out)
		}
	}
	if _, err := d.dead("dead show", Dead{Show: Show{DeadLetter: DeadLetter{7}}}); !errors.Is(err, store.ErrNoDeadLetter) {
		t.Errorf("no such letter: %v", err)
	}
}

func TestDeadLettersAreReplayedAndDropped(t *testing.T) {
	d := newFixture(t)
	d.deadLetter(1000, `{"voter_id":"ann","vote":"a"}`, "rubbish")
	for _, which := range []Which{{}, {All: true, DeadLetters: DeadLetters{[]int64{1000}}}} {
		if _, err := d.dead("dead replay", Dead{Replay: Replay{which}}); err == nil || !strings.Contains(err.Error(), "--all") {
			t.Errorf("%+v: %v", which, err)
		}
	}
	out, err := d.dead("dead replay", Dead{Replay: Replay{Which{All: true}}})
	if err == nil || !strings.Contains(out, "1000  stored: the voter's first ballot\n1001  the vote is refused") {
		t.Errorf("%v:\n%s", err, out)
	}
	if out, err := d.dead("dead replay", Dead{Replay: Replay{Which{DeadLetters: DeadLetters{[]int64{1000}}}}}); err != nil || !strings.Contains(out, "not there") {
		t.Errorf("again: %v: %s", err, out)
	}
	if tally, err := d.db.Tally(t.Context(), vote.DefaultSlug); err != nil || tally["a"] != 1 {
		t.Errorf("the tally is %v, %v", tally, err)
	}
	if out, err := d.dead("dead drop", Dead{Drop: Drop{Which{All: true}}}); err != nil || out != "1001  dropped\n" {
		t.Errorf("drop: %v: %s", err, out)
	}
	var account bytes.Buffer
	if err := (Account{}).Run(t.Context(), nil, d.db, &account); err != nil || !strings.Contains(account.String(), "it balances") {
		t.Errorf("%v:\n%s", err, &account)
	}
}

// fixedQueue has accepted more, or less, than the store knows.
type fixedQueue struct{ accepted int64 }

func (q *fixedQueue) Stats(context.Context) (queue.Stats, error) {
	return queue.Stats{Accepted: q.accepted, Position: 5000, AsOf: time.Now()}, nil
}

func (q *fixedQueue) Rebase(_ context.Context, by int64) error { q.accepted += by; return nil }

func TestAnAccountIsSettled(t *testing.T) {
	d := newFixture(t)
	d.deadLetter(1000, "rubbish", "more")
	for _, accepted := range []int64{0, 9} {
		q := &fixedQueue{accepted}
		var out bytes.Buffer
		if err := (Account{}).Run(t.Context(), q, d.db, &out); !errors.Is(err, ErrUnbalanced) || !strings.Contains(out.String(), "DOES NOT BALANCE") {
			t.Errorf("%v:\n%s", err, &out)
		}
		out.Reset()
		if err := (Account{Settle: true}).Run(t.Context(), q, d.db, &out); err != nil || !strings.Contains(out.String(), fmt.Sprintf("a difference of %d was accepted", accepted-2)) {
			t.Errorf("%v:\n%s", err, &out)
		}
		if q.accepted != 2 {
			t.Errorf("the queue says %d", q.accepted)
		}
	}
	if err := (Account{Settle: true}).Run(t.Context(), nil, d.db, &bytes.Buffer{}); err != nil {
		t.Errorf("in one process, balanced: %v", err)
	}
}
