package votes

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var deadLetterTests = []test{
	{"what is dead is kept", deadIsKept},
	{"any bytes", anyBytes},
	{"what the database can't hold is kept", forbiddenIsKept},
	{"a batch again writes nothing", deadLetterOnce},
	{"reading page by page", deadLetterPages},
	{"drop", dropDeadLetter},
	{"the oldest are forgotten", oldestForgotten},
}

// The worker's dead and what the store refuses, each with its message. The
// report tells of them without: the queue has no use for it.
func deadIsKept(h kit) {
	h.Create("closed", vote.Closed)
	b := fixture.Batch(100, "closed/ann=a", "ann=a", "nowhere/ann=a")
	for i := range b.Votes {
		b.Votes[i].Raw = []byte(fmt.Sprintf(`{"voter_id":"ann","n":%d}`, i))
	}
	b.Dead = []store.Dead{{Position: 105, Reason: "it is\x00 no JSON", Raw: []byte("{")}, {Position: 103, Reason: "x"}}
	r := h.Apply(b)
	h.WantDeadLetters(
		store.DeadLetter{Position: 100, Reason: "the poll is closed", Size: 24, Raw: b.Votes[0].Raw},
		store.DeadLetter{Position: 102, Reason: "no such poll", Size: 24, Raw: b.Votes[2].Raw},
		store.DeadLetter{Position: 103, Reason: "x"},
		store.DeadLetter{Position: 105, Reason: "it is\uFFFD no JSON", Size: 1, Raw: []byte("{")},
	)
	for _, d := range r.Dead {
		if d.Raw != nil {
			h.Errorf("the report of %d holds the message", d.Position)
		}
	}
	h.WantNoDeadLetter(101)
	h.Apply(fixture.Batch(200, "ann=b"))
	if n := len(h.DeadLetters()); n != 4 {
		h.Errorf("%d letters after a batch of good votes", n)
	}
}

// A message can be anything and of any length. Of a long one the beginning is
// kept; how long it was is known.
func anyBytes(h kit) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	long := bytes.Repeat(every, store.MaxDeadLetter/len(every)+1)
	b := store.Batch{ID: 100}
	var want []store.DeadLetter
	for i, raw := range [][]byte{every, {}, long[:store.MaxDeadLetter], long[:store.MaxDeadLetter+1], long, []byte(`\x41'";--`)} {
		position := int64(100 + i)
		b.Dead = append(b.Dead, store.Dead{Position: position, Reason: "x", Raw: raw})
		want = append(want, store.DeadLetter{Position: position, Reason: "x", Size: len(raw), Raw: raw[:min(len(raw), store.MaxDeadLetter)]})
	}
	h.Apply(b)
	h.WantDeadLetters(want...)
}

func forbiddenIsKept(h kit) {
	h.MustExec("%s", h.Forbid)
	b := fixture.Batch(100, "ann=a", "bob=forbidden", "bob=b", "cid=forbidden")
	for i := range b.Votes {
		b.Votes[i].Raw = []byte{byte(i), 0, 0xff}
	}
	h.Apply(b)
	all := h.DeadLetters() // bob's first word was overruled and need not be tried
	if len(all) != 1 || all[0].Position != 103 || !bytes.Equal(all[0].Raw, b.Votes[3].Raw) || strings.Contains(all[0].Reason, "cid") {
		h.Errorf("letters %+v", all)
	}
}

