package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// The command needs no data folder, and says where a bad file is bad.
func TestCount(t *testing.T) {
	elections, err := filepath.Abs("../../count/testdata/elections")
	if err != nil {
		t.Fatal(err)
	}
	elections += "/"
	t.Chdir(t.TempDir())
	none := func(string) string { return "" }
	var out bytes.Buffer
	err = run(t.Context(), []string{"count", "--json", elections + "uk-labour-2010-mps.soi"}, none, &out, &out)
	if err != nil || !strings.HasPrefix(out.String(), `{"rule":"irv/1","seats":1,"voters":266,`) || !strings.Contains(out.String(), `"winners":["d"]`) {
		t.Errorf("%v, %s", err, &out)
	}
	out.Reset()
	err = run(t.Context(), []string{"count", "--format=blt", elections + "star-skins.csv"}, none, &out, &out)
	if err == nil || !strings.Contains(err.Error(), "star-skins.csv: line 1, column 1: ") || out.Len() > 0 {
		t.Errorf("%v, %q", err, &out)
	}
}
