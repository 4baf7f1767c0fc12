package poll

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"popeye/internal/i18n"
	"popeye/internal/web"
	"popeye/queue"
	"popeye/vote"
)

// refusal is a web.Error whose sentence is still to be written, in the language of
// whoever asked.
type refusal struct {
	status     int
	code       string // for programs
	message    string // the sentence's code, and what fills its gaps
	args       map[string]any
	coded      error // has the sentence, where message is ""
	retryAfter time.Duration
	cause      error // for our log only
}

// newRefusal returns one without a wait.
func newRefusal(status int, code, message string, args map[string]any) *refusal {
	return &refusal{status: status, code: code, message: message, args: args}
}

func (r *refusal) Error() string {
	if why := errors.Join(r.coded, r.cause); why != nil {
		return fmt.Sprintf("%s: %v", r.code, why)
	}
	return r.code + ": " + r.message
}

func (r *refusal) Unwrap() error { return errors.Join(r.coded, r.cause) }

func (r *refusal) in(say *i18n.Printer) *web.Error {
	e := &web.Error{Status: r.status, Code: r.code, RetryAfter: r.retryAfter, Cause: r.cause}
	if r.message != "" {
		e.Message = say.Text(r.message, r.args)
	} else {
		e.Message = say.Error(r.coded)
	}
	return e
}

// explain gives each error of vote and queue its status and words. What it does not
// know it leaves as it is.
func explain(err error, say *i18n.Printer) error {
	var known *web.Error
	var r *refusal
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &r):
	default:
		r = refusalOf(err)
	}
	if r == nil {
		return err
	}
	return r.in(say)
}

// refusalOf returns what an error of vote or queue means to a voter, nil for a fault
// of ours.
func refusalOf(err error) *refusal {
	switch {
	case errors.Is(err, vote.ErrInvalid):
		return &refusal{status: http.StatusUnprocessableEntity, code: "invalid_vote", coded: err}
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
		return &refusal{
			status: http.StatusServiceUnavailable, code: "unavailable", message: "poll_error.unavailable", retryAfter: retryAfter, cause: err,
		}
	}
	return nil
}

// explained lets a handler's errors be said in the language of the request.
func explained(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := h(w, r); err != nil {
			return explain(err, printer(r))
		}
		return nil
	}
}
