package queuetest

import (
	"errors"
	"fmt"
	"slices"

	"popeye/queue"
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
func (f *fixture) publishChange(c catalog.Change) {
	f.Helper()
	c.From, c.To = version(f.revision), version(f.revision+1)
	for i := range c.Polls {
		c.Polls[i].Revision = c.To.Revision
	}
	if err := f.Catalog.Publish(f.ctx, c); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.revision++
	f.published(c.To)
}

// leadsTo waits until a code leads to a poll, "" for nowhere.
func (f *fixture) leadsTo(code, slug string) {
	f.Helper()
	f.until(fmt.Sprintf("%s leads to %q", code, slug), func() bool {
		t, err := f.Inbox.Code(f.ctx, code)
		if slug == "" {
			return errors.Is(err, joincode.ErrUnknown)
		}
		return err == nil && t.Poll == slug
	})
}

// shows waits until an event's code leads to it with that current poll.
func (f *fixture) shows(code, current string) {
	f.Helper()
	f.until(fmt.Sprintf("event %s shows %q", code, current), func() bool {
		t, err := f.Inbox.Code(f.ctx, code)
		return err == nil && t.Poll == "" && t.Event.Code == code && t.Event.Current == current
	})
}

func (f *fixture) lists(slugs ...string) {
	f.Helper()
	f.until(fmt.Sprintf("%q are listed", slugs), func() bool {
		got, err := f.Inbox.Listed(f.ctx)
		return err == nil && slices.Equal(got, slugs)
	})
}

func testCodes(f *fixture) {
	if _, err := f.Inbox.Code(f.ctx, "123456"); !errors.Is(err, queue.ErrUnavailable) {
		f.Fatalf("before anything is published: %v", err)
	}
	f.revision = 6
	f.publish(coded(poll("tea", vote.Open), "111111"), coded(poll("lunch", vote.Open), "222222"), poll("plain", vote.Open))
	f.leadsTo("111111", "tea")
	f.leadsTo("222222", "lunch")
	f.leadsTo("333333", "")
	f.leadsTo("tea", "")
	for slug, code := range map[string]string{"tea": "111111", "plain": ""} {
		if p, err := f.Inbox.Poll(f.ctx, slug); err != nil || p.Code != code {
			f.Fatalf("%s has the code %q, %v", slug, p.Code, err)
		}
	}

	// A round takes the name and the code at once.
	f.publishChange(catalog.Change{Polls: []vote.Poll{coded(poll("tea", vote.Open), "111111"), coded(poll("kept", vote.Closing), "444444")}})
	f.leadsTo("111111", "tea")
	f.leadsTo("444444", "kept")
	f.publishChange(catalog.Change{Polls: []vote.Poll{coded(poll("kept", vote.Closed), "555555")}})
	f.leadsTo("444444", "")
	f.leadsTo("555555", "kept")
	// A deleted poll's code may be another's, also within one change.
	f.publishChange(catalog.Change{Polls: []vote.Poll{coded(poll("new", vote.Open), "222222")}, Deleted: []string{"lunch", "kept"}})
	f.leadsTo("222222", "new")
	f.leadsTo("555555", "")

	f.revision++
	whole := catalog.State{Revision: f.revision, Mark: version(f.revision).Mark, Polls: []vote.Poll{at(f.revision, coded(poll("tea", vote.Open), "666666"))}}
	if err := f.Catalog.Publish(f.ctx, whole.Whole()); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.leadsTo("666666", "tea")
	f.leadsTo("111111", "")
	f.leadsTo("222222", "")
}

func testEvents(f *fixture) {
	f.revision = 6
	f.publish(coded(poll("tea", vote.Open), "111111"))
	f.publishChange(catalog.Change{Events: []event.Event{evening("222222", "", "tea"), evening("333333", "tea", "tea")}})
	f.shows("222222", "")
	f.shows("333333", "tea")
	f.leadsTo("111111", "tea")
	f.publishChange(catalog.Change{Events: []event.Event{evening("222222", "tea", "tea")}, DeletedEvents: []string{"333333"}})
	f.shows("222222", "tea")
	f.leadsTo("333333", "")
	f.publishedAs("tea", 7) // an event changes no poll
	f.cast(f.castAt("tea", 7))

	f.revision++
	whole := catalog.State{Revision: f.revision, Mark: version(f.revision).Mark, Events: []event.Event{evening("444444", "")}}
	if err := f.Catalog.Publish(f.ctx, whole.Whole()); err != nil {
		f.Fatalf("Publish: %v", err)
	}
	f.shows("444444", "")
	f.leadsTo("222222", "")
}

func testListed(f *fixture) {
	listed := func(slug string, status vote.Status) vote.Poll {
		p := poll(slug, status)
		p.Listed = true
		return p
	}
	f.revision = 6
	f.publish(listed("tea", vote.Open), listed("draft", vote.Draft), poll("quiet", vote.Open), listed("lunch", vote.Open))
	f.lists("lunch", "tea")
	f.publishChange(catalog.Change{Polls: []vote.Poll{listed("draft", vote.Open), listed("tea", vote.Closing)}, Deleted: []string{"quiet"}})
	f.lists("draft", "lunch")
	f.publishChange(catalog.Change{Polls: []vote.Poll{poll("draft", vote.Open)}, Deleted: []string{"lunch"}})
	f.lists()
}

// Who has read what is published is told of the next change, without asking.
func testNews(f *fixture) {
	f.revision = 6
	f.publish(poll("tea", vote.Open))
	f.publishChange(catalog.Change{Events: []event.Event{evening("222222", "", "tea")}})
	for _, current := range []string{"tea", "", "tea"} {
		news := f.Inbox.News()
		if _, err := f.Inbox.Code(f.ctx, "222222"); err != nil {
			f.Fatalf("Code: %v", err)
		}
		f.publishChange(catalog.Change{Events: []event.Event{evening("222222", current, "tea")}})
		select {
		case <-news:
		case <-f.ctx.Done():
			f.Fatalf("no news of a change")
		}
		f.shows("222222", current)
	}
}
