package i18n

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScriptedKeepsGapsAndForms(t *testing.T) {
	want := map[string]map[string]string{
		"ballot.empty": {"other": "Nothing is chosen."},
		"ballot.multiple.exactly": {
			"one":   "Choose {{.Count}} option. You chose {{.Chosen}}.",
			"other": "Choose {{.Count}} options. You chose {{.Chosen}}.",
		},
	}
	if d := cmp.Diff(want, English.Scripted("ballot.empty", "ballot.multiple.exactly")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
