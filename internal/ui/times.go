package ui

import (
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// Moment writes a time for programs.
func Moment(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Now lets static/times.js know by how much a reader's clock is wrong: an
// attribute of <main>.
func Now(t time.Time) g.Node { return h.Data("now", Moment(t)) }

// Time shows a time, which times.js turns into the reader's zone.
func Time(t time.Time) g.Node {
	return h.Time(h.DateTime(Moment(t)), g.Text(day(t)))
}

// day writes the time of a schedule in full, for those whose browser runs no
// script to show it in their zone.
func day(t time.Time) string {
	if t.Second() == 0 {
		return t.UTC().Format("2 January 2006, 15:04 UTC")
	}
	return t.UTC().Format("2 January 2006, 15:04:05 UTC")
}

// When tells the schedule of a poll that has a status.
func When(s vote.Schedule, status vote.Status) g.Node {
	code := whenCode(s, status)
	if code == "" {
		return nil
	}
	return Sentence(printer(), code, map[string]any{"Opens": Time(s.Opens), "Closes": Time(s.Closes), "Closed": Time(s.Closed)})
}

func whenCode(s vote.Schedule, status vote.Status) string {
	opens, closes := !s.Opens.IsZero(), !s.Closes.IsZero()
	switch {
	case opens && closes && status == vote.Draft:
		return "page.when.opens_closes"
	case opens && closes:
		return "page.when.reopens_closes"
	case opens && status == vote.Draft:
		return "page.when.opens"
	case opens:
		return "page.when.reopens"
	case closes:
		return "page.when.closes"
	case !s.Closed.IsZero():
		return "page.when.closed"
	}
	return ""
}

// Countdown is where times.js counts down to what is next: it tells the page
// when voting has ended.
func Countdown(s vote.Schedule) g.Node {
	switch {
	case !s.Opens.IsZero():
		return g.Group{g.Text(" "), h.Span(h.Role("timer"), h.Data("until", Moment(s.Opens)))}
	case !s.Closes.IsZero():
		return g.Group{g.Text(" "), h.Span(h.Role("timer"), h.Data("until", Moment(s.Closes)), h.Data("then", "shut"))}
	}
	return nil
}
