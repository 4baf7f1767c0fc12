package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/vote"
)

// History tells on every page of a poll what was corrected since it opened, and
// when it was opened again. It is nothing if there is nothing to tell.
func History(say *i18n.Printer, corrections []vote.Correction, reopenings []vote.Reopening) g.Node {
	if len(corrections)+len(reopenings) == 0 {
		return nil
	}
	return h.Ul(h.Class("history small"), h.Data("entries", strconv.Itoa(len(corrections)+len(reopenings))),

		g.Map(corrections, func(c vote.Correction) g.Node { return correction(say, c) }),
		g.Map(reopenings, func(r vote.Reopening) g.Node { return reopening(say, r) }))
}

func correction(say *i18n.Printer, c vote.Correction) g.Node {
	code := "page.history.option"
	switch {
	case c.Withdrawal() && c.Is == "":
		return h.Li(Sentence(say, "page.history.withdrawn", map[string]any{"Time": Time(say, c.At), "Option": Words(c.Was)}))
	case c.Withdrawal():
		return h.Li(Sentence(say, "page.history.back", map[string]any{"Time": Time(say, c.At), "Option": Words(c.Is)}))
	case c.Field == "question":
		code = "page.history.question"
	case c.OfNote() && c.Was == "":
		code = "page.history.note_added"
	case c.OfNote() && c.Is == "":
		code = "page.history.note_removed"
	case c.OfNote():
		code = "page.history.note"
	}
	return h.Li(Sentence(say, code, map[string]any{"Time": Time(say, c.At), "Was": Words(c.Was), "Is": Words(c.Is)}))
}

func reopening(say *i18n.Printer, r vote.Reopening) g.Node {
	code := "page.history.reopened"
	switch {
	case r.Untold:
		code = "page.history.reopened_untold"
	case r.Voters == 0:
		code = "page.history.reopened_unvoted"
	}
	return h.Li(Sentence(say, code, map[string]any{"Time": Time(say, r.At), "Count": r.Voters, "Number": say.Number(r.Voters)}))
}
