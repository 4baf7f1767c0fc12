package polls

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var auditTests = []test{
	{"Changes", auditOfChanges},
	{"OnlyWithTheChange", auditOnlyWithTheChange},
	{"NobodysChange", auditOfNobody},
	{"AppendOnly", auditAppendOnly},
	{"Bounded", auditBounded},
}

var sessionTests = []test{
	{"BeginAndEnd", sessionBeginAndEnd},
	{"Age", sessionAge},
}

// acting is h with everything done by an organiser.
func (h kit) acting(what string) kit {
	h.Ctx = store.Acting(h.Ctx, store.Act{Who: "token", From: "192.0.2.7", What: what})
	return h
}

func (h kit) audit(slug string, before int64, limit int) []store.Record {
	h.Helper()
	records, err := h.Store.Audit(h.Ctx, slug, before, limit)
	if err != nil {
		h.Fatal(err)
	}
	return records
}

// wantAudit compares a poll's records, oldest first; times and ids are the
// store's.
func (h kit) wantAudit(slug string, want ...store.Record) {
	h.Helper()
	var got []store.Record
	for _, r := range h.audit(slug, 0, store.MaxAudit) {
		if age := time.Since(r.At); age < -time.Minute || age > time.Hour {
			h.Errorf("a record of %v", r.At)
		}
		got = append([]store.Record{r}, got...)
	}
	asValue := cmp.Transformer("json", func(j json.RawMessage) (v any) {
		if j != nil && json.Unmarshal(j, &v) != nil {
			h.Fatalf("no JSON: %s", j)
		}
		return v
	})
	if d := cmp.Diff(want, got, asValue, cmpopts.IgnoreFields(store.Record{}, "ID", "At")); d != "" {
		h.Fatalf("records of %q (-want +got):\n%s", slug, d)
	}
}

func record(what, slug, before, after string) store.Record {
	r := store.Record{Who: "token", From: "192.0.2.7", What: what, Poll: slug}
	if before != "" {
		r.Before = json.RawMessage(before)
	}
	if after != "" {
		r.After = json.RawMessage(after)
	}
	return r
}

// lunchWas is the poll "lunch" in a record, with that status.
func lunchWas(status vote.Status) string {
	return `{"question":"Where to?","kind":"single","min":0,"max":0,"status":"` + string(status) +
		`","options":[{"id":"a","label":"Pizza"},{"id":"b","label":"Sushi"}],` + settingsOf(fixture.Poll("lunch", status)) + `}`
}

// settingsOf returns the settings of a poll as fields of a record.
func settingsOf(p vote.Poll) string {
	raw, _ := json.Marshal(p.Settings) // plain data: it can't fail
	return string(raw[1 : len(raw)-1])
}

// Each change leaves one record: what a poll was and is, where it differs.
func auditOfChanges(h kit) {
	h.acting("create").Create("lunch", vote.Draft)
	h.acting("open").SetStatus("lunch", vote.Open)
	h.acting("close").SetStatus("lunch", vote.Closed)
	h.acting("open").SetStatus("lunch", vote.Open)
	h.acting("close").SetStatus("lunch", vote.Closed)
	next := fixture.Poll("lunch", vote.Open)
	next.Question = "And now?"
	round := store.NewRound{Next: next, Keep: func(vote.Poll) (string, error) { return "lunch-1", nil }}
	if _, _, err := h.Store.BeginRound(h.acting("replace").Ctx, "lunch", round); err != nil {
		h.Fatal(err)
	}
	if err := h.Store.DeletePoll(h.acting("delete").Ctx, "lunch-1", func(vote.Poll) error { return nil }); err != nil {
		h.Fatal(err)
	}
	h.wantAudit("lunch",
		record("create", "lunch", "", lunchWas(vote.Draft)),
		record("open", "lunch", `{"status":"draft"}`, `{"status":"open"}`),
		record("close", "lunch", `{"status":"open"}`, `{"status":"closed"}`),
		record("reopen", "lunch", `{"status":"closed"}`, `{"status":"open"}`),
		record("close", "lunch", `{"status":"open"}`, `{"status":"closed"}`),
		record("replace", "lunch", `{"question":"Where to?","status":"closed"}`,
			`{"question":"And now?","status":"open","parent":"lunch-1"}`))
	h.wantAudit("lunch-1", record("delete", "lunch-1", lunchWas(vote.Closed), ""))
}

