package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"popeye/internal/i18n"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// told checks that err is an Error with this status and these words.
func told(t *testing.T, err error, status int, words string) {
	t.Helper()
	e := asError(err)
	if err == nil || e.Status != status || !strings.Contains(e.In(i18n.English), words) {
		t.Errorf("got %v\nwant status %d and a message with %q", err, status, words)
	}
}

func TestReadJSON(t *testing.T) {
	const limit = 64
	type body struct {
		Name    string `json:"name"`
		Options []struct {
			ID string `json:"id"`
		} `json:"options"`
	}
	read := func(kind, text string, length int64) (body, error) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(text))
		r.ContentLength = length
		r.Header.Set("Content-Type", kind)
		var b body
		err := ReadJSON(httptest.NewRecorder(), r, limit, &b)
		return b, err
	}
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON"} {
		if b, err := read(kind, ` {"name":"x"} `+"\n", -1); err != nil || b.Name != "x" {
			t.Errorf("%s: got %+v, %v", kind, b, err)
		}
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"} {
		_, err := read(kind, `{}`, 2)
		told(t, err, http.StatusUnsupportedMediaType, "Content-Type: application/json")
	}
	tests := []struct{ name, text, says string }{
		{"empty", ``, "The body is empty."},
		{"blank", "\n", "The body is empty."},
		{"cut off", `{"name":`, "ends too early."},
		{"not JSON", `name=x`, "invalid character 'a' in literal null"},
		{"null", `null`, "The body is null."},
		{"an unknown field", `{"nom":"x"}`, `unknown field "nom"`},
		{"another type", `[1]`, "wrong kind: array."},
		{"a field of another type", `{"name":7}`, `“name” has a value of the wrong kind: number.`},
		{"a field deep inside", `{"options":[{"id":true}]}`, `“options.id” has a value of the wrong kind: bool.`},
		{"two values", `{} {}`, "more than one JSON value."},
		{"rubbish behind", `{}]`, "invalid character ']'"},
		{"half a value behind", `{}{`, "ends too early."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read("application/json", tt.text, -1)
			told(t, err, http.StatusBadRequest, tt.says)
		})
	}
	long := `{"name":"` + strings.Repeat("x", limit) + `"}`
	for name, text := range map[string]string{"long": long, "long by its blanks": `{}` + strings.Repeat(" ", limit)} {
		for _, length := range []int64{-1, int64(len(text))} {
			t.Run(fmt.Sprintf("%s, of length %d", name, length), func(t *testing.T) {
				_, err := read("application/json", text, length)
				told(t, err, http.StatusRequestEntityTooLarge, "larger than 64 bytes")
			})
		}
	}
	if _, err := read("application/json", `{"name":"`+strings.Repeat("x", limit-11)+`"}`, -1); err != nil {
		t.Errorf("a body of the limit: %v", err)
	}
}

func TestReadForm(t *testing.T) {
	const limit = 256
	read := func(kind, text string) (*http.Request, error) {
		r := httptest.NewRequest("POST", "/?vote=of-the-address", strings.NewReader(text))
		r.Header.Set("Content-Type", kind)
		return r, ReadForm(httptest.NewRecorder(), r, limit)
	}
	const encoded, multipart = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
	part := func(value string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"vote\"\r\n\r\n" + value + "\r\n--x--\r\n"
	}
	for kind, text := range map[string]string{encoded: "vote=a&n=1", encoded + "; charset=utf-8": "vote=a", multipart: part("a")} {
		r, err := read(kind, text)
		if err != nil || len(r.PostForm["vote"]) != 1 || r.PostForm.Get("vote") != "a" {
			t.Errorf("%s: got %v, %v", kind, r.PostForm, err)
		}
	}
	tests := []struct {
		kind, text string
		status     int
		says       string
	}{
		{"", "vote=a", http.StatusUnsupportedMediaType, "Send the vote as a form."},
		{"text/plain", "vote=a", http.StatusUnsupportedMediaType, "Send the vote as a form."},
		{encoded, "vote=%", http.StatusBadRequest, "could not be read"},
		{"multipart/form-data", part("a"), http.StatusBadRequest, "could not be read"},
		{multipart, "--x\r\nContent-Disp", http.StatusBadRequest, "could not be read"},
		{encoded, "vote=" + strings.Repeat("a", limit), http.StatusRequestEntityTooLarge, "larger than 256 bytes"},
		{multipart, part(strings.Repeat("a", limit)), http.StatusRequestEntityTooLarge, "larger than 256 bytes"},
	}
	for _, tt := range tests {
		_, err := read(tt.kind, tt.text)
		told(t, err, tt.status, tt.says)
	}
}

func TestJSON(t *testing.T) {
	rec := httptest.NewRecorder()
	if err := JSON(rec, http.StatusAccepted, map[string]string{"vote": "b>a&<"}); err != nil {
		t.Fatal(err)
	}
	if got, want := rec.Body.String(), `{"vote":"b>a&<"}`+"\n"; rec.Code != http.StatusAccepted || got != want {
		t.Errorf("got %d %s, want %s", rec.Code, got, want)
	}
	if got := rec.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("the type is %q", got)
	}
	rec = httptest.NewRecorder()
	if err := JSON(rec, http.StatusOK, math.NaN()); err == nil || rec.Body.Len() > 0 || len(rec.Header()) > 0 {
		t.Errorf("what is no JSON: got %v, and %q was written", err, rec.Body)
	}
}

// pageFunc is a page of a test.
type pageFunc func(io.Writer) error

func (f pageFunc) Render(w io.Writer) error { return f(w) }

// A page that can't be rendered is not begun.
func TestHTML(t *testing.T) {
	broken := errors.New("half of a page")
	half := pageFunc(func(w io.Writer) error {
		_, err := io.WriteString(w, "<p>")
		return errors.Join(err, broken)
	})
	rec := httptest.NewRecorder()
	if err := HTML(rec, http.StatusOK, half); !errors.Is(err, broken) || rec.Body.Len() > 0 || len(rec.Header()) > 0 {
		t.Errorf("got %v, and %q was written", err, rec.Body)
	}
	whole := pageFunc(func(w io.Writer) error {
		_, err := io.WriteString(w, "<p>&lt;b&gt;</p>")
		return err
	})
	if err := HTML(rec, http.StatusConflict, whole); err != nil {
		t.Fatal(err)
	}
	if rec.Code != http.StatusConflict || rec.Body.String() != "<p>&lt;b&gt;</p>" || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %q %v", rec.Code, rec.Body, rec.Header())
	}
}

func TestError(t *testing.T) {
	cause := errors.New("connection refused")
	err := fmt.Errorf("cast: %w", &Error{Status: 503, Code: "unavailable", Message: "Not now.", Cause: cause})
	if got := err.Error(); got != "cast: unavailable: connection refused" || !errors.Is(err, cause) {
		t.Errorf("got %q", got)
	}
	if got := NewError(413, "too_large", "web.too_large", map[string]any{"Max": 7}).Error(); got != "too_large: The request is larger than 7 bytes." {
		t.Errorf("got %q", got)
	}
}

// A pause is rounded up to the seconds that HTTP knows.
func TestRetryAfter(t *testing.T) {
	for pause, want := range map[time.Duration]string{
		0: "", time.Nanosecond: "1", time.Second: "1", 2500 * time.Millisecond: "3", 3 * time.Second: "3",
	} {
		rec := httptest.NewRecorder()
		(&Site{}).show(rec, httptest.NewRequest("GET", "/", nil), &Error{Status: 503, Message: "Not now.", RetryAfter: pause})
		if got := rec.Header().Get("Retry-After"); got != want {
			t.Errorf("%v: Retry-After is %q, want %q", pause, got, want)
		}
		if !bytes.Contains(rec.Body.Bytes(), []byte("Not now.")) || rec.Code != 503 {
			t.Errorf("without a page: got %d %q", rec.Code, rec.Body)
		}
	}
}
