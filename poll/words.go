package poll

import (
	"net/http"

	"popeye/internal/i18n"
)

// printer writes in the language of whoever sent r.
func printer(r *http.Request) *i18n.Printer { return i18n.For(r) }
