package admin

import (
	"context"
	"errors"
	"net/http"

	"popeye/internal/i18n"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
)

// explain gives each error of vote and store its status and words. Any other error
// is a fault of ours, which is answered with 500 and logged.
func explain(err error) error {
	var known *web.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, store.ErrNoPoll):
		return newRefusal(http.StatusNotFound, "no_poll", "admin.error.no_poll")
	case errors.Is(err, store.ErrRemoving):
		return newRefusal(http.StatusConflict, "removing", "admin.error.removing")
	case errors.Is(err, store.ErrExists):
		return newRefusal(http.StatusConflict, "exists", "admin.error.exists")
	case errors.Is(err, store.ErrNewerSchema):
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "newer_schema", Cause: err,
			Message: i18n.English.Text("admin.error.newer_schema", nil),
		}
	case errors.Is(err, vote.ErrFinal):
		return web.Errorf(http.StatusConflict, "closed", "%s", i18n.English.Error(err))
	case errors.Is(err, vote.ErrInvalid):
		return web.Errorf(http.StatusUnprocessableEntity, "invalid_poll", "%s", i18n.English.Error(err))
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.Canceled): // who asked has left
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable", RetryAfter: retryAfter, Cause: err,
			Message: i18n.English.Text("admin.error.unavailable", nil),
		}
	default:
		return err
	}
}

// printer writes in the language of the person who sent r. There is one language so
// far.
func printer(*http.Request) *i18n.Printer { return i18n.English }

// newRefusal returns an error that says no, by a message of internal/i18n. Errors carry
// their sentence, and are made where nobody's language is known: in English.
func newRefusal(status int, code, message string) *web.Error {
	return &web.Error{Status: status, Code: code, Message: i18n.English.Text(message, nil)}
}
