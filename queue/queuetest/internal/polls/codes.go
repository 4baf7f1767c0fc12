package polls

import (
	"errors"
	"fmt"
	"slices"

	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// coded gives a poll a code.
func coded(p vote.Poll, code string) vote.Poll {
	p.Code = code
	return p
}

func evening(code, current string, polls ...string) event.Event {
	return event.Event{Code: code, Title: "Evening", Polls: polls, Current: current}
}

// publishChange publishes a change from what was published last, events included.
func publishChange(f *fixture.Case, c catalog.Change) {
	f.Helper()
	c.From, c.To = version(f.Revision), version(f.Revision+1)
	for i := range c.Polls {
		c.Polls[i].Revision = c.To.Revision
	}
	if err := f.Catalog.Publish(f.Ctx, c); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.Revision++
	published(f, c.To)
}

// leadsTo waits until a code leads to a poll, "" for nowhere.
func leadsTo(f *fixture.Case, code, slug string) {
	f.Helper()
	f.Until(fmt.Sprintf("%s leads to %q", code, slug), func() bool {
		t, err := f.Inbox.Code(f.Ctx, code)
		if slug == "" {
			return errors.Is(err, joincode.ErrUnknown)
		}
		return err == nil && t.Poll == slug
	})
}

// shows waits until an event's code leads to it with that current poll.
func shows(f *fixture.Case, code, current string) {
	f.Helper()
	f.Until(fmt.Sprintf("event %s shows %q", code, current), func() bool {
		t, err := f.Inbox.Code(f.Ctx, code)
		return err == nil && t.Poll == "" && t.Event.Code == code && t.Event.Current == current
	})
}

func lists(f *fixture.Case, slugs ...string) {
	f.Helper()
	f.Until(fmt.Sprintf("%q are listed", slugs), func() bool {
		got, err := f.Inbox.Listed(f.Ctx)
		return err == nil && slices.Equal(got, slugs)
	})
}

func testCodes(f *fixture.Case) {
	if _, err := f.Inbox.Code(f.Ctx, "123456"); !errors.Is(err, queue.ErrUnavailable) {
		f.Fatalf("before anything is published: %v", err)
	}
	f.Revision = 6
	f.Publish(coded(fixture.Poll("tea", vote.Open), "111111"), coded(fixture.Poll("lunch", vote.Open), "222222"), fixture.Poll("plain", vote.Open))
	leadsTo(f, "111111", "tea")
	leadsTo(f, "222222", "lunch")
	leadsTo(f, "333333", "")
	leadsTo(f, "tea", "")
	for slug, code := range map[string]string{"tea": "111111", "plain": ""} {
		if p, err := f.Inbox.Poll(f.Ctx, slug); err != nil || p.Code != code {
			f.Fatalf("%s has the code %q, %v", slug, p.Code, err)
		}
	}

	// A round takes the name and the code at once.
	publishChange(f, catalog.Change{Polls: []vote.Poll{coded(fixture.Poll("tea", vote.Open), "111111"), coded(fixture.Poll("kept", vote.Closing), "444444")}})
	leadsTo(f, "111111", "tea")
	leadsTo(f, "444444", "kept")
	publishChange(f, catalog.Change{Polls: []vote.Poll{coded(fixture.Poll("kept", vote.Closed), "555555")}})
	leadsTo(f, "444444", "")
	leadsTo(f, "555555", "kept")
	// A deleted poll's code may be another's, also within one change.
	publishChange(f, catalog.Change{Polls: []vote.Poll{coded(fixture.Poll("new", vote.Open), "222222")}, Deleted: []string{"lunch", "kept"}})
	leadsTo(f, "222222", "new")
	leadsTo(f, "555555", "")

	f.Revision++
	whole := catalog.State{Revision: f.Revision, Mark: version(f.Revision).Mark, Polls: []vote.Poll{at(f.Revision, coded(fixture.Poll("tea", vote.Open), "666666"))}}
	if err := f.Catalog.Publish(f.Ctx, whole.Whole()); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	leadsTo(f, "666666", "tea")
	leadsTo(f, "111111", "")
	leadsTo(f, "222222", "")
}

func testEvents(f *fixture.Case) {
	f.Revision = 6
	f.Publish(coded(fixture.Poll("tea", vote.Open), "111111"))
	publishChange(f, catalog.Change{Events: []event.Event{evening("222222", "", "tea"), evening("333333", "tea", "tea")}})
	shows(f, "222222", "")
	shows(f, "333333", "tea")
	leadsTo(f, "111111", "tea")
	publishChange(f, catalog.Change{Events: []event.Event{evening("222222", "tea", "tea")}, DeletedEvents: []string{"333333"}})
	shows(f, "222222", "tea")
	leadsTo(f, "333333", "")
	publishedAs(f, "tea", 7) // an event changes no poll
	f.Cast(castAt(f, "tea", 7))

	f.Revision++
	whole := catalog.State{Revision: f.Revision, Mark: version(f.Revision).Mark, Events: []event.Event{evening("444444", "")}}
	if err := f.Catalog.Publish(f.Ctx, whole.Whole()); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	shows(f, "444444", "")
	leadsTo(f, "222222", "")
}

func testListed(f *fixture.Case) {
	listed := func(slug string, status vote.Status) vote.Poll {
		p := fixture.Poll(slug, status)
		p.Listed = true
		return p
	}
	f.Revision = 6
	f.Publish(listed("tea", vote.Open), listed("draft", vote.Draft), fixture.Poll("quiet", vote.Open), listed("lunch", vote.Open))
	lists(f, "lunch", "tea")
	publishChange(f, catalog.Change{Polls: []vote.Poll{listed("draft", vote.Open), listed("tea", vote.Closing)}, Deleted: []string{"quiet"}})
	lists(f, "draft", "lunch")
	publishChange(f, catalog.Change{Polls: []vote.Poll{fixture.Poll("draft", vote.Open)}, Deleted: []string{"lunch"}})
	lists(f)
}

// Who has read what is published is told of the next change, without asking.
func testNews(f *fixture.Case) {
	f.Revision = 6
	f.Publish(fixture.Poll("tea", vote.Open))
	publishChange(f, catalog.Change{Events: []event.Event{evening("222222", "", "tea")}})
	for _, current := range []string{"tea", "", "tea"} {
		news := f.Inbox.News()
		if _, err := f.Inbox.Code(f.Ctx, "222222"); err != nil {
			f.Fatalf("Code: %v", err)
		}
		publishChange(f, catalog.Change{Events: []event.Event{evening("222222", current, "tea")}})
		select {
		case <-news:
		case <-f.Ctx.Done():
			f.Fatalf("no news of a change")
		}
		shows(f, "222222", current)
	}
}
