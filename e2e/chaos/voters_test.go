package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"popeye/e2e/chaos/judge"
	"popeye/internal/testenv"
)

// front is a voting front that answers each try as it is told to.
type front struct {
	t       *testing.T
	answers []string // one for each try: a status, or "hang up"
	bodies  []string // of the tries, as they came
	cookies []string
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.bodies = append(f.bodies, string(body))
	cookie := ""
	if c, err := r.Cookie("voter_id"); err == nil {
		cookie = c.Value
	}
	f.cookies = append(f.cookies, cookie)
	if len(f.answers) == 0 {
		f.t.Error("one try too many")
		return
	}
	answer := f.answers[0]
	f.answers = f.answers[1:]
	if answer != "hang up" {
		http.SetCookie(w, &http.Cookie{Name: "voter_id", Value: "ann.signed"})
	}
	switch answer {
	case "hang up":
		panic(http.ErrAbortHandler)
	case "recorded":
		var sent struct{ Vote, ID string }
		_ = json.Unmarshal(body, &sent)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, `{"status":"recorded","vote":%q,"id":%q}`, sent.Vote, sent.ID)
	case "later":
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	case "later, but not when":
		w.WriteHeader(http.StatusServiceUnavailable)
	case "closed":
		w.WriteHeader(http.StatusConflict)
	case "another vote":
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"status":"recorded","vote":"z","id":"other"}`)
	case "broken":
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func TestVoter(t *testing.T) {
	for _, c := range []struct {
		answers string
		want    judge.Answer
		rude    int
	}{
		{"recorded", judge.Recorded, 0},
		{"closed", judge.Refused, 0},
		{"later, recorded", judge.Recorded, 0},
		{"hang up, recorded", judge.Recorded, 0},
		// What was sent before may still arrive, so a later no is none.
		{"hang up, closed", judge.Unknown, 0},
		{"later, closed", judge.Unknown, 0},
		{"later, hang up, later, later", judge.Unknown, 0},
		{"broken, recorded", judge.Recorded, 1},
		{"another vote, recorded", judge.Recorded, 1},
	} {
		t.Run(c.answers, func(t *testing.T) {
			f := &front{t: t, answers: strings.Split(c.answers, ", ")}
			v := visitor(t, f)
			tries := len(f.answers)
			cast, err := v.cast(t.Context(), "p", ballot{"a", `"a"`}, 4)
			if err != nil || cast.Answer != c.want || cast.Voter != "ann" {
				t.Errorf("%s of %q, %v; want %s", cast.Answer, cast.Voter, err, c.want)
			}
			if len(f.bodies) != tries || len(slices.Compact(f.bodies)) != 1 {
				t.Errorf("the tries differ: %q", f.bodies)
			}
			casts, charges := v.all()
			if len(casts) != 1 || casts[0] != cast || len(charges) != c.rude {
				t.Errorf("the ledger has %+v, charges %+v", casts, charges)
			}
		})
	}
}

// visitor is a voter at one front.
func visitor(t *testing.T, f *front) *voter {
	t.Helper()
	site := httptest.NewServer(f)
	t.Cleanup(site.Close)
	c := newCrowd(newLedger(), []*testenv.Program{{URL: site.URL}, {URL: site.URL}})
	t.Cleanup(c.network.CloseIdleConnections)
	v := c.newcomer()
	v.restMost = time.Millisecond
	return v
}

// "Come later" without saying when is impolite.
func TestVoterWantsToKnowWhen(t *testing.T) {
	f := &front{t: t, answers: []string{"later, but not when", "recorded"}}
	v := visitor(t, f)
	if _, err := v.cast(t.Context(), "p", ballot{"a", `"a"`}, 4); err != nil {
		t.Fatal(err)
	}
	if _, charges := v.all(); len(charges) != 1 || charges[0].Kind != rude {
		t.Errorf("charges %+v", charges)
	}
}

// Nobody was there: nothing can arrive later, so a no is one.
func TestVoterFindsNobody(t *testing.T) {
	f := &front{t: t, answers: []string{"later", "closed"}}
	v := visitor(t, f)
	if _, err := v.cast(t.Context(), "p", ballot{"a", `"a"`}, 1); err != nil { // known from here on
		t.Fatal(err)
	}
	nobody := httptest.NewServer(f)
	nobody.Close()
	there := v.sites[0]
	v.sites = []*site{{nobody.URL, there.places}}
	cast, err := v.cast(t.Context(), "p", ballot{"a", `"a"`}, 2)
	if err != nil || cast.Answer != judge.Unknown {
		t.Errorf("%s, %v", cast.Answer, err)
	}
	v.sites = append(v.sites, v.sites[0], v.sites[0], there)
	if cast, err = v.cast(t.Context(), "p", ballot{"a", `"a"`}, 1000); err != nil || cast.Answer != judge.Refused {
		t.Errorf("%s, %v", cast.Answer, err)
	}
}

// A voter keeps who they are, and takes a new id for each cast.
func TestVoterIsTheSamePerson(t *testing.T) {
	f := &front{t: t, answers: []string{"recorded", "recorded"}}
	v := visitor(t, f)
	for range 2 {
		if _, err := v.cast(t.Context(), "p", ballot{"a", `"a"`}, 4); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"", "ann.signed"}; !slices.Equal(f.cookies, want) {
		t.Errorf("the cookies were %q", f.cookies)
	}
	if f.bodies[0] == f.bodies[1] {
		t.Errorf("two casts have one id: %s", f.bodies[0])
	}
}

// No voter says the same twice in a poll: what stands in the end tells which
// cast it was.
func TestChoicesAreDifferent(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 1))
	for name, choices := range map[string][]ballot{"single": single(chance), "rankings": rankings(chance, 2*mostCasts)} {
		seen := map[ballot]bool{}
		for _, b := range choices {
			if seen[b] || b.text == "" || !json.Valid([]byte(b.json)) {
				t.Errorf("%s: %+v", name, b)
			}
			seen[b] = true
		}
		if len(choices) < mostCasts {
			t.Errorf("%s: only %d", name, len(choices))
		}
	}
}
