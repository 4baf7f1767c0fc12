package admin

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
)

// fewNew is how many new voters a minute may be of one network without a warning: a
// class is one network.
const fewNew = 60

// newVoters says who came in the last minute. Somebody who stuffs a poll with a
// script makes new voters, and mostly from one network.
func (a account) newVoters() g.Node {
	if a.NewVoters == 0 {
		return nil
	}
	most := g.Group{
		figure(a.NewVotersLargest), g.Text(" of them from the same network"),
		g.Text(" (" + ui.Percent(ui.Ratio(a.NewVotersLargest, a.NewVoters, 100), a.NewVotersLargest, a.NewVoters) + ")"),
	}
	if a.NewVotersLargest < fewNew || 2*a.NewVotersLargest <= a.NewVoters {
		return h.P(figure(a.NewVoters), g.Text(" new voters in the last minute, "), most, g.Text("."))
	}
	return ui.Notice("warn", "", figure(a.NewVoters), g.Text(" new voters came in the last minute, "), most,
		g.Text(". A hall, a school or an office is one network. If nobody you know is there, somebody may be voting with a script."))
}
