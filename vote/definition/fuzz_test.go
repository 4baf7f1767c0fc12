package definition

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

// refused fails unless an error is fit for who sent the thing: one line of
// bounded length, whatever was sent.
func refused(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if !errors.Is(err, vote.ErrInvalid) || len(text) > 500 || !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\n") {
		t.Errorf("the refusal is %.600q", text)
	}
}

// read takes what an organiser's program sends, as strictly as the service does.
func read(t *testing.T, raw []byte, v any) bool {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if errors.Is(err, vote.ErrInvalid) {
		refused(t, err)
	}
	return err == nil
}

// FuzzDefinition: what an organiser defines or changes is a valid poll, or is
// refused in words; and no change gives a ballot that was cast another meaning.
func FuzzDefinition(f *testing.F) {
	const lunch = `{"slug":"s","question":"Where to?","options":["Pizza","Sushi"]}`
	for _, edit := range []string{
		`{}`, `{"question":""}`, `{"options":[]}`, `{"options":["A","B","C"]}`, `{"kind":"score"}`, `{"kind":"multiple","max":1}`,
		`{"min":-1}`, `{"max":101}`, `{"options":[{"id":"b","label":"A"},{"id":"a","label":"B"}]}`, `null`,
	} {
		f.Add([]byte(lunch), []byte(edit))
	}
	for _, d := range []string{
		`{"slug":"s","question":"q","kind":"ranked","options":["A","B"],"status":"open"}`, `{"kind":"multiple","max":9}`, `{}`,
		`{"slug":"s","question":"q","options":[{"id":"A","label":"x"},null]}`, `{"slug":"s","question":"\ufffd","options":["\u202e","B"]}`,
		`{"slug":"s","question":"q","kind":"multiple","options":["A","B"]}`, `{"slug":"s","question":"q","kind":"score","options":["A","B"],"min":5}`,
	} {
		f.Add([]byte(d), []byte(`{"options":["A","C"]}`))
	}
	f.Fuzz(func(t *testing.T, written, edit []byte) {
		var d Definition
		if !read(t, written, &d) {
			return
		}
		p, err := NewPoll(d)
		if err != nil {
			refused(t, err)
			return
		}
		if err := p.Validate(); err != nil || p.Status != vote.Draft && p.Status != vote.Open {
			t.Fatalf("%s made a poll that is %s: %v", written, p.Status, err)
		}
		travels(t, p)
		comesToRest(t, p)
		var e Edit
		if !read(t, edit, &e) {
			return
		}
		for _, p.Status = range []vote.Status{vote.Draft, vote.Open, vote.Closing, vote.Closed} {
			edited(t, p, e)
		}
	})
}

// edited fails unless a change that is let through leaves a valid poll, and
// makes no difference when it is made again.
func edited(t *testing.T, p vote.Poll, e Edit) {
	t.Helper()
	q, err := e.Apply(p)
	if err != nil {
		refused(t, err)
		return
	}
	if err := q.Validate(); err != nil || q.Slug != p.Slug || q.Status != p.Status {
		t.Errorf("a poll that was %s became %+v: %v", p.Status, q, err)
	}
	if p.Status != vote.Draft && !cmp.Equal(counted(p), counted(q)) {
		t.Errorf("ballots of a poll that was %s mean something else: %+v became %+v", p.Status, p, q)
	}
	if again, err := e.Apply(q); err != nil || !cmp.Equal(again, q) {
		t.Errorf("the same change once more, of %+v, made %+v, %v", q, again, err)
	}
	comesToRest(t, q)
}

// counted is p with nothing but what its ballots mean and decide.
func counted(p vote.Poll) vote.Poll {
	q := vote.Poll{Kind: p.Kind, Min: p.Min, Max: p.Max}
	q.Rule, q.Seats, q.Quorum, q.EqualRanks, q.Abstain = p.Rule, p.Seats, p.Quorum, p.EqualRanks, p.Abstain
	for _, o := range p.Options {
		q.Options = append(q.Options, vote.Option{ID: o.ID})
	}
	return q
}

// comesToRest fails unless the schedule has nothing more to do after it has
// opened and closed the poll once, a valid poll at each step.
func comesToRest(t *testing.T, p vote.Poll) {
	t.Helper()
	q := p
	for range 2 {
		at := q.NextDue()
		if at.IsZero() {
			return
		}
		next, changed := q.Due(at)
		if err := next.Validate(); !changed || err != nil {
			t.Fatalf("%+v became %+v at %v: %v", q, next, at, err)
		}
		q = next
	}
	if at := q.NextDue(); !at.IsZero() {
		t.Errorf("%+v became %+v, and still has something to do at %v", p, q, at)
	}
}

// travels fails unless a poll is the same after it was published and read.
func travels(t *testing.T, p vote.Poll) {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var got vote.Poll
	if err := json.Unmarshal(raw, &got); err != nil || !cmp.Equal(got, p) {
		t.Errorf("%s was read as %+v: %v", raw, got, err)
	}
}
