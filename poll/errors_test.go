package poll

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"popeye/vote"
)

// isAPIError checks an error as programs see it.
func (a answer) isAPIError(t *testing.T, status int, code, says string) {
	t.Helper()
	a.is(t, status)
	equal(t, "Content-Type", a.Header.Get("Content-Type"), "application/json; charset=utf-8")
	var body struct {
		Error map[string]string `json:"error"`
	}
	d := json.NewDecoder(strings.NewReader(a.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	equal(t, "code", body.Error["code"], code)
	if len(body.Error) != 2 || !strings.Contains(body.Error["message"], says) || !strings.HasSuffix(body.Error["message"], ".") {
		t.Errorf("got %v, want a message with %q", body.Error, says)
	}
}

// isErrorPage checks an error as people see it.
func (a answer) isErrorPage(t *testing.T, status int, says string) {
	t.Helper()
	a.is(t, status, "<!doctype html>", `role="alert"`, says)
	equal(t, "Content-Type", a.Header.Get("Content-Type"), "text/html; charset=utf-8")
	equal(t, "Cache-Control", a.Header.Get("Cache-Control"), "no-store")
}

func TestBadRequestsOfPrograms(t *testing.T) {
	const (
		form    = "application/x-www-form-urlencoded"
		unknown = "is not an option of this poll. Its options are a, b, c."
	)
	tests := []struct {
		name, method, path, kind, body string

		status     int
		code, says string
	}{
		{"no body", "POST", "default/votes", "", "", 400, "malformed", "The body is empty."},
		{"no JSON", "POST", "default/votes", "", "vote=a", 400, "malformed", "invalid character 'v'"},
		{"cut off", "POST", "default/votes", "", `{"vote":"a"`, 400, "malformed", "ends too early"},
		{"more behind", "POST", "default/votes", "", `{"vote":"a"} {}`, 400, "malformed", "more than one JSON value"},
		{"rubbish behind", "POST", "default/votes", "", `{"vote":"a"}x`, 400, "malformed", "invalid character 'x'"},
		{"an unknown field", "POST", "default/votes", "", `{"vote":"a","voter_id":"me"}`, 400, "malformed", `unknown field "voter_id"`},
		{"no vote", "POST", "default/votes", "", `{}`, 400, "malformed", `The field "vote" is missing.`},
		{"a list", "POST", "default/votes", "", `[]`, 400, "malformed", "of the wrong kind: array"},
		{"a number for an id", "POST", "default/votes", "", `{"vote":"a","id":1}`, 400, "malformed", `“id” has a value of the wrong kind: number`},
		{"a raw NUL", "POST", "default/votes", "", "{\"vote\":\"\x00\"}", 400, "malformed", "invalid character"},
		{"an escaped NUL", "POST", "default/votes", "", `{"vote":"a\u0000"}`, 422, "invalid_vote", `“a\x00” ` + unknown},
		{"an unknown option", "POST", "default/votes", "", `{"vote":"z"}`, 422, "invalid_vote", `“z” ` + unknown},
		{"a list in a single poll", "POST", "default/votes", "", `{"vote":["a"]}`, 422, "invalid_vote", `is one option id, as in "a"`},
		{"too many", "POST", "multiple/votes", "", `{"vote":["a","b","c"]}`, 422, "invalid_vote", "Choose 1 to 2 options. You chose 3."},
		{"an id too long", "POST", "default/votes", "", `{"vote":"a","id":"` + strings.Repeat("x", 65) + `"}`, 400, "malformed", "An id is 1 to 64 characters long."},
		{"an id with NUL", "POST", "default/votes", "", `{"vote":"a","id":"\u0000"}`, 400, "malformed", "visible ASCII"},
		{"a form", "POST", "default/votes", form, "vote=a", 415, "unsupported_media_type", "Content-Type: application/json"},
		{"no kind of body", "POST", "default/votes", "-", `{"vote":"a"}`, 415, "unsupported_media_type", "Content-Type: application/json"},
		{"an unknown poll", "POST", "nowhere/votes", "", `{"vote":"a"}`, 404, "no_poll", "no poll at this address"},
		{"a slug that can't be", "POST", "A%00/votes", "", `{"vote":"a"}`, 404, "no_poll", "no poll at this address"},
		{"a slug that is too long", "POST", strings.Repeat("s", 65) + "/votes", "", `{"vote":"a"}`, 404, "no_poll", "no poll at this address"},
		{"an unknown poll, read", "GET", "nowhere", "", "", 404, "no_poll", "no poll at this address"},
		{"a slug that can't be, read", "GET", "..%2Fx", "", "", 404, "no_poll", "no poll at this address"},
		{"an unknown address", "GET", "default/ballots", "", "", 404, "not_found", "nothing at this address"},
		{"a closed poll", "POST", "closed/votes", "", `{"vote":"a"}`, 409, "not_open", "This poll is closed."},
		{"a closing poll", "POST", "closing/votes", "", `{"vote":"a"}`, 409, "not_open", "This poll is closed."},
		{"a draft", "POST", "draft/votes", "", `{"vote":"a"}`, 409, "not_open", "This poll has not opened yet."},
		{"reading votes", "GET", "default/votes", "", "", 405, "method_not_allowed", "GET is not possible here. Possible: POST."},
		{"writing a poll", "DELETE", "default", "", "", 405, "method_not_allowed", "Possible: GET, HEAD."},
	}
	w := newFixture(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(tt.method, "/api/v1/polls/"+tt.path, tt.body)
			if tt.kind != "" {
				r.Header.Set("Content-Type", tt.kind)
			}
			got := w.ask(r)
			got.isAPIError(t, tt.status, tt.code, tt.says)
			if tt.status == http.StatusMethodNotAllowed && !strings.Contains(tt.says, got.Header.Get("Allow")) {
				t.Errorf("Allow: %s", got.Header.Get("Allow"))
			}
		})
	}
	equal(t, "ballots", w.ballots(), []vote.Ballot{})
}

