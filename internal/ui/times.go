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

// Time shows a time. times.js turns it into the reader's zone; one that is in a zone
// that somebody picked stays in that, and names it.
func Time(t time.Time) g.Node {
	zone := picked(t)
	return h.Time(h.DateTime(Moment(t)), g.If(zone != "", h.Data("zone", zone)), g.Text(day(t)))
}

// picked names the zone of a time that an organiser picked; "" for any other.
func picked(t time.Time) string {
	switch zone := t.Location(); zone {
	case time.UTC, time.Local:
		return ""
	default:
		return zone.String()
	}
}

// day writes the time of a schedule in full, for those whose browser runs no
// script to show it in their zone.
func day(t time.Time) string {
	layout := "2 January 2006, 15:04"
	if t.Second() != 0 {
		layout = "2 January 2006, 15:04:05"
	}
	zone := picked(t)
	if zone == "" {
		return t.UTC().Format(layout + " UTC")
	}
	return t.Format(layout+" MST") + " (" + zone + ")"
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
