package result

import (
	"errors"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/api"
	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/result/wall"
	"popeye/store"
	"popeye/vote/joincode"
)

// shownEvent is an event as one page shows it: its current poll, or that there is none.
type shownEvent struct {
	api.EventState
	join string // where people vote in it
	say  *i18n.Printer
}

// follow are the attributes of <main> by which static/event.js goes with the event.
func (e *shownEvent) follow() g.Node {
	return g.Group{h.Data("follow", "/api/v1/events/"+e.Event+"/follow"), h.Data("shown", e.Poll)}
}

// head says in which event the page is.
func (e *shownEvent) head() g.Node {
	place := h.Span()
	if e.Position > 0 {
		place = ui.Steps(e.Position, e.Of, e.say.Text("result.event.place", args{"Place": e.Position, "Max": e.Of}))
	}
	return g.Group{e.follow(), h.P(h.Class("row small quiet"), ui.Words(e.Title), place)}
}

// showEvent shows the live count of an event's current poll.
func (s *Station) showEvent(w http.ResponseWriter, r *http.Request) error {
	return s.inEvent(w, r, s.showPageIn, func(e *shownEvent) ui.Page {
		return ui.Page{
			Say: e.say, Title: e.Title, Class: "result", Styles: []string{"result.css"}, Scripts: []string{"event.js"}, Still: still(),
			Main: g.Group{
				e.head(), h.H1(g.Text(e.say.Text("result.event.waiting", nil))), h.P(h.Class("quiet"), g.Text(e.say.Text("result.event.stay", nil))),
				h.P(h.A(h.Class("button primary"), h.Href(e.join), g.Text(e.say.Text("result.event.vote", nil)))),
			},
		}
	})
}

// showEventScreen shows the same to a room, with the way to join.
func (s *Station) showEventScreen(w http.ResponseWriter, r *http.Request) error {
	return s.inEvent(w, r, s.showBigScreenIn, func(e *shownEvent) ui.Page {
		lobby := wall.Lobby{Title: e.Title, Join: joinOf(e), Follow: e.follow(), Joined: e.Joined, Theme: wall.ThemeOf(r.URL.Query().Get("theme")), Say: e.say}
		return lobby.Page()
	})
}

// inEvent shows an event's current poll, or what there is between two. The poll may have
// gone since the event was read.
func (s *Station) inEvent(w http.ResponseWriter, r *http.Request, show func(http.ResponseWriter, *http.Request, *shownEvent) error, between func(*shownEvent) ui.Page) error {
	code, err := joincode.Parse(r.PathValue("code"))
	if err != nil {
		return noEvent()
	}
	state, err := s.eventState(r.Context(), code, s.walls.Followers())
	if err != nil {
		return err
	}
	e := &shownEvent{EventState: state, join: s.joinEvent(r, code), say: printer(r)}
	if e.Poll != "" {
		r.SetPathValue("slug", e.Poll)
		if err := show(w, r, e); !errors.Is(err, store.ErrNoPoll) {
			return err
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.HTML(w, http.StatusOK, s.look.Page(between(e)))
}

// joinOf is the way to the event, for a room.
func joinOf(e *shownEvent) wall.Join {
	return wall.Join{URL: e.join, Code: e.Event, Reachable: reachable(e.join)}
}
