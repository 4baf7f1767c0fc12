package judge

import "testing"

// closed is a closing between two readings.
func closed(from int, first string, to int, last string) Closing {
	state := State{"closed", 7}
	return Closing{Poll: "p", First: reading(from, first), Last: reading(to, last), Was: state, Is: state}
}

func TestClosing(t *testing.T) {
	opened, between := closed(10, "a", 20, "a"), closed(10, "a", 20, "a")
	opened.Was.Status, opened.Is.Status = "open", "open"
	between.Is.Revision += 2
	for name, c := range map[string]struct {
		closing Closing
		final   string
		casts   []Cast
		want    Kind
	}{
		"everything recorded before is there":       {closed(10, "a", 20, "a"), "a", []Cast{recorded("a", 1, 2)}, ""},
		"votes go on after it":                      {closed(10, "a", 20, "a"), "b", []Cast{recorded("a", 1, 2), recorded("b", 30, 31)}, ""},
		"votes are refused meanwhile":               {closed(10, "a", 20, "a"), "a", []Cast{recorded("a", 1, 2), refused("b", 12, 13)}, ""},
		"a cast waited from before, and was in":     {closed(10, "a", 20, "a"), "a", []Cast{recorded("a", 5, 15)}, ""},
		"a cast waited until it was open again":     {closed(10, "", 20, ""), "a", []Cast{recorded("a", 15, 25)}, ""},
		"unknown, and seen in both":                 {closed(10, "b", 20, "b"), "b", []Cast{recorded("a", 1, 2), unknown("b", 3, 4)}, ""},
		"unknown, and arrived after it opened":      {closed(10, "a", 20, "a"), "b", []Cast{recorded("a", 1, 2), unknown("b", 3, 4)}, ""},
		"a vote recorded before is not there":       {closed(10, "", 20, ""), "a", []Cast{recorded("a", 1, 2)}, Lost},
		"a vote recorded before is not there yet":   {closed(10, "", 20, "a"), "a", []Cast{recorded("a", 1, 2)}, Moved},
		"an earlier choice, mended later":           {closed(10, "a", 20, "a"), "b", []Cast{recorded("a", 1, 2), recorded("b", 3, 4)}, Stale},
		"a ballot changes meanwhile":                {closed(10, "a", 20, "b"), "b", []Cast{recorded("a", 1, 2), unknown("b", 3, 4)}, Moved},
		"a vote is recorded meanwhile":              {closed(10, "a", 20, "a"), "b", []Cast{recorded("a", 1, 2), recorded("b", 12, 13)}, Late},
		"it opened though nobody asked":             {opened, "a", []Cast{recorded("a", 1, 2)}, Moved},
		"it opened and closed, and nobody asked":    {between, "a", []Cast{recorded("a", 1, 2)}, Moved},
		"seen when closed, gone in the end":         {closed(10, "b", 20, "b"), "a", []Cast{recorded("a", 1, 2), unknown("b", 3, 4)}, Disordered},
		"an unknown one seen, and back later":       {closed(10, "a", 20, "a"), "a", []Cast{unknown("a", 1, 2), recorded("c", 30, 31)}, Disordered},
		"two unknown, seen in turn":                 {closed(10, "b", 20, "b"), "c", []Cast{recorded("a", 1, 2), unknown("b", 3, 4), unknown("c", 5, 6)}, ""},
		"an unknown one seen, and a later recorded": {closed(10, "b", 20, "b"), "c", []Cast{unknown("b", 3, 4), recorded("c", 30, 31)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var accepted int64
			for _, cast := range c.casts {
				if cast.Answer == Recorded {
					accepted++
				}
			}
			r := record(accepted, reading(1000, c.final), c.casts...)
			r.Closings = []Closing{c.closing}
			judged(t, r, c.want)
		})
	}
}
