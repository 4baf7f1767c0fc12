package vote

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Every pair of statuses: what may follow what, and nothing else.
func TestStatusTo(t *testing.T) {
	all := []Status{Draft, Open, Closing, Closed, "", "deleted"}
	may := map[[2]Status]bool{
		{Draft, Open}:     true,
		{Open, Closing}:   true,
		{Closing, Closed}: true,
		{Closing, Open}:   true,
		{Closed, Open}:    true,
	}
	for _, from := range all {
		for _, to := range all {
			want := from == to || may[[2]Status{from, to}]
			got, err := from.To(to)
			switch {
			case want && (err != nil || got != to):
				t.Errorf("%q to %q: got %q, %v", from, to, got, err)
			case !want && (!errors.Is(err, ErrInvalid) || got != from):
				t.Errorf("%q to %q: got %q, %v; want it refused", from, to, got, err)
			}
		}
	}
	_, err := Draft.To(Closed)
	if want := `invalid: status.change Next="closed" Status="draft"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestStatusStores(t *testing.T) {
	for status, want := range map[Status]bool{Draft: false, Open: true, Closing: true, Closed: false, "": false} {
		if got := status.Stores(); got != want {
			t.Errorf("%q stores: %v", status, got)
		}
	}
}

// Moments of the schedules below: an hour and a microsecond around noon.
var (
	noon   = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	never  = time.Time{}
	past   = noon.Add(-time.Hour)
	just   = noon.Add(-time.Microsecond)
	soon   = noon.Add(time.Microsecond)
	future = noon.Add(time.Hour)
)

// timed is a poll with a schedule.
func timed(s Status, opens, closes time.Time) Poll {
	p := tea(Single)
	p.Status, p.OpensAt, p.ClosesAt = s, opens, closes
	return p
}

func TestDue(t *testing.T) {
	tests := []struct {
		name    string
		p, want Poll // at noon; want is p if nothing is due
		next    time.Time
	}{
		{"a draft without a schedule", timed(Draft, never, never), timed(Draft, never, never), never},
		{"a draft before its time", timed(Draft, soon, never), timed(Draft, soon, never), soon},
		{"a draft at its time", timed(Draft, noon, never), timed(Open, never, never), noon},
		{"a draft after its time", timed(Draft, past, future), timed(Open, never, future), past},
		{"a draft whose whole time went by", timed(Draft, past, just), timed(Draft, never, never), past},
		{"a draft whose time ends now", timed(Draft, past, noon), timed(Draft, never, never), past},
		{"a draft that only closes", timed(Draft, never, past), timed(Draft, never, past), never},
		{"an open poll without a schedule", timed(Open, never, never), timed(Open, never, never), never},
		{"an open poll before its end", timed(Open, never, soon), timed(Open, never, soon), soon},
		{"an open poll at its end", timed(Open, never, noon), timed(Closing, never, noon), noon},
		{"an open poll after its end", timed(Open, never, past), timed(Closing, never, past), past},
		{"a closing poll", timed(Closing, past, future), timed(Closing, past, future), never},
		{"a closed poll, with the time that closed it", timed(Closed, never, past), timed(Closed, never, past), never},
		{"a closed poll that opens again", timed(Closed, just, never), timed(Open, never, never), just},
		{"a closed poll whose whole time went by", timed(Closed, past, just), timed(Closed, never, never), past},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.p.NextDue(); !got.Equal(tt.next) {
				t.Errorf("next due at %v, want %v", got, tt.next)
			}
			got, changed := tt.p.Due(noon)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if want := !cmp.Equal(tt.p, tt.want); changed != want {
				t.Errorf("changed: %v, want %v", changed, want)
			}
		})
	}
}

// Whoever wakes at NextDue, whenever that really is, ends with a poll that has
// nothing more to do: a worker that follows the schedule comes to rest.
func TestDueComesToRest(t *testing.T) {
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		n := rapid.Int64Range(-3, 3).Draw(t, "minutes from noon")
		if rapid.Bool().Draw(t, "never") {
			return never
		}
		return noon.Add(time.Duration(n) * time.Minute)
	})
	rapid.Check(t, func(t *rapid.T) {
		p := timed(rapid.SampledFrom([]Status{Draft, Open, Closing, Closed}).Draw(t, "status"),
			moment.Draw(t, "opens"), moment.Draw(t, "closes"))
		valid, now := p.Validate() == nil, noon.Add(-time.Hour)
		for steps := 0; ; steps++ {
			next := p.NextDue()
			if next.IsZero() {
				return
			}
			if steps == 2 { // open, close
				t.Fatalf("a third step is due: %+v", p)
			}
			if next.After(now) {
				if q, early := p.Due(next.Add(-time.Microsecond)); early {
					t.Fatalf("%+v became %+v before its time", p, q)
				}
				now = next
			}
			now = now.Add(time.Duration(rapid.Int64Range(0, 4).Draw(t, "minutes late")) * time.Minute)
			q, due := p.Due(now)
			if _, err := p.Status.To(q.Status); !due || err != nil || valid && q.Validate() != nil {
				t.Fatalf("at %v %+v became %+v, %v", now, p, q, due)
			}
			p = q
		}
	})
}

func TestSchedule(t *testing.T) {
	tests := []struct {
		name string
		p    Poll
		want Schedule // at noon
	}{
		{"a draft", timed(Draft, never, never), Schedule{}},
		{"a draft that opens", timed(Draft, soon, never), Schedule{Opens: soon}},
		{"a draft that opens and closes", timed(Draft, soon, future), Schedule{Opens: soon, Closes: future}},
		{"a draft that should have opened", timed(Draft, past, future), Schedule{Opens: past, Closes: future}},
		{"a draft that only closes", timed(Draft, never, soon), Schedule{Closes: soon}},
		{"a draft whose end went by", timed(Draft, never, past), Schedule{}},
		{"an open poll", timed(Open, never, never), Schedule{}},
		{"an open poll that closes", timed(Open, never, soon), Schedule{Closes: soon}},
		{"an open poll that nobody has closed yet", timed(Open, never, noon), Schedule{Closed: noon}},
		{"a closing poll", timed(Closing, never, noon), Schedule{Closed: noon}},
		{"a closed poll", timed(Closed, never, past), Schedule{Closed: past}},
		{"a closed poll that was closed by hand", timed(Closed, never, never), Schedule{}},
		{"a closed poll that opens again", timed(Closed, soon, future), Schedule{Opens: soon, Closes: future}},
		{"a closed poll with an end, should it open", timed(Closed, never, future), Schedule{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.p.Schedule(noon)
			if diff := cmp.Diff(tt.want, got); diff != "" || got.None() != cmp.Equal(got, Schedule{}) {
				t.Errorf("none: %v (-want +got):\n%s", got.None(), diff)
			}
		})
	}
}

func TestByHand(t *testing.T) {
	tests := []struct {
		name    string
		p, want Poll
		err     bool
	}{
		{"a draft opens before its time", timed(Draft, soon, future), timed(Open, never, future), false},
		{"a draft opens after the time that was its end", timed(Draft, never, past), timed(Open, never, never), false},
		{"a closed poll opens after its end", timed(Closed, never, past), timed(Open, never, never), false},
		{"a closing poll opens after its end", timed(Closing, never, noon), timed(Open, never, never), false},
		{"an open poll stays open past its end", timed(Open, never, noon), timed(Open, never, never), false},
		{"an open poll keeps its end", timed(Open, never, soon), timed(Open, never, soon), false},
		{"an open poll is closed before its end", timed(Open, never, soon), timed(Closing, never, never), false},
		{"an open poll is closed after its end", timed(Open, never, past), timed(Closing, never, past), false},
		{"a closing poll keeps the next time", timed(Closing, soon, future), timed(Closing, soon, future), false},
		{"a draft can not be closed", timed(Draft, soon, future), timed(Draft, soon, future), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			to := tt.want.Status
			if tt.err {
				to = Closing
			}
			got, err := tt.p.ByHand(to, noon)
			if diff := cmp.Diff(tt.want, got); diff != "" || errors.Is(err, ErrInvalid) != tt.err {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestWithoutPastClose(t *testing.T) {
	for closes, want := range map[time.Time]time.Time{never: never, past: never, noon: never, soon: soon} {
		got := timed(Closed, future, closes).WithoutPastClose(noon)
		if diff := cmp.Diff(timed(Closed, future, want), got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestAhead(t *testing.T) {
	tests := []struct {
		name   string
		old, p Poll
		err    string
	}{
		{"no schedule", timed(Draft, never, never), timed(Draft, never, never), ""},
		{"times to come", timed(Draft, never, never), timed(Draft, soon, future), ""},
		{"to open in the past", timed(Draft, never, never), timed(Draft, past, future), "schedule.past"},
		{"to open now", timed(Draft, future, never), timed(Draft, noon, never), "schedule.past"},
		{"to close in the past", timed(Open, never, future), timed(Open, never, past), "schedule.past"},
		{"a past that was there before", timed(Closed, never, past), timed(Closed, never, past), ""},
		{"a past that is taken away", timed(Closed, never, past), timed(Closed, never, never), ""},
		{"another past", timed(Closed, never, past), timed(Closed, never, just), "schedule.past"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.p.Ahead(tt.old, noon)
			if tt.err == "" && err != nil || tt.err != "" && !broke(err, tt.err) {
				t.Errorf("got %v, want %q", err, tt.err)
			}
		})
	}
}

func TestZonesAreThoseOfTheList(t *testing.T) {
	for _, name := range []string{"", "UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+5"} {
		p := tea(Single)
		p.TimeZone = name
		if err := p.Validate(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"Local", "right/Europe/Paris", "posix/Europe/Paris", "Europe/Nowhere", "../etc/passwd", "Europe/../Europe/Paris", "localtime", "Paris", " ", "Europe/Paris\x00"} {
		p := tea(Single)
		p.TimeZone = name
		if err := p.Validate(); !broke(err, "poll.time_zone") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// The schedule is told where the organiser is.
func TestAScheduleIsToldInThePollsZone(t *testing.T) {
	p := timed(Draft, noon.Add(time.Hour), noon.Add(2*time.Hour))
	p.TimeZone = "America/New_York"
	s := p.Schedule(noon)
	if got := s.Opens.Format("15:04 MST"); got != "09:00 EDT" || !s.Opens.Equal(p.OpensAt) || !s.Closed.IsZero() {
		t.Errorf("it opens at %s, closed at %v", got, s.Closed)
	}
	if !timed(Draft, never, never).Schedule(noon).None() {
		t.Error("there is something to tell of no schedule")
	}
}
