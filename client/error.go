package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"popeye/api"
)

// maxRetryAfter bounds what a server may ask for: nobody waits longer.
const maxRetryAfter = time.Hour

// Error is an answer that says no.
type Error struct {
	Status     int           // of HTTP
	Code       string        // for programs, as in "not_open"; "" if the answer is not the API's
	Message    string        // for people
	RetryAfter time.Duration // when to try again; 0 if the answer does not say
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Status, e.Message) }

// Is makes errors.Is compare by code: client.Code("not_open") is a target.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && e.Code == string(code)
}

// Code is the code of an Error, as something to compare with by errors.Is.
type Code string

func (c Code) Error() string { return string(c) }

// Refused reports whether an error of Vote is an answer that this vote was not
// recorded and, sent as it is, never will be. After any other error it may have been:
// an answer was lost, or the server could not say. 429 is neither: nothing was
// recorded, and later it can be.
func Refused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError &&
		e.Status != http.StatusTooManyRequests
}

// StatusOf is the HTTP status of an answer that said no, 0 if there was none.
func StatusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

func newError(resp *http.Response, raw []byte) *Error {
	e := &Error{Status: resp.StatusCode}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	}
	var said api.Failure
	if json.Unmarshal(raw, &said) != nil || said.Error.Message == "" {
		e.Message = foreign(resp.Request, raw)
		return e
	}
	e.Code, e.Message = said.Error.Code, said.Error.Message
	return e
}

// foreign says that an answer is none of the API's.
func foreign(req *http.Request, raw []byte) string {
	const enough = 80
	return fmt.Sprintf("%s does not answer as Popeye does: %.*q", req.URL, enough, raw)
}
