package ballotpage

import (
	"net/url"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/web"
	"popeye/vote"
)

// The fields of a form, beside those of vote.ParseForm.
const (
	CookieField  = "cookie" // says which instance's cookie its page has set
	EditionField = "edition"
	EventField   = "event" // the code of the event in which the page shows the poll
)

// View is what the voting page shows.
type View struct {
	Poll      vote.Poll // as of Now
	State     string    // of that poll, as follow.js knows it
	Now       time.Time
	Action    string      // where the form goes: this page
	URL       string      // of this page, whole: for previews of links to it
	Result    string      // where the count is
	Error     *web.Error  // what went wrong with the vote just sent
	Choice    vote.Ballot // what was recorded before; "" for nothing
	Sent      url.Values  // the form just sent, if it was refused
	CookieTag string      // of the instance whose cookie the page has set
	Say       *i18n.Printer
	Event     *Event // in which the poll is shown; nil for none
	Among     bool   // the ballot is one of several on the event's page
	Unsure    bool   // Among: more may be recorded than this page's address knows
	AsksCode  bool   // with a field for the code of another poll

	marks  []vote.Mark // what Choice says
	widget widget      // of the poll's kind
}

// schedule returns what to tell of when the poll opens and closes.
func (v View) schedule() vote.Schedule { return v.Poll.Schedule(v.Now) }

// waits reports whether the page looks again by itself, because the poll may
// open any moment: a draft, or one that opens again within the hour.
func (v View) waits() bool {
	opens := v.schedule().Opens
	return v.Poll.Status == vote.Draft || !opens.IsZero() && opens.Sub(v.Now) < time.Hour
}

// shut reports whether the vote just sent came too late.
func (v View) shut() bool { return v.Error != nil && v.Error.Code == "not_open" }

// number returns what an option's field is filled with: 1 for chosen, its
// place, or its points; -1 for nothing. That is what is recorded, or what the
// voter just sent, for them to mend.
func (v View) number(id string) int {
	if v.Sent != nil && v.widget.sent != nil {
		return v.widget.sent(v, id)
	}
	for _, m := range v.marks {
		if v.Poll.Options[m.Place].ID == id {
			return m.N
		}
	}
	return -1
}

// recorded tells what is recorded.
func (v View) recorded() g.Node {
	if v.Poll.Abstains(v.Choice) {
		return h.Strong(g.Text(v.Say.Text("voting.recorded.abstained", nil)))
	}
	var words g.Group
	for i, m := range v.marks {
		switch {
		case i == 0:
		case v.together(i):
			words = append(words, g.Text(v.Say.Text("voting.recorded.together", nil)), label(v, m))
			continue
		default:
			words = append(words, g.Text(v.Say.Text("voting.recorded.separator", nil)))
		}
		words = append(words, v.widget.recorded(v, m))
	}
	return h.Strong(words)
}

// together reports whether a mark of a ranked ballot shares the place of the one before.
func (v View) together(i int) bool {
	return v.Poll.Kind == vote.Ranked && v.marks[i].N == v.marks[i-1].N
}
