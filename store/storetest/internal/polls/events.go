package polls

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

var eventTests = []test{
	{"create", createEvent},
	{"the same request again", createEventAgain},
	{"change", changeEvent},
	{"a change that is refused, or none", changeEventRefused},
	{"no such event", noEvent},
	{"a poll that is none", eventOfNoPoll},
	{"a deleted poll leaves its events", deletedPollLeaves},
	{"a round keeps name, code and place", roundKeepsPlace},
	{"codes are of one kind only", codesAreUnique},
	{"changes at the same time", eventsAtOnce},
	{"in the catalog", eventsInCatalog},
	{"news", newsOfEvents},
	{"audit", auditOfEvents},
	{"an event of a newer program", newerEvent},
}

func (h kit) createEvent(title string, polls ...string) event.Event {
	h.Helper()
	e, err := event.New(event.Definition{Title: title, Polls: polls})
	if err == nil {
		e, err = h.Store.CreateEvent(h.Ctx, "", e)
	}
	if err != nil {
		h.Fatal(err)
	}
	return e
}

func (h kit) show(code, slug string) event.Event {
	h.Helper()
	e, err := h.Store.ChangeEvent(h.Ctx, code, func(e event.Event) (event.Event, error) { return e.Show(slug) })
	if err != nil {
		h.Fatal(err)
	}
	return e
}

// wantEvent compares an event with what this and another process read.
func (h kit) wantEvent(want event.Event) {
	h.Helper()
	for _, s := range []fixture.Store{h.Store, h.Another(h.T)} {
		got, err := s.Event(h.Ctx, want.Code)
		if err != nil {
			h.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			h.Errorf("the event (-want +read):\n%s", d)
		}
	}
}

func createEvent(h kit) {
	h.Create("lunch", vote.Open)
	before := h.Catalog()
	e := h.createEvent("Evening", "lunch", vote.DefaultSlug)
	if !joincode.Is(e.Code) || e.Revision != before.Revision+1 || time.Since(e.CreatedAt).Abs() > time.Hour || e.ChangedAt != e.CreatedAt {
		h.Errorf("made %+v after revision %d", e, before.Revision)
	}
	h.wantEvent(e)
	empty := h.createEvent("Another")
	if empty.Code == e.Code || empty.Polls == nil {
		h.Errorf("made %+v", empty)
	}
	all, err := h.Store.Events(h.Ctx)
	if d := cmp.Diff([]event.Event{e, empty}, all); d != "" || err != nil {
		h.Errorf("%v, all events (-want +got):\n%s", err, d)
	}
}

// The answer may be lost, and the request comes again, to another process too.
func createEventAgain(h kit) {
	e, _ := event.New(event.Definition{Title: "Evening"})
	made, err := h.Store.CreateEvent(h.Ctx, "one", e)
	if err != nil {
		h.Fatal(err)
	}
	before := h.Catalog().Version()
	e.Title = "Something else"
	again, err := h.Another(h.T).CreateEvent(h.Ctx, "one", e)
	if d := cmp.Diff(made, again); d != "" || err != nil {
		h.Errorf("%v, again (-made +returned):\n%s", err, d)
	}
	if now := h.Catalog().Version(); now != before {
		h.Errorf("the catalog moved from %v to %v", before, now)
	}
	if err := h.Store.DeleteEvent(h.Ctx, made.Code); err != nil {
		h.Fatal(err)
	}
	if _, err := h.Store.CreateEvent(h.Ctx, "one", e); err != nil {
		h.Errorf("after it was deleted: %v", err)
	}
}

