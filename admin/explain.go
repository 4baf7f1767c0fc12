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
			Message: "admin.error.newer_schema",
		}
	case errors.Is(err, vote.ErrFinal):
		return &web.Error{Status: http.StatusConflict, Code: "closed", Cause: err}
	case errors.Is(err, vote.ErrInvalid):
		return &web.Error{Status: http.StatusUnprocessableEntity, Code: "invalid_poll", Cause: err}
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.Canceled): // who asked has left
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable", RetryAfter: retryAfter, Cause: err,
			Message: "admin.error.unavailable",
		}
	default:
		return err
	}
}

// printer writes in the language of the person who sent r.
func printer(r *http.Request) *i18n.Printer { return i18n.For(r) }

// newRefusal returns an error that says no, by a message of internal/i18n.
func newRefusal(status int, code, message string) *web.Error {
	return &web.Error{Status: status, Code: code, Message: message}
}
