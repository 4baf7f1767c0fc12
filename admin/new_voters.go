package admin

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// fewNew is how many new voters a minute may be of one network without a warning: a
// class is one network.
const fewNew = 60

// newVoters says who came in the last minute. Somebody who stuffs a poll with a
// script makes new voters, and mostly from one network.
func (a account) newVoters(say *i18n.Printer) g.Node {
	all, largest := a.NewVoters, a.NewVotersLargest
	if all == 0 {
		return nil
	}
	words := args{
		"Count": all, "Number": figure(say, all), "Largest": figure(say, largest),
		"Percent": ui.Percent(say, ui.Ratio(largest, all, 100), largest, all),
	}
	if largest < fewNew || 2*largest <= all {
		return h.P(ui.Sentence(say, "admin.account.new_voters", words))
	}
	return ui.Notice("warn", "", ui.Sentence(say, "admin.account.suspicious", words))
}
