package queuetest

import (
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"popeye/queue"
	"popeye/vote"
)

func testFigures(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	f.equal("figures of an empty queue", f.figures(), queue.Figures{})
	f.castN("tea", BatchSize+1)
	f.equal("figures after casts", f.figures(), queue.Figures{Accepted: BatchSize + 1, Waiting: BatchSize + 1})
	first := f.take(w)
	held := queue.Held{ID: first.ID, Messages: BatchSize}
	f.equal("figures after a take", f.figures(), queue.Figures{Accepted: BatchSize + 1, Waiting: 1, Held: []queue.Held{held}})
	second := f.take(w)
	f.equal("figures after two", f.figures().Held, []queue.Held{held, {ID: second.ID, Messages: 1}})
	f.ack(w, first)
	f.ack(w, second)
	f.equal("figures at the end", f.figures(), queue.Figures{Accepted: BatchSize + 1})
}

func testDeadLetters(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	casts := f.castN("tea", 3)
	b := f.take(w)
	at := time.Date(2026, 5, 1, 12, 0, 0, 123456000, time.UTC)
	dead := queue.Dead{Message: b.Messages[1], Reason: "no such option: \"ü\"", At: at}
	f.ack(w, b, dead)
	f.ack(w, b, dead)

	f.letters(0, 10, dead)
	f.recorded(casts[0], casts[2])
	if f.WaitsForStore {
		f.answered(casts[1], queue.ErrRefused)
	}

	// The bytes are kept as they are, and a time is found for who gave none.
	f.castN("tea", 1)
	b = f.take(w)
	odd := queue.Dead{Message: queue.Message{Position: b.ID, Raw: []byte("\n\x00\xff \r\n")}, Reason: "two\nlines"}
	f.ack(w, b, odd)
	kept, err := f.Meter.DeadLetters(f.ctx, dead.Position, 10)
	if err != nil || len(kept) != 1 {
		f.Fatalf("DeadLetters: %d, %v", len(kept), err)
	}
	f.equal("the message", kept[0].Message, odd.Message)
	if off := time.Since(kept[0].At); off < 0 || off > time.Hour {
		f.Fatalf("it was given up at %s", kept[0].At)
	}
	f.equal("dead letters counted", f.figures().Dead, int64(2))
}

func testDeadLetterPages(f *fixture) {
	f.publish(poll("tea", vote.Open))
	w := f.NewWorker()
	f.castN("tea", 3*BatchSize)
	var all []queue.Dead
	batches := []queue.Batch{f.take(w), f.take(w), f.take(w)}
	for i, b := range batches {
		for _, m := range b.Messages[:2] {
			all = append(all, queue.Dead{Message: m, Reason: "odd", At: time.UnixMicro(int64(i)).UTC()})
		}
	}
	f.ack(w, batches[2], all[4], all[5])
	f.ack(w, batches[0], all[0], all[1])
	f.ack(w, batches[1], all[2], all[3])

	f.letters(0, 100, all...)
	f.letters(0, 4, all[:4]...)
	f.letters(all[3].Position, 4, all[4:]...)
	f.letters(all[5].Position, 4)
	f.letters(0, 0)
}

// letters fails unless one page of dead letters holds exactly these.
func (f *fixture) letters(after int64, limit int, want ...queue.Dead) {
	f.Helper()
	got, err := f.Meter.DeadLetters(f.ctx, after, limit)
	if err != nil {
		f.Fatalf("DeadLetters: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.Fatalf("dead letters after %d (-want +got):\n%s", after, diff)
	}
}
