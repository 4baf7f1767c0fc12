package ui

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"popeye/internal/i18n"
)

// A script shows the same sentences as the server, in all plural forms.
func TestScriptsShowTheServersSentences(t *testing.T) {
	const code = "result.turnout"
	source, err := shared.ReadFile("static/words.js")
	if err != nil {
		t.Fatal(err)
	}
	messages, err := json.Marshal(i18n.English.Scripted(append(numberWords, code, "result.live")...))
	if err != nil {
		t.Fatal(err)
	}
	page, _ := json.Marshal(string(messages))
	cmd := exec.CommandContext(t.Context(), "node", "-")
	cmd.Stdin = strings.NewReader(
		`const navigator = { languages: ["en-GB"] }; const document = { documentElement: { lang: "en" }, querySelector: () => ({ dataset: { messages: ` + string(page) + ` } }) };` + "\n" +
			strings.Replace(string(source), `"use strict";`, "", 1) +
			`console.log(JSON.stringify([0, 1, 2, 1000].map((n) => words("result.turnout", { Count: n, Number: n })).concat(words("result.live"))));`)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("node (the tests need Node.js): %v\n%s", err, &problems)
	}
	var got []string
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for i, n := range []int{0, 1, 2, 1000} {
		if want := i18n.English.Text(code, map[string]any{"Count": n, "Number": n}); got[i] != want {
			t.Errorf("of %d the script says %q, the server %q", n, got[i], want)
		}
	}
	if want := i18n.English.Text("result.live", nil); got[4] != want {
		t.Errorf("the script says %q, the server %q", got[4], want)
	}
}
