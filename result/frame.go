package result

import (
	"cmp"
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

// What the live page shows around its figures. static/result.js finds the parts by ids
// and classes, and keeps them as they are.

// still loads a page again whose browser runs no script.
func still() g.Node { return h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5")) }

// state says where the poll stands: whether the line is cut, the status, the schedule.
func (v view) state() g.Node {
	return g.Group{
		h.P(h.Class("notice bad"), h.ID("stale"), h.Role("alert"), ui.Hidden()),
		h.P(h.Class("notice"), h.ID("status"), h.Role("status"), g.If(v.Status == vote.Open, ui.Hidden()), g.Text(v.statusNote())),
		h.P(h.Class("when"), h.ID("when"), g.If(v.Schedule.None(), ui.Hidden()), ui.When(v.Schedule, v.Status), ui.Countdown(v.Schedule)),
	}
}

// live says of when the figures are.
func (v view) live() g.Node {
	return h.P(h.Class("quiet small"), h.ID("live"), h.Aria("live", "off"), g.Text(v.Say.Text("result.as_of", args{"Time": clock(v.AsOf)})))
}

// data is what the script starts from: attributes of <main>.
func (v view) data() g.Node {
	return g.Group{
		h.Data("poll", v.Poll), h.Data("kind", string(v.Kind)),
		h.Data("min", strconv.Itoa(v.Min)), h.Data("max", strconv.Itoa(v.Max)), h.Data("most", strconv.Itoa(cmp.Or(v.Most, vote.MaxOptions))),
		h.Data("status", string(v.Status)), h.Data("as-of", v.AsOf.UTC().Format(time.RFC3339)),
		h.Data("seq", strconv.FormatInt(v.Seq, 10)), ui.Now(v.Now),
		h.Data("hidden", strconv.FormatBool(v.Hidden)), g.If(v.Pass != "", h.Data("pass", v.Pass)),
	}
}

// statuses are the messages that say where a poll stands that takes no votes.
var statuses = map[vote.Status]string{
	vote.Draft:   "result.status.draft",
	vote.Closing: "result.status.closing",
	vote.Closed:  "result.status.closed",
}

// scriptWords are what static/result.js shows.
var scriptWords = []string{
	"result.title", "result.badge.open", "result.badge.draft", "result.badge.closing", "result.badge.closed", "result.status.draft", "result.status.closing", "result.status.closed", "result.as_of", "result.live",
	"result.turnout.none", "result.turnout", "result.invalid", "result.abstained", "result.ratings.none", "result.ratings",
	"result.points", "result.points.none", "result.script.stale", "result.script.lost", "result.script.deleted", "result.script.cut", "result.live.late",
	"result.pace", "result.share.copied", "result.spoken.leads", "result.spoken.tie", "result.spoken.many", "result.spoken.votes", "result.list.separator", "result.list.last",
	"page.when.opens", "page.when.opens_closes", "page.when.reopens", "page.when.reopens_closes",
	"page.when.closes", "page.when.closed",
}

// statusNote says where the poll stands, "" while it is open.
func (v view) statusNote() string {
	if code := statuses[v.Status]; code != "" {
		return v.Say.Text(code, nil)
	}
	return ""
}

// clock writes the time of figures for those whose browser runs no script.
func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }
