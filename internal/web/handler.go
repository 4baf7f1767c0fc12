package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"popeye/internal/i18n"
)

// Handler answers a request or says why it can't. It returns an error only
// while nothing is written yet.
type Handler func(w http.ResponseWriter, r *http.Request) error

// JSON answers with v.
func JSON(w http.ResponseWriter, status int, v any) error {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // "b>a" is a ballot, and this is not HTML
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // a reader that is gone is no failure of ours
	return nil
}

// Page is HTML that writes itself.
type Page interface{ Render(w io.Writer) error }

// HTML answers with a page, rendered whole before the first header goes out.
func HTML(w http.ResponseWriter, status int, p Page) error {
	var page bytes.Buffer
	if err := p.Render(&page); err != nil {
		return fmt.Errorf("render a page: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
	return nil
}

// ReadJSON reads a request's body, at most limit bytes, into v. Null, unknown
// fields and anything after the first value are errors: a typing error should be
// told, not ignored.
func ReadJSON(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return NewError(http.StatusUnsupportedMediaType, "unsupported_media_type", "web.json.type", nil)
	}
	if r.ContentLength > limit {
		return &http.MaxBytesError{Limit: limit}
	}
	defer hurry(w, limit)()
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit))
	d.DisallowUnknownFields()
	err := d.Decode(&v) // and not v: null, which v would ignore, empties this variable
	if err == nil && v == nil {
		err = errNull
	}
	if err == nil {
		if err = d.Decode(new(json.RawMessage)); errors.Is(err, io.EOF) {
			return nil
		}
		err = cmp.Or(err, errMore)
	}
	if err := unread(err); err != nil {
		return err
	}
	return jsonFault(err)
}

// What a body has to arrive within, from the moment that somebody reads it: a
// time for lines that stall, and for large ones a rate.
const (
	bodyTimeout = 5 * time.Second
	bodyRate    = 16 << 10 // bytes a second
)

// hurry bounds the time for a body of at most limit bytes; done takes the bound away,
// unless it was exceeded: what is left then is not waited for either.
func hurry(w http.ResponseWriter, limit int64) (done func()) {
	c := http.NewResponseController(w)
	until := time.Now().Add(bodyTimeout + time.Duration(limit)*time.Second/bodyRate)
	_ = c.SetReadDeadline(until) // a ResponseWriter without deadlines needs none
	return func() {
		if time.Now().Before(until) {
			_ = c.SetReadDeadline(time.Time{})
		}
	}
}

// unread returns the error of a body that was not read to its end: too large,
// or too slow. Another one is nil.
func unread(err error) error {
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return NewError(http.StatusRequestTimeout, "timeout", "web.timeout", nil)
	}
	return nil
}

var (
	errMore = errors.New("there is more than one value")
	errNull = errors.New("it is null")
)

// jsonFault says what is wrong with a body.
func jsonFault(err error) error {
	malformed := &Error{Status: http.StatusBadRequest, Code: "malformed", Cause: err}
	var wrong *json.UnmarshalTypeError
	var coded i18n.Coded
	switch {
	case errors.As(err, &coded): // says it itself
	case errors.Is(err, errMore):
		malformed.Message = "web.json.more"
	case errors.Is(err, errNull):
		malformed.Message = "web.json.null"
	case errors.Is(err, io.EOF):
		malformed.Message = "web.json.empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		malformed.Message = "web.json.short"
	case errors.As(err, &wrong) && wrong.Field != "":
		malformed.Message, malformed.Args = "web.json.field", map[string]any{"Field": wrong.Field, "Kind": wrong.Value}
	case errors.As(err, &wrong):
		malformed.Message, malformed.Args = "web.json.value", map[string]any{"Kind": wrong.Value}
	default: // the words of encoding/json, for programmers
		malformed.Message, malformed.Args = "web.json.fault", map[string]any{"Fault": strings.TrimPrefix(err.Error(), "json: ")}
	}
	return malformed
}

// ReadForm reads a form of at most limit bytes, as browsers send it.
func ReadForm(w http.ResponseWriter, r *http.Request, limit int64) error {
	if r.ContentLength > limit {
		return &http.MaxBytesError{Limit: limit}
	}
	defer hurry(w, limit)()
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	var err error
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/x-www-form-urlencoded":
		err = r.ParseForm()
	case "multipart/form-data":
		err = r.ParseMultipartForm(limit)
	default:
		return NewError(http.StatusUnsupportedMediaType, "unsupported_media_type", "web.form.type", nil)
	}
	if err == nil {
		return nil
	}
	if err := unread(err); err != nil {
		return err
	}
	return NewError(http.StatusBadRequest, "malformed", "web.form.fault", nil)
}

// languageAge is how long a browser keeps the language that its user chose.
const languageAge = 365 * 24 * time.Hour

// keepLanguage lets a browser keep the language that the address of a page asks for.
// That is a preference alone: it tells nobody from anybody else.
func keepLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if say := i18n.Chosen(r); say != nil && !isAPI(r) {
			http.SetCookie(w, &http.Cookie{
				Name: i18n.Cookie, Value: say.Tag(), Path: "/", MaxAge: int(languageAge / time.Second),
				HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
			})
		}
		next.ServeHTTP(w, r)
	})
}

// speak says in the header which language an answer is in, and what chose it. Files and
// figures are in none.
func speak(h http.Header, r *http.Request, status int) {
	if status < http.StatusBadRequest && !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		return
	}
	h.Set("Content-Language", i18n.For(r).Tag())
	h.Add("Vary", "Accept-Language, Cookie")
}
