package result

import (
	"regexp"
	"slices"
	"testing"

	"popeye/internal/i18n"
)

var scriptCode = regexp.MustCompile("(?:words|sentence)\\(([\"`])([^\"`]+)[\"`]")

// The page brings every message that its script shows, and no message that there
// is not.
func TestPageBringsTheWordsOfItsScript(t *testing.T) {
	var source []byte
	for _, name := range pageScripts {
		part, err := embedded.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, part...)
	}
	calls := scriptCode.FindAllStringSubmatch(string(source), -1)
	if len(calls) < 10 {
		t.Fatalf("found %d calls", len(calls))
	}
	brought := append([]string{"number.percent", "number.percent_less", "number.percent_more"}, scriptWords...) // those every page brings
	for _, c := range calls {
		if c[1] == `"` && !slices.Contains(brought, c[2]) {
			t.Errorf("the script shows %s, which the page does not bring", c[2])
		}
	}
	for code, forms := range i18n.English.Scripted(scriptWords...) {
		if forms["other"] == "" {
			t.Errorf("there is no message %s", code)
		}
	}
}
