package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// History tells on every page of a poll what was corrected since it opened, and
// when it was opened again. It is nothing if there is nothing to tell.
func History(corrections []vote.Correction, reopenings []vote.Reopening) g.Node {
	if len(corrections)+len(reopenings) == 0 {
		return nil
	}
	return h.Ul(h.Class("history small"), h.Data("entries", strconv.Itoa(len(corrections)+len(reopenings))),
		g.Map(corrections, correction), g.Map(reopenings, reopening))
}

func correction(c vote.Correction) g.Node {
	what := "an option"
	if c.Field == "question" {
		what = "the question"
	}
	return h.Li(g.Text("Corrected "), Time(c.At), g.Text(": "+what+" was “"), Words(c.Was), g.Text("” and is “"), Words(c.Is), g.Text("” now."))
}

func reopening(r vote.Reopening) g.Node {
	after := ", after " + strconv.FormatInt(r.Voters, 10) + " people had voted."
	switch r.Voters {
	case 0:
		after = ", before anybody had voted."
	case 1:
		after = ", after one person had voted."
	}
	return h.Li(g.Text("Reopened "), Time(r.At), g.Text(after))
}
