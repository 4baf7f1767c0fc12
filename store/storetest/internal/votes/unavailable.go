package votes

import (
	"context"
	"errors"
	"math"
	"time"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
	"popeye/vote/catalog"
)

var unavailableTests = []test{
	{"too late", tooLate},
	{"the caller has left", callerLeft},
}

// A step that does not end in time is the store's: whoever waits may try again.
func tooLate(h kit) {
	ctx, cancel := context.WithDeadline(h.Ctx, time.Now().Add(-time.Second))
	defer cancel()
	for name, err := range everyStep(ctx, h.Store) {
		if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			h.Errorf("%s after its deadline: %v", name, err)
		}
	}
}

// A step that is cancelled is the caller's own matter: no database is away.
func callerLeft(h kit) {
	ctx, cancel := context.WithCancel(h.Ctx)
	cancel()
	for name, err := range everyStep(ctx, h.Store) {
		if errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			h.Errorf("%s when it is cancelled: %v", name, err)
		}
	}
}

// everyStep takes each step that has an error but Watch, and returns it by name.
func everyStep(ctx context.Context, s fixture.Store) map[string]error {
	same := func(p vote.Poll) (vote.Poll, error) { return p, nil }
	lunch := vote.Poll{
		Slug: "lunch", Question: "Where to?", Kind: vote.Single, Status: vote.Open,
		Options: []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}},
	}
	errs := make(map[string]error)
	_, errs["Apply"] = s.Apply(ctx, store.Batch{ID: 1, Votes: []store.Entry{{Position: 1, Vote: vote.Vote{Poll: vote.DefaultSlug, Voter: "x", Ballot: "a"}}}})
	_, errs["HighWater"] = s.HighWater(ctx)
	errs["Compact"] = s.Compact(ctx, 1)
	_, errs["Letters"] = s.DeadLetters(ctx, 0, 1)
	_, errs["Letter"] = s.DeadLetter(ctx, 1)
	_, errs["Replay"] = s.Replay(ctx, store.Entry{Position: 1})
	errs["Drop"] = s.Drop(ctx, 1)
	_, errs["Sum"] = s.Sum(ctx, math.MaxInt64, nil)
	_, _, errs["Recount"] = s.Recount(ctx)
	errs["Record"] = s.Record(ctx, store.Account{AsOf: time.Now()})
	_, errs["Account"] = s.Account(ctx)
	_, errs["Size"] = s.Size(ctx)
	_, errs["Snapshot"] = fixture.ReadCounted(ctx, s, vote.DefaultSlug)
	_, errs["Tally"] = s.Tally(ctx, vote.DefaultSlug)
	_, errs["Catalog"] = s.Catalog(ctx)
	_, errs["CatalogSince"] = s.CatalogSince(ctx, catalog.Version{})
	_, errs["Poll"] = s.Poll(ctx, vote.DefaultSlug)
	_, errs["CreatePoll"] = s.CreatePoll(ctx, lunch)
	_, errs["CreateOnce"] = s.CreateOnce(ctx, "once", lunch)
	_, errs["ChangePoll"] = s.ChangePoll(ctx, vote.DefaultSlug, same)
	errs["DeletePoll"] = s.DeletePoll(ctx, vote.DefaultSlug, func(vote.Poll) error { return nil })
	_, _, errs["BeginRound"] = s.BeginRound(ctx, vote.DefaultSlug, store.NewRound{
		Next: lunch, Keep: func(vote.Poll) (string, error) { return "kept", nil },
	})
	errs["AdvanceRevision"] = s.AdvanceRevision(ctx, 1)
	_, _, errs["RemoveSome"] = s.RemoveSome(ctx)
	_, errs["Environment"] = s.Environment(ctx)
	errs["SetEnvironment"] = s.SetEnvironment(ctx, "asked")
	errs["RecordAct"] = s.RecordAct(ctx, store.Record{What: "create"})
	_, errs["Audit"] = s.Audit(ctx, "", 0, 1)
	errs["BeginSession"] = s.BeginSession(ctx, []byte("key"), time.Hour)
	_, errs["InSession"] = s.InSession(ctx, []byte("key"))
	errs["EndSession"] = s.EndSession(ctx, []byte("key"))
	return errs
}