func changeEvent(h kit) {
	h.Create("lunch", vote.Open)
	e := h.createEvent("Evening", "lunch")
	shown := h.show(e.Code, "lunch")
	if shown.Revision != e.Revision+1 || shown.Current != "lunch" || shown.ChangedAt.Before(e.ChangedAt) {
		h.Errorf("changed to %+v", shown)
	}
	h.wantEvent(shown)
	changed, err := h.Store.ChangeEvent(h.Ctx, e.Code, func(event.Event) (event.Event, error) {
		return event.Event{Code: "111111", Title: "New", Polls: []string{vote.DefaultSlug}, Together: true}, nil
	})
	want := event.Event{
		Code: e.Code, Title: "New", Polls: []string{vote.DefaultSlug}, Together: true,
		Revision: shown.Revision + 1, CreatedAt: e.CreatedAt, ChangedAt: changed.ChangedAt,
	}
	if d := cmp.Diff(want, changed); d != "" || err != nil {
		h.Errorf("%v (-want +got):\n%s", err, d)
	}
	h.wantEvent(changed)
	if err := h.Store.DeleteEvent(h.Ctx, e.Code); err != nil {
		h.Fatal(err)
	}
	if _, err := h.Store.Event(h.Ctx, e.Code); !errors.Is(err, store.ErrNoEvent) {
		h.Errorf("deleted: %v", err)
	}
	if _, err := h.Store.Poll(h.Ctx, "lunch"); err != nil {
		h.Errorf("its poll: %v", err)
	}
}

func changeEventRefused(h kit) {
	e := h.createEvent("Evening", vote.DefaultSlug)
	before := h.Catalog().Version()
	errNo := errors.New("no")
	for name, tt := range map[string]struct {
		change func(event.Event) (event.Event, error)
		want   error
	}{
		"refused": {func(e event.Event) (event.Event, error) { return e, errNo }, errNo},
		"invalid": {func(e event.Event) (event.Event, error) { e.Title = ""; return e, nil }, vote.ErrInvalid},
		"nothing": {func(e event.Event) (event.Event, error) { return e.Show("") }, nil},
	} {
		if _, err := h.Store.ChangeEvent(h.Ctx, e.Code, tt.change); !errors.Is(err, tt.want) {
			h.Errorf("%s: %v", name, err)
		}
	}
	if now := h.Catalog().Version(); now != before {
		h.Errorf("the catalog moved from %v to %v", before, now)
	}
	h.wantEvent(e)
}

func noEvent(h kit) {
	for _, code := range []string{"", "111111", "default", "#", "\x00", "\xff"} {
		_, errRead := h.Store.Event(h.Ctx, code)
		_, errChange := h.Store.ChangeEvent(h.Ctx, code, func(e event.Event) (event.Event, error) { return e, nil })
		for step, err := range map[string]error{"Event": errRead, "ChangeEvent": errChange, "DeleteEvent": h.Store.DeleteEvent(h.Ctx, code)} {
			if !errors.Is(err, store.ErrNoEvent) {
				h.Errorf("%s of %q: %v", step, code, err)
			}
		}
	}
}

func eventOfNoPoll(h kit) {
	e := h.createEvent("Evening")
	e.Polls = []string{vote.DefaultSlug, "nowhere"}
	_, errCreate := h.Store.CreateEvent(h.Ctx, "", e)
	_, errChange := h.Store.ChangeEvent(h.Ctx, e.Code, func(event.Event) (event.Event, error) { return e, nil })
	for step, err := range map[string]error{"CreateEvent": errCreate, "ChangeEvent": errChange} {
		if refusal, ok := errors.AsType[*vote.Error](err); !ok || refusal.Args["Slug"] != "nowhere" {
			h.Errorf("%s: %v", step, err)
		}
	}
	if all, err := h.Store.Events(h.Ctx); len(all) != 1 || err != nil {
		h.Errorf("%d events, %v", len(all), err)
	}
}

