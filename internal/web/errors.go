package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is a failure as the person or program on the other side should see it.
type Error struct {
	Status     int           // of HTTP
	Code       string        // for programs, as in "not_open"; never changes
	Message    string        // for people: what is wrong and what to do
	RetryAfter time.Duration // when to try again; 0 when that is of no use
	Cause      error         // for our log only
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Cause)
	}
	return e.Code + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// Errorf returns an Error with a formatted message.
func Errorf(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// asError finds the Error in err. What is none is ours: the other side learns
// only that, the log learns the cause.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return Errorf(http.StatusRequestEntityTooLarge, "too_large", "The request is larger than %d bytes.", big.Limit)
	}
	return &Error{
		Status: http.StatusInternalServerError, Code: "internal", Cause: err,
		Message: "Something went wrong on our side. It is written down; please try again.",
	}
}

// isAPI reports whether the other side is a program.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// show writes e as JSON under /api, else as a page.
func (s *Site) show(w http.ResponseWriter, r *http.Request, e *Error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
	if isAPI(r) {
		_ = JSON(w, e.Status, map[string]any{"error": map[string]string{"code": e.Code, "message": e.Message}})
		return
	}
	if s.ErrorPage == nil || s.ErrorPage(w, r, e) != nil {
		http.Error(w, e.Message, e.Status)
	}
}