func TestBadRequestsOfPeople(t *testing.T) {
	tests := []struct {
		name, method, path, kind, body string

		status int
		says   string
	}{
		{"an unknown option", "POST", "/", "", "vote=z", 422, "“<bdi>z</bdi>” is not an option of this poll. Its options are <bdi>a, b, c</bdi>."},
		{"nothing chosen", "POST", "/", "", "", 422, "Nothing is chosen."},
		{"NUL", "POST", "/", "", "vote=%00", 422, "“<bdi>\\x00</bdi>” is not an option"},
		{"an id that is none", "POST", "/", "", "vote=a&id=%00", 400, "An id is made of visible ASCII characters."},
		{"a form that is none", "POST", "/", "", "vote=%zz", 400, "The form could not be read."},
		{"JSON", "POST", "/", "application/json", `{"vote":"a"}`, 415, "Send the vote as a form."},
		{"no kind of body", "POST", "/", "-", "vote=a", 415, "Send the vote as a form."},
		{"a multipart form without parts", "POST", "/", "multipart/form-data", "vote=a", 400, "The form could not be read."},
		{"an unknown poll", "GET", "/p/nowhere", "", "", 404, "There is no poll at this address. Check the link."},
		{"a vote in an unknown poll", "POST", "/p/nowhere", "", "vote=a", 404, "There is no poll at this address. Check the link."},
		{"a slug that can't be", "GET", "/p/A%00", "", "", 404, "There is no poll at this address. Check the link."},
		{"an unknown address", "GET", "/admin", "", "", 404, "There is nothing at this address."},
		{"a wrong method", "DELETE", "/", "", "", 405, "<bdi>DELETE</bdi> is not possible here. Possible: <bdi>GET, HEAD, POST</bdi>."},
	}
	w := newFixture(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(tt.method, tt.path, tt.body)
			if tt.kind != "" {
				r.Header.Set("Content-Type", tt.kind)
			}
			got := w.ask(r)
			got.isErrorPage(t, tt.status, tt.says)
		})
	}
	got := w.ask(request("PUT", "/p/single", "vote=a"))
	equal(t, "Allow", got.Header.Get("Allow"), "GET, HEAD, POST")
	equal(t, "ballots", w.ballots(), []vote.Ballot{})
}

// endless is a body of ten megabytes, which is not asked for to the end.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	const all = 10 << 20
	if e.read >= all {
		return 0, io.EOF
	}
	n := copy(b, strings.Repeat("a", min(len(b), all-e.read)))
	e.read += n
	return n, nil
}

func TestBodiesThatAreTooLarge(t *testing.T) {
	w := newFixture(t)
	tests := []struct{ name, path, kind, start string }{
		{"form", "/", "application/x-www-form-urlencoded", "vote="},
		{"multipart form", "/", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"vote\"\r\n\r\n"},
		{"JSON", "/api/v1/polls/default/votes", "application/json", `{"vote":"`},
		{"JSON with blanks behind", "/api/v1/polls/default/votes", "application/json", `{"vote":"a"}` + strings.Repeat(" ", maxBody)},
	}
	for _, tt := range tests {
		for _, length := range []int64{-1, 10 << 20} {
			t.Run(fmt.Sprintf("%s of length %d", tt.name, length), func(t *testing.T) {
				rest := &endless{}
				r := httptest.NewRequest("POST", site+tt.path, io.MultiReader(strings.NewReader(tt.start), rest))
				r.ContentLength = length
				r.Header.Set("Content-Type", tt.kind)
				got := w.ask(r)
				got.is(t, http.StatusRequestEntityTooLarge, "The request is larger than 8192 bytes.")
				if rest.read > 2*maxBody || rest.read > 0 && length > 0 && strings.HasPrefix(tt.name, "JSON") {
					t.Errorf("%d bytes were read", rest.read)
				}
			})
		}
	}
	equal(t, "ballots", w.ballots(), []vote.Ballot{})
}
