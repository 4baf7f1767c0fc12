package judge

import (
	"testing"
	"time"

	"popeye/store"
)

// ms makes the times of a history written by hand.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// The casts of one voter in one poll, each by what the voter knows of it.
func recorded(ballot string, from, to int) Cast { return cast(ballot, from, to, Recorded) }
func refused(ballot string, from, to int) Cast  { return cast(ballot, from, to, Refused) }
func unknown(ballot string, from, to int) Cast  { return cast(ballot, from, to, Unknown) }

func cast(ballot string, from, to int, a Answer) Cast {
	return Cast{Poll: "p", Voter: "v", Ballot: ballot, ID: ballot, Invoked: ms(from), Returned: ms(to), Answer: a}
}

// reading is what the store held of that poll: the voter's ballot, "" for none.
func reading(at int, ballot string) Reading {
	r := Reading{Poll: "p", From: ms(at), To: ms(at + 1), Ballots: map[string]string{}, Tally: map[string]int64{}}
	if ballot != "" {
		r.Ballots["v"], r.Tally[ballot] = ballot, 1
	}
	return r
}

// record is a record without a fault of its own around some casts: so many were
// accepted.
func record(accepted int64, final Reading, casts ...Cast) Record {
	return Record{Casts: casts, Final: []Reading{final}, End: store.Account{Accepted: accepted, Stored: accepted}}
}

func TestJudge(t *testing.T) {
	const end = 1000
	for name, c := range map[string]struct {
		record Record
		want   Kind // "" acquits
	}{
		"nobody voted":                       {record(0, reading(end, "")), ""},
		"the last choice stands":             {record(2, reading(end, "b"), recorded("a", 1, 2), recorded("b", 3, 4)), ""},
		"refused is not there":               {record(1, reading(end, "a"), recorded("a", 1, 2), refused("b", 3, 4)), ""},
		"unknown never arrived":              {record(1, reading(end, "a"), recorded("a", 1, 2), unknown("b", 3, 4)), ""},
		"unknown arrived":                    {record(2, reading(end, "b"), recorded("a", 1, 2), unknown("b", 3, 4)), ""},
		"unknown arrived after a later vote": {record(2, reading(end, "b"), unknown("b", 1, 2), recorded("a", 3, 4)), ""},
		"unknown alone never arrived":        {record(0, reading(end, ""), unknown("b", 1, 2)), ""},
		"a cast on its way while we read":    {record(2, reading(5, "a"), recorded("a", 1, 2), recorded("b", 3, 9)), ""},
		"that was already stored":            {record(2, reading(5, "b"), recorded("a", 1, 2), recorded("b", 3, 9)), ""},

		"the only vote is gone":              {record(1, reading(end, ""), recorded("a", 1, 2)), Lost},
		"all votes are gone":                 {record(2, reading(end, ""), recorded("a", 1, 2), unknown("b", 3, 4)), Lost},
		"the first choice stands":            {record(2, reading(end, "a"), recorded("a", 1, 2), recorded("b", 3, 4)), Stale},
		"a choice in the middle stands":      {record(3, reading(end, "b"), recorded("a", 1, 2), recorded("b", 3, 4), recorded("c", 5, 6)), Stale},
		"neither the last nor the unknown":   {record(3, reading(end, "a"), recorded("a", 1, 2), unknown("b", 3, 4), recorded("c", 5, 6)), Stale},
		"a vote of the future":               {record(2, reading(4, "b"), recorded("a", 1, 2), recorded("b", 7, 8)), Stale},
		"a refused vote stands":              {record(1, reading(end, "b"), recorded("a", 1, 2), refused("b", 3, 4)), Foreign},
		"refused alone stands":               {record(0, reading(end, "b"), refused("b", 3, 4)), Foreign},
		"a ballot that nobody cast":          {record(1, reading(end, "z"), recorded("a", 1, 2)), Foreign},
		"a ballot of somebody unheard of":    {record(0, reading(end, "a")), Foreign},
		"more messages than casts":           {record(3, reading(end, "b"), recorded("a", 1, 2), recorded("b", 3, 4)), Doubled},
		"more messages than recorded and ?":  {record(3, reading(end, "b"), recorded("a", 1, 2), unknown("b", 3, 4)), Doubled},
		"fewer messages than casts":          {record(1, reading(end, "b"), recorded("a", 1, 2), recorded("b", 3, 4)), Lost},
		"the queue is not empty in the end":  {waiting(record(2, reading(end, "b"), recorded("a", 1, 2), recorded("b", 3, 4))), Lost},
		"an accepted vote was called dead":   {dead(record(2, reading(end, "b"), recorded("a", 1, 2), recorded("b", 3, 4))), Lost},
		"the tally counts a voter twice":     {tally(record(1, reading(end, "a"), recorded("a", 1, 2)), "a", 2), Doubled},
		"the tally counts a changed vote":    {tally(record(2, reading(end, "b"), recorded("a", 1, 2), recorded("b", 3, 4)), "a", 1), Doubled},
		"the tally misses a voter":           {tally(record(1, reading(end, "a"), recorded("a", 1, 2)), "a", 0), Doubled},
		"the screen shows more than voted":   {shown(record(1, reading(end, "a"), recorded("a", 1, 2)), 2), Doubled},
		"the screen shows what is there":     {shown(record(1, reading(end, "a"), recorded("a", 1, 2)), 1), ""},
		"an account that did not balance":    {account(record(1, reading(end, "a"), recorded("a", 1, 2)), 5, 3), Unbalanced},
		"an account with more than accepted": {account(record(1, reading(end, "a"), recorded("a", 1, 2)), 3, 5), Unbalanced},
		"an account that balances":           {account(record(1, reading(end, "a"), recorded("a", 1, 2)), 3, 3), ""},
	} {
		t.Run(name, func(t *testing.T) { judged(t, c.record, c.want) })
	}
}