func deletedPollLeaves(h kit) {
	h.Create("lunch", vote.Draft)
	one, other := h.createEvent("One", "lunch", vote.DefaultSlug), h.createEvent("Other", vote.DefaultSlug, "lunch")
	stays := h.createEvent("Stays", vote.DefaultSlug)
	h.show(one.Code, "lunch")
	h.show(other.Code, vote.DefaultSlug)
	v := h.Catalog().Version()
	h.remove("lunch")
	h.wantEvent(stays)
	for code, current := range map[string]string{one.Code: "", other.Code: vote.DefaultSlug} {
		e, err := h.Store.Event(h.Ctx, code)
		if err != nil || !slices.Equal(e.Polls, []string{vote.DefaultSlug}) || e.Current != current {
			h.Errorf("%+v, %v", e, err)
		}
	}
	if c := h.since(v); len(c.Events) != 2 || len(c.DeletedEvents) > 0 || len(c.Deleted) != 1 {
		h.Errorf("the change is %+v", c)
	}
}

func roundKeepsPlace(h kit) {
	old := h.Create("lunch", vote.Open)
	e := h.createEvent("Evening", "lunch")
	kept, made, err := h.Store.BeginRound(h.Ctx, "lunch", store.NewRound{
		Next: fixture.Poll("", vote.Open), Keep: func(vote.Poll) (string, error) { return "kept", nil },
	})
	if err != nil {
		h.Fatal(err)
	}
	if made.Code != old.Code || !joincode.Is(kept.Code) || kept.Code == old.Code {
		h.Errorf("the poll had %s, the new one has %s, and it %s", old.Code, made.Code, kept.Code)
	}
	h.wantEvent(e)
	if p, err := h.Store.Poll(h.Ctx, "kept"); err != nil || p.Code != kept.Code {
		h.Errorf("kept as %+v, %v", p, err)
	}
}

// A code is never of two, and is not the caller's to choose or to change.
func codesAreUnique(h kit) {
	asked := fixture.Poll("lunch", vote.Open)
	asked.Code = h.Catalog().Polls[0].Code // the default poll's
	lunch, err := h.Store.CreatePoll(h.Ctx, asked)
	if err != nil {
		h.Fatal(err)
	}
	changed, err := h.Change("lunch", func(p *vote.Poll) { p.Code, p.Question = "111111", "Where?" })
	if err != nil || changed.Code != lunch.Code {
		h.Errorf("changed to %q, %v", changed.Code, err)
	}
	h.createEvent("Evening")
	seen := map[string]bool{}
	c := h.Catalog()
	for _, code := range []string{c.Polls[0].Code, c.Polls[1].Code, c.Events[0].Code} {
		if !joincode.Is(code) || seen[code] {
			h.Errorf("code %q", code)
		}
		seen[code] = true
	}
	if err := h.Exec(h.Ctx, fmt.Sprintf(`UPDATE polls SET code = '%s' WHERE slug = 'default'`, lunch.Code)); err == nil {
		h.Error("two polls have one code")
	}
	// Draws that hit a taken code are drawn again.
	n := 0
	code, err := store.DrawCode(func(string) (bool, error) { n++; return n < 5, nil })
	if err != nil || !joincode.Is(code) || n != 5 {
		h.Errorf("drew %q after %d, %v", code, n, err)
	}
	if _, err := store.DrawCode(func(string) (bool, error) { return true, nil }); err == nil {
		h.Error("drew one though all are taken")
	}
}

// Each step is taken once, whoever else takes steps.
func eventsAtOnce(h kit) {
	polls := []string{vote.DefaultSlug}
	for i := range 8 {
		polls = append(polls, h.Create(fmt.Sprintf("p%d", i), vote.Draft).Slug)
	}
	e := h.createEvent("Evening", polls...)
	var g errgroup.Group
	for range len(polls) {
		s := h.Another(h.T)
		g.Go(func() error {
			_, err := s.ChangeEvent(h.Ctx, e.Code, func(e event.Event) (event.Event, error) { return e.Next(), nil })
			return err
		})
	}
	if err := g.Wait(); err != nil {
		h.Fatal(err)
	}
	now, err := h.Store.Event(h.Ctx, e.Code)
	if err != nil || now.Position() != len(polls) || now.Revision != e.Revision+int64(len(polls)) {
		h.Errorf("at %d of %d, revision %d from %d, %v", now.Position(), len(polls), now.Revision, e.Revision, err)
	}
}

