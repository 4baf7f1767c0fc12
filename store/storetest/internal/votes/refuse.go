package votes

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var refuseTests = []test{
	{"unknown, draft and closed polls", refusedPolls},
	{"a verdict stands", verdictStands},
	{"what the database can't hold is refused alone", forbidden},
	{"every vote is one that the database can't hold", allForbidden},
	{"bytes that are no text", noText},
	{"reasons that are no text", strangeReasons},
}

// Votes that may not be stored become dead letters with a reason, in the order
// of positions, beside those of the worker. The others are stored.
func refusedPolls(h kit) {
	h.Create("draft", vote.Draft)
	h.Create("closed", vote.Closed)
	b := fixture.Batch(100, "closed/ann=a", "ann=a", "nowhere/ann=a", "draft/ann=a", "Not A Slug/ann=a", "\x00/ann=a")
	b.Dead = []store.Dead{{Position: 107, Reason: "x"}, {Position: 106, Reason: "y"}}
	r := h.Apply(b)
	h.WantOutcomes(r, store.Refused, store.Recorded, store.Refused, store.Refused, store.Refused, store.Refused)
	want := []store.Dead{
		{Position: 100, Reason: "the poll is closed"},
		{Position: 102, Reason: "no such poll"},
		{Position: 103, Reason: "the poll is draft"},
		{Position: 104, Reason: "no such poll"},
		{Position: 105, Reason: "no such poll"},
		{Position: 106, Reason: "y"},
		{Position: 107, Reason: "x"},
	}
	if d := cmp.Diff(want, r.Dead); d != "" {
		h.Errorf("dead letters (-want +got):\n%s", d)
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1})
	h.WantTally("draft", nil)
	h.WantTally("closed", nil)
	h.Again(h.Store, b, r)
}

// A worker that died between store and queue gets the same answer again, though
// the polls have changed since. Else a vote could be both stored and dead.
func verdictStands(h kit) {
	h.Create("later", vote.Draft)
	h.Create("now", vote.Open)
	b := fixture.Batch(100, "later/ann=a", "new/ann=a", "now/ann=a")
	then := h.Apply(b)
	h.WantOutcomes(then, store.Refused, store.Refused, store.Recorded)
	h.SetStatus("later", vote.Open)
	h.SetStatus("now", vote.Closed)
	h.Create("new", vote.Open)
	h.Again(h.Another(h.T), b, then)
	h.WantTally("later", nil)
	h.WantTally("new", nil)
	h.WantTally("now", vote.Tally{"a": 1})
	h.WantOutcomes(h.Apply(fixture.Batch(200, "later/ann=a", "new/ann=a", "now/ann=b")), store.Recorded, store.Recorded, store.Refused)
}

// One vote that the database refuses, for whatever reason, must not hold up the
// others; the word that its voter gave before it counts.
func forbidden(h kit) {
	h.MustExec("%s", h.Forbid)
	b := fixture.Batch(100, "ann=a", "bob=forbidden", "cid=b", "dan=a", "dan=forbidden", "eva=forbidden", "eva=b", "fay=a")
	r := h.Apply(b)
	h.WantOutcomes(r, store.Recorded, store.Refused, store.Recorded, store.Recorded, store.Refused,
		// An overruled vote need not be tried.
		store.Superseded, store.Recorded, store.Recorded)
	var positions []int64
	for _, d := range r.Dead {
		positions = append(positions, d.Position)
		if d.Reason == "" || strings.Contains(d.Reason, "bob") || strings.Contains(d.Reason, "dan") {
			h.Errorf("reason %q: it must say why, and not who", d.Reason)
		}
	}
	if want := []int64{101, 104}; !slices.Equal(positions, want) {
		h.Errorf("dead letters at %d, want %d", positions, want)
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 3, "b": 2})
	h.Again(h.Store, b, r)

	h.Apply(fixture.Batch(200, "ann=forbidden")) // what ann said before stays
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 3, "b": 2})
}

func allForbidden(h kit) {
	h.MustExec("%s", h.Forbid)
	b := fixture.Batch(100, "ann=forbidden", "bob=forbidden", "ann=forbidden")
	r := h.Apply(b)
	h.WantOutcomes(r, store.Refused, store.Refused, store.Refused)
	h.Again(h.Store, b, r)
	h.WantTally(vote.DefaultSlug, nil)
}

// The worker lets no such vote through. If one comes all the same, it is stored
// or refused, and nothing else happens.
func noText(h kit) {
	b := fixture.Batch(100, "ann=a", "b\x00b=a", "bob=\x00", "\xff\xfe=a", "cid=\xc3\x28", "dan=b", "=a", "eva=")
	r := h.Apply(b)
	if r.Outcomes[0] != store.Recorded || r.Outcomes[5] != store.Recorded {
		h.Errorf("outcomes of good votes: %d and %d", r.Outcomes[0], r.Outcomes[5])
	}
	for i, o := range r.Outcomes {
		if o != store.Recorded && o != store.Refused {
			h.Errorf("vote %d: outcome %d", i, o)
		}
	}
	h.Again(h.Store, b, r)
}

// What the worker could not understand may stand in its reason.
func strangeReasons(h kit) {
	b := fixture.Batch(100, "ann=a")
	b.Dead = []store.Dead{{Position: 101, Reason: "it holds \x00 and \xff\xfe, \u2028 and <&>"}, {Position: 102}}
	r := h.Apply(b)
	if len(r.Dead) != 2 || !strings.Contains(r.Dead[0].Reason, "it holds ") || !strings.Contains(r.Dead[0].Reason, "<&>") {
		h.Errorf("dead letters %+v", r.Dead)
	}
	h.Again(h.Store, b, r)
}