// What did not happen leaves no record, nor does a request that comes again, nor
// a change of nothing.
func auditOnlyWithTheChange(h kit) {
	a := h.acting("create")
	a.createOnce(h.Store, "one", fixture.Poll("lunch", vote.Open))
	a.createOnce(h.Store, "one", fixture.Poll("lunch", vote.Open))
	if _, err := h.Store.CreatePoll(a.Ctx, fixture.Poll("lunch", vote.Open)); !errors.Is(err, store.ErrExists) {
		h.Errorf("a second poll of that name: %v", err)
	}
	a.SetStatus("lunch", vote.Open)
	errNo := errors.New("no")
	refuse := func(vote.Poll) error { return errNo }
	if err := h.Store.DeletePoll(a.Ctx, "lunch", refuse); !errors.Is(err, errNo) {
		h.Errorf("a refused deletion: %v", err)
	}
	h.wantAudit("lunch", record("create", "lunch", "", lunchWas(vote.Open)))
	// A change whose record can't be written is none.
	h.MustExec(`ALTER TABLE audit RENAME TO lost`)
	_, err := h.Store.ChangePoll(a.Ctx, "lunch", func(p vote.Poll) (vote.Poll, error) {
		p.Status = vote.Closed
		return p, nil
	})
	if p, _ := h.Store.Poll(h.Ctx, "lunch"); err == nil || p.Status != vote.Open {
		h.Errorf("without a trail: %v, and the poll is %s", err, p.Status)
	}
	h.MustExec(`ALTER TABLE lost RENAME TO audit`)
}

// What a program does by itself is no organiser's act.
func auditOfNobody(h kit) {
	h.Create("lunch", vote.Open)
	h.SetStatus("lunch", vote.Closed)
	h.wantAudit("")
}

// The database itself refuses to change the trail.
func auditAppendOnly(h kit) {
	h.acting("create").Create("lunch", vote.Open)
	for _, statement := range []string{
		`UPDATE audit SET who = 'nobody'`,
		`DELETE FROM audit`,
		`DELETE FROM audit WHERE poll = 'lunch'`,
	} {
		if err := h.Exec(h.Ctx, statement); err == nil || !strings.Contains(err.Error(), "append-only") {
			h.Errorf("%s: %v", statement, err)
		}
	}
	h.wantAudit("lunch", record("create", "lunch", "", lunchWas(vote.Open)))
}

// A reader gets so many records at once, and goes on from the last of them.
func auditBounded(h kit) {
	const n = store.MaxAudit + 5
	for range n {
		if err := h.Store.RecordAct(h.Ctx, record("refused", "", "", `{"by":"form"}`)); err != nil {
			h.Fatal(err)
		}
	}
	h.acting("create").Create("lunch", vote.Open)
	all := h.audit("", 0, 1<<30)
	if len(all) != store.MaxAudit || all[0].What != "create" || all[1].What != "refused" {
		h.Fatalf("%d records, the newest is %+v", len(all), all[0])
	}
	rest := h.audit("", all[len(all)-1].ID, store.MaxAudit)
	if len(rest) != n+1-store.MaxAudit || rest[0].ID >= all[len(all)-1].ID {
		h.Errorf("%d more records", len(rest))
	}
	if got := h.audit("lunch", 0, 10); len(got) != 1 {
		h.Errorf("%d records of the poll", len(got))
	}
	if got := h.audit("", 0, -1); len(got) != 0 {
		h.Errorf("%d records of none", len(got))
	}
}

func (h kit) wantSession(s fixture.Store, key string, want bool) {
	h.Helper()
	if got, err := s.InSession(h.Ctx, []byte(key)); err != nil || got != want {
		h.Fatalf("session %s: %t, %v; want %t", key, got, err, want)
	}
}

// A session that one process begins is known to all, and gone for all when any of
// them ends it.
func sessionBeginAndEnd(h kit) {
	for _, key := range []string{"one", "two"} {
		if err := h.Store.BeginSession(h.acting("sign-in").Ctx, []byte(key), time.Hour); err != nil {
			h.Fatal(err)
		}
	}
	other := h.Another(h.T)
	h.wantSession(other, "one", true)
	h.wantSession(other, "three", false)
	h.wantSession(other, "", false)
	for range 2 { // the second time it is gone already
		if err := other.EndSession(h.acting("sign-out").Ctx, []byte("one")); err != nil {
			h.Fatal(err)
		}
	}
	h.wantSession(h.Store, "one", false)
	h.wantSession(h.Store, "two", true)
	h.wantAudit("", record("sign-in", "", "", ""), record("sign-in", "", "", ""), record("sign-out", "", "", ""))
}

// A session that has reached its age is none, and goes with the next that begins.
func sessionAge(h kit) {
	if err := h.Store.BeginSession(h.Ctx, []byte("old"), 0); err != nil {
		h.Fatal(err)
	}
	h.wantSession(h.Store, "old", false)
	if err := h.Store.BeginSession(h.Ctx, []byte("new"), time.Hour); err != nil {
		h.Fatal(err)
	}
	h.wantSession(h.Store, "new", true)
	if rows := h.MustQuery(`SELECT count(*) FROM sessions`); rows[0][0] != "1" {
		h.Errorf("%s sessions are kept", rows[0][0])
	}
}