// What a person has dropped does not come back with a batch that does, even if
// its poll takes votes by now or its batch is forgotten.
func deadLetterOnce(h kit) {
	h.Create("later", vote.Draft)
	b := fixture.Batch(100, "later/ann=a", "later/bob=a")
	b.Dead = []store.Dead{{Position: 102, Reason: "x", Raw: []byte("x")}}
	then := h.Apply(b)
	for _, position := range []int64{100, 102} {
		if err := h.Store.Drop(h.Ctx, position); err != nil {
			h.Fatal(err)
		}
	}
	h.SetStatus("later", vote.Open)
	h.Again(h.Store, b, then)
	h.Again(h.Another(h.T), b, then)
	h.WantDeadLetters(store.DeadLetter{Position: 101, Reason: "the poll is draft"})
	if err := h.Store.Compact(h.Ctx, 1000); err != nil {
		h.Fatal(err)
	}
	if r, err := h.Store.Apply(h.Ctx, b); err != nil || !r.Redelivered {
		h.Errorf("forgotten: %+v, %v", r, err)
	}
	h.WantDeadLetters(store.DeadLetter{Position: 101, Reason: "the poll is draft"})
}

func deadLetterPages(h kit) {
	for id := int64(300); id >= 100; id -= 100 { // not in order
		h.Apply(fixture.Batch(id, "nowhere/ann=a", "nowhere/bob=a"))
	}
	for _, c := range []struct {
		after int64
		limit int
		want  []int64
	}{
		{0, 10, []int64{100, 101, 200, 201, 300, 301}},
		{0, 4, []int64{100, 101, 200, 201}},
		{101, 2, []int64{200, 201}},
		{150, 1, []int64{200}},
		{300, 10, []int64{301}},
		{301, 10, nil},
		{0, 0, nil},
		{0, -1, nil},
	} {
		page, err := h.Another(h.T).DeadLetters(h.Ctx, c.after, c.limit)
		var got []int64
		for _, l := range page {
			got = append(got, l.Position)
		}
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			h.Errorf("after %d, up to %d: %v (-want +got):\n%s", c.after, c.limit, err, d)
		}
	}
}

// Its message stays counted as dead: it came, and became no ballot.
func dropDeadLetter(h kit) {
	h.Apply(fixture.Batch(100, "ann=a", "nowhere/ann=a", "nowhere/bob=a"))
	if err := h.Store.Drop(h.Ctx, 101); err != nil {
		h.Fatal(err)
	}
	h.WantNoDeadLetter(101)
	for _, position := range []int64{101, 100, 99, -1} {
		if err := h.Another(h.T).Drop(h.Ctx, position); !errors.Is(err, store.ErrNoDeadLetter) {
			h.Errorf("drop %d: %v", position, err)
		}
	}
	h.WantDeadLetters(store.DeadLetter{Position: 102, Reason: "no such poll"})
	if sums := h.Sum(1000); sums.Stored != 1 || sums.Dead != 2 {
		h.Errorf("sums %+v", sums)
	}
}

// However much rubbish comes, the letters have a bound, and those that are kept
// are the newest. Copies of one letter stand for it.
func oldestForgotten(h kit) {
	const bound, more = 200, 2345
	h.Keep(bound)
	h.Apply(fixture.Batch(100, "nowhere/ann=a"))
	copies := func(format string, n int) {
		h.Helper()
		h.MustExec(`
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO dead_letters (position, batch, reason, at, size, raw)
			SELECT `+format+`, batch, reason, at, size, raw FROM n, (SELECT * FROM dead_letters LIMIT 1) AS l`, n)
	}
	compact := func(oldest int) {
		h.Helper()
		if err := h.Store.Compact(h.Ctx, 0); err != nil {
			h.Fatal(err)
		}
		row := h.MustQuery(`SELECT count(*), min(position) FROM dead_letters`)[0]
		if row[0] != fmt.Sprint(bound) || row[1] != fmt.Sprint(oldest) {
			h.Fatalf("kept %v; want %d from %d on", row, bound, oldest)
		}
	}
	copies(`10000 + 2 * i`, bound-1)
	compact(100)               // as many as may be
	copies(`10001 + 2 * i`, 1) // between others
	compact(10002)
	copies(`9000 - i`, 1) // the oldest of all
	compact(10002)
	copies(`20000 + i`, more)
	compact(20000 + more - bound + 1)
	if sums := h.Sum(1000); sums.Dead != 1 {
		h.Errorf("sums %+v: what is forgotten stays counted", sums)
	}
}
