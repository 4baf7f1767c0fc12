package admin

import (
	"net/http"

	"popeye/internal/i18n"
	"popeye/internal/web"
)

// printer writes in the language of the person who sent r. There is one language so
// far.
func printer(*http.Request) *i18n.Printer { return i18n.English }

// newRefusal returns an error that says no, by a message of internal/i18n. Errors carry
// their sentence, and are made where nobody's language is known: in English.
func newRefusal(status int, code, message string) *web.Error {
	return &web.Error{Status: status, Code: code, Message: i18n.English.Text(message, nil)}
}

// args fill the gaps of a message.
type args = map[string]any
