package result

import (
	"net/http"
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/web"
	"popeye/vote"
)

// hiddenUntil are the messages that say when results that are hidden can be seen.
var hiddenUntil = map[vote.Visibility]string{
	vote.VisibleAfterVote: "result.hidden.after_vote",
	vote.VisibleClosed:    "result.hidden.closed",
	vote.VisibleManual:    "result.hidden.manual",
}

// hiddenError says that there is no file of results yet for whoever asks.
func hiddenError(v vote.Visibility) error { return hiddenBy(hiddenUntil[v]) }

func hiddenBy(message string) error {
	return &web.Error{Status: http.StatusForbidden, Code: "hidden", Message: i18n.English.Text(message, nil)}
}

// hidden says when there is something to see, in the place of bars.
func (v view) hidden() g.Node {
	return h.Div(h.ID("hidden"), h.Span(h.Class("badge hidden"), g.Text(v.Say.Text("result.badge.hidden", nil))), h.P(g.Text(v.Say.Text(hiddenUntil[v.Visibility], nil))))
}

// passed lets a link bring what the page's own address has brought.
func (v view) passed() string {
	if v.Pass == "" {
		return ""
	}
	return "?" + url.Values{"pass": {v.Pass}}.Encode()
}
