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
	code := "page.history.option"
	switch {
	case c.Withdrawal() && c.Is == "":
		return h.Li(Sentence(printer(), "page.history.withdrawn", map[string]any{"Time": Time(c.At), "Option": Words(c.Was)}))
	case c.Withdrawal():
		return h.Li(Sentence(printer(), "page.history.back", map[string]any{"Time": Time(c.At), "Option": Words(c.Is)}))
	case c.Field == "question":
		code = "page.history.question"
	}
	return h.Li(Sentence(printer(), code, map[string]any{"Time": Time(c.At), "Was": Words(c.Was), "Is": Words(c.Is)}))
}

func reopening(r vote.Reopening) g.Node {
	code := "page.history.reopened"
	switch {
	case r.Untold:
		code = "page.history.reopened_untold"
	case r.Voters == 0:
		code = "page.history.reopened_unvoted"
	}
	return h.Li(Sentence(printer(), code, map[string]any{"Time": Time(r.At), "Count": r.Voters, "Number": Grouped(r.Voters)}))
}
