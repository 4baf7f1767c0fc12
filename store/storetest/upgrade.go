package storetest

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/joincode"
)

// Upgraded checks that a store which was opened on an old database has all that
// testdata/v5.sql put into it, and goes on from there.
func Upgraded(t *testing.T, s Fixture) {
	h := kit{fixture.Case{T: t, Data: s, Ctx: t.Context()}}
	h.wantOldPolls()
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 2, "c": 1, "d": 1})
	h.WantTally("lunch", vote.Tally{"b>a": 1, "b": 1})
	h.WantTally("dinner", nil)
	h.Recount()
	h.Balance()
	h.WantSum(math.MaxInt64, 48, 5)
	h.WantSum(1250, 47, 5)
	h.WantApplied(1300, []int64{900, 1100, 1150, 1300}, []int64{900, 1100, 1300})
	if high, err := h.Store.HighWater(h.Ctx); err != nil || high != 1300 {
		h.Errorf("high water %d, %v", high, err)
	}
	h.WantDeadLetters()
	if _, err := h.Store.Replay(h.Ctx, fixture.Entry(1201, vote.DefaultSlug, "x", "a")); !errors.Is(err, store.ErrNoDeadLetter) {
		h.Errorf("replay of what was no letter then: %v", err)
	}
	h.goOn()
	h.Recount()
	h.Balance()
}

// kit is a Case of a database that was upgraded.
type kit struct{ fixture.Case }

func (h kit) wantOldPolls() {
	h.Helper()
	noon := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	lunch := vote.Poll{
		Slug: "lunch", Question: "Where to?", Kind: vote.Ranked, Status: vote.Closed,
		Options:  []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}},
		Revision: 6, CreatedAt: noon, ChangedAt: noon.Add(24*time.Hour + 123456*time.Microsecond),
	}
	dinner := vote.Poll{
		Slug: "dinner", Question: "And then?", Kind: vote.Multiple, Min: 1, Max: 2, Status: vote.Draft,
		Options:  []vote.Option{{ID: "a", Label: "Wine"}, {ID: "b", Label: "Tea"}},
		Revision: 4, CreatedAt: noon, ChangedAt: noon,
	}
	for _, p := range []*vote.Poll{&lunch, &dinner} {
		p.Settings = vote.DefaultSettings(p.Kind)
	}
	state := h.Catalog()
	if first := state.Polls[0]; first.Slug != vote.DefaultSlug || first.Question != "Which tool?" || first.Status != vote.Open || first.Revision != 2 {
		h.Errorf("the default poll: %+v", first)
	}
	for i, p := range []*vote.Poll{&lunch, &dinner} { // which got a code by the upgrade
		if p.Code = state.Polls[i+1].Code; !joincode.Is(p.Code) || p.Code == state.Polls[0].Code {
			h.Errorf("%s has the code %q", p.Slug, p.Code)
		}
	}
	want := catalog.State{Revision: 7, Mark: state.Mark, Polls: []vote.Poll{state.Polls[0], lunch, dinner}}
	if d := cmp.Diff(want, state, cmpopts.EquateEmpty()); d != "" {
		h.Errorf("catalog (-want +got):\n%s", d)
	}
}

// goOn votes on: what was applied stays so, what is new finds its place.
func (h kit) goOn() {
	h.Helper()
	h.Again(h.Store, fixture.Batch(1200, "ann=d"), store.Report{Dead: []store.Dead{
		{Position: 1201, Reason: "not JSON"}, {Position: 1205, Reason: "no such poll"},
	}})
	h.Again(h.Store, fixture.Batch(900, "ann=d"), store.Report{})
	before := h.Snapshot(vote.DefaultSlug).Seq
	b := fixture.Batch(1400, "ann=b", "dan=b", "lunch/ann=a", "dinner/ann=a")
	b.Votes[3].Raw = []byte("as it came")
	h.WantOutcomes(h.Apply(b), store.Changed, store.Recorded, store.Refused, store.Refused)
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 2, "c": 1, "d": 1})
	if now := h.Snapshot(vote.DefaultSlug).Seq; now <= before {
		h.Errorf("seq %d after %d", now, before)
	}
	h.WantDeadLetters(store.DeadLetter{Position: 1402, Reason: "the poll is closed"},
		store.DeadLetter{Position: 1403, Reason: "the poll is draft", Size: 10, Raw: b.Votes[3].Raw})
	noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	p, err := h.Change("dinner", func(p *vote.Poll) { p.Status, p.ClosesAt = vote.Open, noon })
	if err != nil || p.Revision <= 7 || p.ClosesAt != noon {
		h.Errorf("changed to %+v, %v", p, err)
	}
	h.Replay(b.Votes[3], store.Recorded)
	h.WantSum(math.MaxInt64, 51, 6)
	if err := h.Store.Compact(h.Ctx, 1400); err != nil {
		h.Fatal(err)
	}
	h.WantSum(1400, 51, 6)
	if d := cmp.Diff([]int64{1400}, h.Sum(1400, 1400, 1500).Applied, cmpopts.EquateEmpty()); d != "" {
		h.Errorf("applied (-want +got):\n%s", d)
	}
}

