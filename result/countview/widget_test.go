package countview

import (
	"reflect"
	"testing"

	"popeye/vote"
)

// Every kind has a widget, and every widget has all of its functions.
func TestEveryKindHasAWidget(t *testing.T) {
	if len(widgets) != len(vote.Kinds) {
		t.Errorf("%d widgets for %d kinds", len(widgets), len(vote.Kinds))
	}
	for _, kind := range vote.Kinds {
		w, ok := widgets[kind]
		if !ok {
			t.Errorf("no widget for %s", kind)
		}
		for f, v := range reflect.ValueOf(w).Fields() {
			if v.IsNil() {
				t.Errorf("the widget for %s has no %s", kind, f.Name)
			}
		}
	}
}
