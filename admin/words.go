package admin

import (
	"net/http"

	"popeye/internal/i18n"
	"popeye/internal/web"
)

// printer writes in the language of whoever sent r.
func printer(r *http.Request) *i18n.Printer { return i18n.For(r) }

// newRefusal returns an error that says no, by a message of internal/i18n. Errors carry
// their sentence, and are made where nobody's language is known: in English.
func newRefusal(status int, code, message string) *web.Error {
	return &web.Error{Status: status, Code: code, Message: message}
}

// args fill the gaps of a message.
type args = map[string]any