// UpgradedDefinitions checks that a store which was opened on a database of the last
// program that kept definitions in columns has every poll as it was, with what
// happened to it, and every ballot.
func UpgradedDefinitions(t *testing.T, s Fixture) {
	h := kit{fixture.Case{T: t, Data: s, Ctx: t.Context()}}
	polls := map[string]vote.Poll{}
	for _, p := range h.Catalog().Polls {
		if p.CreatedAt.IsZero() || p.ChangedAt.Before(p.CreatedAt) || p.Revision == 0 {
			h.Errorf("%s has revision %d, was created at %v and changed at %v", p.Slug, p.Revision, p.CreatedAt, p.ChangedAt)
		}
		polls[p.Slug] = p
	}
	ids := []vote.Option{{ID: "a", Label: "Yes"}, {ID: "b", Label: "No"}}
	want := map[string]vote.Poll{
		vote.DefaultSlug: {
			Question: "Which tool?", Kind: vote.Single, Status: vote.Open, Options: []vote.Option{
				{ID: "a", Label: "Ansible"}, {ID: "b", Label: "Chef"}, {ID: "c", Label: "Puppet"}, {ID: "d", Label: "SaltStack"},
			},
			Corrections: []vote.Correction{{Field: "question", Was: "What's your favorite DevOps tool?", Is: "Which tool?"}},
		},
		"film": {Question: "How was “the film”?", Kind: vote.Score, Min: 1, Max: 7, Status: vote.Open, Options: []vote.Option{
			{ID: "a", Label: "Plot"}, {ID: "b", Label: "Music"},
		}},
		"lunch": {
			Question: "Where to?", Kind: vote.Ranked, Status: vote.Closed, Options: []vote.Option{
				{ID: "a", Label: "Pizza"}, {ID: "b", Label: "寿司"}, {ID: "c", Label: "Salad"},
			},
			Corrections: []vote.Correction{{Field: "options.a", Was: "Piza", Is: "Pizza"}}, Reopenings: []vote.Reopening{{Voters: 2}},
		},
		"dinner": {
			Question: "And then?", Kind: vote.Multiple, Min: 1, Max: 2, Status: vote.Draft,
			Options: []vote.Option{{ID: "a", Label: "Wine"}, {ID: "b", Label: "Tea"}},
			OpensAt: time.Date(2090, 1, 1, 18, 0, 0, 0, time.UTC), ClosesAt: time.Date(2090, 1, 1, 20, 0, 0, 500000, time.UTC),
		},
		"tea":           {Question: "Tea again?", Kind: vote.Single, Status: vote.Open, Options: ids, Parent: "tea-of-monday"},
		"tea-of-monday": {Question: "Tea?", Kind: vote.Single, Status: vote.Closing, Options: ids},
	}
	for slug, p := range want {
		p.Settings = vote.DefaultSettings(p.Kind)
		want[slug] = p
	}
	when := cmpopts.IgnoreFields(vote.Poll{}, "Slug", "Code", "Revision", "CreatedAt", "ChangedAt")
	if d := cmp.Diff(want, polls, when, cmpopts.IgnoreFields(vote.Correction{}, "At"), cmpopts.IgnoreFields(vote.Reopening{}, "At")); d != "" {
		h.Errorf("polls (-want +got):\n%s", d)
	}
	for slug, tally := range map[string]vote.Tally{
		vote.DefaultSlug: {"b": 1, "c": 1}, "film": {"a=7,b=1": 1}, "lunch": {"b>a": 1, "c": 1}, "dinner": nil,
		"tea": {"b": 1}, "tea-of-monday": {"a": 1}, "gone": nil,
	} {
		if d := cmp.Diff(tally, h.Tally(slug), cmpopts.EquateEmpty()); d != "" {
			h.Errorf("tally of %s (-want +got):\n%s", slug, d)
		}
	}
	if l, err := h.Store.DeadLetter(h.Ctx, 2007); err != nil || l.Reason != "the poll is draft" || string(l.Raw) != "raw" {
		h.Errorf("dead letter %+v, %v", l, err)
	}
	made, err := h.Store.CreateOnce(h.Ctx, "form-1", fixture.Poll("another", vote.Open))
	if err != nil || made.Slug != "film" {
		h.Errorf("the request that made film makes %q, %v", made.Slug, err)
	}
	h.Recount()
	h.Balance()
}
