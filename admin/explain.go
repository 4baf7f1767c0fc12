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
		return web.Errorf(http.StatusNotFound, "no_poll", "There is no poll at this address. Check the link.")
	case errors.Is(err, store.ErrRemoving):
		return web.Errorf(http.StatusConflict, "removing",
			"A deleted poll of that name is still being removed. Try again in a while, or take another slug.")
	case errors.Is(err, store.ErrExists):
		return web.Errorf(http.StatusConflict, "exists", "There is a poll of that name already. Take another slug.")
	case errors.Is(err, store.ErrNewerSchema):
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "newer_schema", Cause: err,
			Message: "This site is older than its database, so it shows the count and changes nothing. Whoever runs it has to upgrade it.",
		}
	case errors.Is(err, vote.ErrFinal):
		return web.Errorf(http.StatusConflict, "closed", "%s", i18n.English.Error(err))
	case errors.Is(err, vote.ErrInvalid):
		return web.Errorf(http.StatusUnprocessableEntity, "invalid_poll", "%s", i18n.English.Error(err))
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.Canceled): // who asked has left
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable", RetryAfter: retryAfter, Cause: err,
			Message: "The count can't be reached right now, and nothing can be changed. No vote is lost; please try again in a moment.",
		}
	default:
		return err
	}
}