// judged compares the first charge with the wanted one, and wants charges that
// say something.
func judged(t *testing.T, r Record, want Kind) {
	t.Helper()
	v := Judge(r)
	if v.Undecided > 0 {
		t.Errorf("%d histories are undecided", v.Undecided)
	}
	if want == "" {
		if len(v.Charges) > 0 || v.Explained != v.Histories {
			t.Errorf("convicted of %+v; %d of %d histories explained", v.Charges, v.Explained, v.Histories)
		}
		return
	}
	if len(v.Charges) == 0 || v.Charges[0].Kind != want || v.Count(want) == 0 || v.Charges[0].Text == "" {
		t.Errorf("charges %+v; want %s first", v.Charges, want)
	}
}

// What else may be wrong with a record.

func waiting(r Record) Record { r.End.Stored--; r.End.Waiting++; return r }
func dead(r Record) Record    { r.End.Stored--; r.End.Dead++; return r }

func tally(r Record, ballot string, voters int64) Record {
	r.Final[0].Tally[ballot] = voters
	return r
}

func shown(r Record, voters int64) Record { r.Final[0].Shown = &voters; return r }

func account(r Record, accepted, stored int64) Record {
	r.Accounts = []store.Account{{Accepted: accepted, Stored: stored}}
	return r
}

// A voter is charged once, however often it is read, and others are charged too.
func TestOneChargeForEachVoter(t *testing.T) {
	r := record(2, reading(900, ""), recorded("a", 1, 2))
	r.Final = append(r.Final, reading(950, ""))
	w := recorded("a", 1, 2)
	w.Voter = "w"
	r.Casts = append(r.Casts, w)
	v := Judge(r)
	if len(v.Charges) != 2 || v.Count(Lost) != 2 || v.Charges[0].Voter != "v" || v.Charges[1].Voter != "w" {
		t.Errorf("charges %+v", v.Charges)
	}
	if v.Histories != 2 || v.Explained != 0 {
		t.Errorf("%d histories of 2 voters, %d explained", v.Histories, v.Explained)
	}
}

// The same name in another poll is another voter.
func TestPollsAreApart(t *testing.T) {
	other := recorded("b", 3, 4)
	other.Poll = "q"
	r := record(2, reading(900, "a"), recorded("a", 1, 2), other)
	q := reading(900, "b")
	q.Poll = "q"
	r.Final = append(r.Final, q)
	judged(t, r, "")
	r.Final[1].Ballots["v"] = "a"
	judged(t, r, Foreign)
}
