package poll

import (
	"context"
	"errors"
	"net/http"

	"popeye/internal/web"
	"popeye/queue"
	"popeye/vote"
)

// newRefusal returns an error that says no, by a message of internal/i18n.
func newRefusal(status int, code, message string, args map[string]any) *web.Error {
	return web.NewError(status, code, message, args)
}

// explain gives each error of vote and queue its status and words. What it does not
// know it leaves as it is.
func explain(err error) error {
	var known *web.Error
	if errors.As(err, &known) {
		return err
	}
	if r := refusalOf(err); r != nil {
		return r
	}
	return err
}

// refusalOf returns what an error of vote or queue means to a voter, nil for a fault
// of ours.
func refusalOf(err error) *web.Error {
	switch {
	case errors.Is(err, vote.ErrInvalid):
		return &web.Error{Status: http.StatusUnprocessableEntity, Code: "invalid_vote", Cause: err}
	case errors.Is(err, queue.ErrNoPoll):
		return newRefusal(http.StatusNotFound, "no_poll", "poll_error.no_poll", nil)
	case errors.Is(err, queue.ErrNotOpen):
		return newRefusal(http.StatusConflict, "not_open", "poll_error.closed", nil)
	case errors.Is(err, queue.ErrIDReused):
		return newRefusal(http.StatusUnprocessableEntity, "id_reused", "poll_error.id_reused", nil)
	case errors.Is(err, queue.ErrRefused):
		return newRefusal(http.StatusConflict, "refused", "poll_error.refused", nil)
	case errors.Is(err, queue.ErrChanged), errors.Is(err, queue.ErrUnavailable),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled): // the voter left: no fault of ours
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable", Message: "poll_error.unavailable", RetryAfter: retryAfter, Cause: err,
		}
	}
	return nil
}

// explained gives a handler's errors their status and words.
func explained(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := h(w, r); err != nil {
			return explain(err)
		}
		return nil
	}
}
