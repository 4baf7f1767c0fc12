package countview

import (
	"testing"

	"popeye/count"
	"popeye/vote"
)

// An option has the same mark in the drawing of rounds as beside its bar, though those
// before it have withdrawn and are not counted.
func TestMarksAreThoseOfThePoll(t *testing.T) {
	all := []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}, {ID: "c", Label: "Salad"}}
	v := View{}
	for _, o := range all {
		v.Options = append(v.Options, count.Option{Option: o})
	}
	o := v.outcome(&count.Result{Options: all[1:]})
	for id, want := range map[string]string{"a": "A", "b": "B", "c": "C"} {
		if got := o.letter(id); got != want {
			t.Errorf("the mark of %s is %q, want %q", id, got, want)
		}
	}
}
