package ui

import (
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/vote"
)

// Moment writes a time for programs.
func Moment(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Now lets static/times.js know by how much a reader's clock is wrong: an
// attribute of <main>.
func Now(t time.Time) g.Node { return h.Data("now", Moment(t)) }

// Time shows a time. times.js turns it into the reader's zone; one that is in a zone
// that somebody picked stays in that, and names it.
func Time(say *i18n.Printer, t time.Time) g.Node {
	zone := picked(t)
	return h.Time(h.DateTime(Moment(t)), g.If(zone != "", h.Data("zone", zone)), g.Text(day(say, t)))
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
func day(say *i18n.Printer, t time.Time) string {
	zone, in := t.Format("MST"), picked(t)
	if in == "" {
		t, zone = t.UTC(), "UTC"
	}
	clock := t.Format("15:04")
	if t.Second() != 0 {
		clock = t.Format("15:04:05")
	}
	gaps := map[string]any{
		"Count": t.Day(), "Month": say.Text(months[t.Month()-1], nil), "Year": t.Year(), "Clock": clock, "Zone": zone, "In": in,
	}
	if in == "" {
		return say.Text("time.day", gaps)
	}
	return say.Text("time.day_in", gaps)
}

// months are the messages that name them.
var months = [12]string{
	"time.month.january", "time.month.february", "time.month.march", "time.month.april", "time.month.may", "time.month.june",
	"time.month.july", "time.month.august", "time.month.september", "time.month.october", "time.month.november", "time.month.december",
}

// When tells the schedule of a poll that has a status.
func When(say *i18n.Printer, s vote.Schedule, status vote.Status) g.Node {
	code := whenCode(s, status)
	if code == "" {
		return nil
	}
	return Sentence(say, code, map[string]any{"Opens": Time(say, s.Opens), "Closes": Time(say, s.Closes), "Closed": Time(say, s.Closed)})
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