func eventsInCatalog(h kit) {
	gone, stays := h.createEvent("Gone"), h.createEvent("Stays")
	changed := h.createEvent("Changed", vote.DefaultSlug)
	v := h.Catalog().Version()
	changed = h.show(changed.Code, vote.DefaultSlug)
	if err := h.Store.DeleteEvent(h.Ctx, gone.Code); err != nil {
		h.Fatal(err)
	}
	made := h.createEvent("Made")
	h.Create("lunch", vote.Open)
	c := h.since(v)
	h.wantChange(c, "lunch", "")
	if d := cmp.Diff([]event.Event{changed, made}, c.Events); d != "" || !slices.Equal(c.DeletedEvents, []string{gone.Code}) {
		h.Errorf("deleted %q, events (-want +got):\n%s", c.DeletedEvents, d)
	}
	whole := h.since(catalog.Version{})
	h.wantWhole(whole)
	if d := cmp.Diff([]event.Event{stays, changed, made}, whole.Events); d != "" || len(whole.DeletedEvents) > 0 {
		h.Errorf("the whole (-want +got):\n%s", d)
	}
	if d := cmp.Diff(whole.Events, h.Catalog().Events); d != "" {
		h.Errorf("the catalog (-whole +catalog):\n%s", d)
	}
}

// Who watches polls is told of events, by a name that no poll has.
func newsOfEvents(h kit) {
	w := h.Listen(h.Store, store.PollsChanged)
	e := h.createEvent("Evening", vote.DefaultSlug)
	w.Wait(e.Name())
	h.show(e.Code, vote.DefaultSlug)
	w.Wait(e.Name())
	if err := h.Store.DeleteEvent(h.Ctx, e.Code); err != nil {
		h.Fatal(err)
	}
	w.Wait(e.Name())
}

func auditOfEvents(h kit) {
	h.Create("lunch", vote.Draft)
	e := h.acting("create").createEvent("Evening", "lunch")
	h.acting("next").show(e.Code, "lunch")
	h.acting("delete").remove("lunch")
	if err := h.Store.DeleteEvent(h.acting("delete").Ctx, e.Code); err != nil {
		h.Fatal(err)
	}
	about := func(what, before, after string) store.Record {
		r := record(what, "", before, after)
		r.Event = e.Code
		return r
	}
	h.wantAudit(e.Name(),
		about("create", "", `{"title":"Evening","polls":["lunch"],"current":"","together":false}`),
		about("next", `{"current":""}`, `{"current":"lunch"}`),
		about("delete", `{"polls":["lunch"],"current":"lunch"}`, `{"polls":[],"current":""}`),
		about("delete", `{"title":"Evening","polls":[],"current":"","together":false}`, ""))
	if got := h.audit("lunch", 0, 10); len(got) != 1 {
		h.Errorf("%d records of the poll", len(got))
	}
}

func newerEvent(h kit) {
	e := h.createEvent("Evening")
	h.MustExec(`UPDATE events SET definition = '{"title":"Evening","polls":[],"riddle":1}'`)
	_, errRead := h.Store.Event(h.Ctx, e.Code)
	_, errAll := h.Store.Events(h.Ctx)
	_, errCatalog := h.Store.Catalog(h.Ctx)
	_, errChange := h.Store.ChangeEvent(h.Ctx, e.Code, func(e event.Event) (event.Event, error) { return e, nil })
	for step, err := range map[string]error{"Event": errRead, "Events": errAll, "Catalog": errCatalog, "ChangeEvent": errChange} {
		if !errors.Is(err, store.ErrNewerSchema) {
			h.Errorf("%s: %v", step, err)
		}
	}
	h.MustExec(`UPDATE events SET definition = '{"title":"Evening","polls":[]}'`)
	h.wantEvent(e)
}
