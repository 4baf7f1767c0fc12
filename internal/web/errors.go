package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"popeye/internal/i18n"
)

// Error is a failure as the person or program on the other side should see it.
type Error struct {
	Status int    // of HTTP
	Code   string // for programs, as in "not_open"; never changes
	// Message tells people what is wrong and what to do, by a code of internal/i18n,
	// whose gaps Args fill. "" if Cause is an i18n.Coded, which says it.
	Message    string
	Args       map[string]any
	RetryAfter time.Duration // when to try again; 0 when that is of no use
	Cause      error         // for our log
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Cause)
	}
	return e.Code + ": " + e.In(i18n.English)
}

func (e *Error) Unwrap() error { return e.Cause }

// In returns what e tells people, in the language of a printer.
func (e *Error) In(say *i18n.Printer) string {
	if code, args := e.Said(); code != "" {
		return say.Text(code, args)
	}
	return e.Code
}

// Said returns the message that e tells people, and what fills its gaps.
func (e *Error) Said() (code string, args map[string]any) {
	var coded i18n.Coded
	if e.Message == "" && errors.As(e.Cause, &coded) {
		return coded.Message()
	}
	return e.Message, e.Args
}

// NewError returns an Error that says a message of internal/i18n.
func NewError(status int, code, message string, args map[string]any) *Error {
	return &Error{Status: status, Code: code, Message: message, Args: args}
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
		return NewError(http.StatusRequestEntityTooLarge, "too_large", "web.too_large", map[string]any{"Max": big.Limit})
	}
	return &Error{Status: http.StatusInternalServerError, Code: "internal", Message: "web.internal", Cause: err}
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
	message := e.In(i18n.For(r))
	if isAPI(r) {
		_ = JSON(w, e.Status, map[string]any{"error": map[string]string{"code": e.Code, "message": message}})
		return
	}
	if s.ErrorPage == nil || s.ErrorPage(w, r, e) != nil {
		http.Error(w, message, e.Status)
	}
}
