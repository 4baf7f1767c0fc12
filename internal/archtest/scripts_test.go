package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// scriptFolders hold the scripts of pages.
var scriptFolders = []string{"poll/ballotpage/static", "result/static", "admin/static", "internal/ui/static"}

// Where a script shows a text: what it sets, and what it calls. tell shows what comes after
// a name, setAttribute what comes after one of spokenAttributes.
var (
	showingProperties = strings.Fields("textContent innerText innerHTML outerHTML title alt placeholder label ariaLabel ariaDescription data")
	showingCalls      = strings.Fields("append prepend before after replaceChildren replaceWith insertAdjacentText insertAdjacentHTML createTextNode alert confirm prompt put tell stale Option")
)

// unspoken are texts that look like sentences and that nobody reads, and what they are.
var unspoken = map[string]string{
	"use strict":                 "a directive",
	"another page":               "an error that is caught, and never shown",
	"button small":               "classes",
	"dot late":                   "classes",
	"dot lost":                   "classes",
	"mark lead":                  "classes",
	"option rank":                "classes",
	"quiet small":                "classes",
	"zones level":                "classes",
	"Backspace":                  "a key",
	"Delete":                     "a key",
	"Enter":                      "a key",
	"Escape":                     "a key",
	"select[name=rule] optgroup": "a selector",
}

// proseLike is a word that begins with a capital, or two words side by side.
var (
	proseLike = regexp.MustCompile(`^\p{Lu}\p{Ll}+(\s|[.!?…:]|$)|\pL{2,}[,;:.!?…]?\s+\pL{2,}`)
	codeLike  = regexp.MustCompile(`[#>\[{(]|(^|\s)[.:]\pL|\pL(, ?\pL+)+$`) // selectors, media, transforms
)

// What a script shows comes from the message files, as words("a.code"): no sentence is
// written in one, and no text where it is shown.
func TestNoWordsAreWrittenIntoAScript(t *testing.T) {
	seen := 0
	for _, dir := range scriptFolders {
		files, err := filepath.Glob(filepath.Join("../..", dir, "*.js"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			seen++
			for _, text := range scriptedWords(string(source)) {
				if _, ok := unspoken[text]; !ok {
					t.Errorf("%s: %q belongs into internal/i18n", path, text)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d scripts were read", seen)
	}
}

func TestWordsInScriptsAreFound(t *testing.T) {
	const source = "// It's a comment: \"Not this one\"\n" + `
	/* nor "Any of these" */
	e.textContent = "loading";
	e.textContent = words("a.code");
	e.title = late ? "late" : words("b.code");
	e.setAttribute("aria-label", "shut");
	e.setAttribute("data-x", "shut");
	e.append(dot, "open");
	e.replaceChildren(e.querySelector("main").cloneNode(true));
	put(e.querySelector(".votes"), "–");
	const why = "Please wait";
	const regexp = text.replace(/"Quoted text/g, "").split(" ");
	tell("news", ` + "`only ${Math.round(n)} left`, `${n} of ${`all of them`}`" + `);
	e.className = "badge";
	if (event.key === "ArrowRight") fetch("/api/v1/polls", { method: "POST" });
	const part = 4 / 2 / "Half";
	document.querySelector("#said, main p");`
	const want = `loading|late|shut|open|Please wait|only  left|all of them| of |Half`
	if got := strings.Join(scriptedWords(source), "|"); got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

// scriptedWords returns the texts of a script that people would read.
func scriptedWords(source string) (found []string) {
	for _, l := range literals(source) {
		shown := l.shown && wordLike.MatchString(l.text)
		if shown || proseLike.MatchString(l.text) && !codeLike.MatchString(l.text) {
			found = append(found, l.text)
		}
	}
	return found
}

// scriptLiteral is a text in a script, without what a template fills in.
type scriptLiteral struct {
	text  string
	shown bool // where it stands, people see it
}

// tokens of a script: comments, texts, regular expressions where one may stand, names, signs.
var scriptToken = regexp.MustCompile(`(?s)^(?:\s+|//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[\pL_$][\pL\d_$]*|\d[\w.]*|=>|[=!]==?|.)`)

var scriptRegexp = regexp.MustCompile(`^/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*`)

// scriptCall is a call that a place in a script is within, or another pair of brackets.
type scriptCall struct {
	name  string // "" for other brackets
	place int    // commas before
	first string // its first text
}

// scriptReader goes through a script, and knows in which call it is, and what is being set.
type scriptReader struct {
	found []scriptLiteral
	calls []scriptCall
	set   int      // how many brackets were open when a showing property was set; -1 for none
	words []string // the tokens before, without space and comments
}

func literals(source string) []scriptLiteral {
	r := &scriptReader{set: -1}
	r.read(source)
	return r.found
}

// read takes tokens until the source or a template's gap has ended, and returns what is left.
func (r *scriptReader) read(source string) string {
	depth := 0
	for source != "" {
		switch {
		case source[0] == '`':
			source = r.template(source[1:])
			continue
		case source[0] == '}' && depth == 0:
			return source[1:]
		case source[0] == '{':
			depth++
		case source[0] == '}':
			depth--
		}
		token := scriptRegexp.FindString(source)
		if token == "" || strings.HasPrefix(token, "//") || strings.HasPrefix(token, "/*") || !r.mayBeRegexp() {
			token = scriptToken.FindString(source)
		}
		source = source[len(token):]
		r.take(token)
	}
	return ""
}

// mayBeRegexp: behind a value a slash divides.
func (r *scriptReader) mayBeRegexp() bool {
	last := r.before(1)
	return last == "return" || !regexp.MustCompile(`^[\pL\d_$"')\]]`).MatchString(last)
}

// before is the token that many before, "" at the beginning.
func (r *scriptReader) before(n int) string {
	if len(r.words) < n {
		return ""
	}
	return r.words[len(r.words)-n]
}

// template takes a text with gaps, and returns what is behind it.
func (r *scriptReader) template(source string) string {
	text := ""
	for source != "" {
		switch {
		case source[0] == '`':
			r.text(text)
			r.words = append(r.words, `"`)
			return source[1:]
		case strings.HasPrefix(source, "${"):
			source = r.read(source[2:])
		default:
			n := 1
			if source[0] == '\\' {
				n = 2
			}
			text += source[:n]
			source = source[n:]
		}
	}
	return ""
}

func (r *scriptReader) take(token string) {
	switch {
	case strings.TrimSpace(token) == "" || strings.HasPrefix(token, "//") || strings.HasPrefix(token, "/*"):
		return
	case token == "(" || token == "[" || token == "{":
		name := ""
		if token == "(" && regexp.MustCompile(`^[\pL_$]`).MatchString(r.before(1)) {
			name = r.before(1)
		}
		r.calls = append(r.calls, scriptCall{name: name})
	case (token == ")" || token == "]" || token == "}") && len(r.calls) > 0:
		r.calls = r.calls[:len(r.calls)-1]
		if len(r.calls) < r.set {
			r.set = -1
		}
	case token == "=" && r.before(2) == "." && slices.Contains(showingProperties, r.before(1)):
		r.set = len(r.calls)
	case token == "," && len(r.calls) > 0:
		r.calls[len(r.calls)-1].place++
	case token == ";":
		r.set = -1
	case token[0] == '"' || token[0] == '\'':
		r.text(token[1 : len(token)-1])
	}
	r.words = append(r.words, token)
}

// text notes a text, and whether it is shown where it stands.
func (r *scriptReader) text(text string) {
	last := r.before(1)
	compared := last == "===" || last == "!=="
	r.found = append(r.found, scriptLiteral{text: text, shown: r.shows() && !compared})
	if n := len(r.calls); n > 0 && r.calls[n-1].first == "" {
		r.calls[n-1].first = text
	}
}

// shows reports whether people see a text that stands here.
func (r *scriptReader) shows() bool {
	n := len(r.calls)
	if n == 0 || r.set == n {
		return r.set == n
	}
	switch c := r.calls[n-1]; c.name {
	case "": // in brackets, for the order
		return r.set == n-1
	case "setAttribute":
		return slices.Contains(spokenAttributes, strings.TrimPrefix(c.first, "aria-"))
	case "tell":
		return c.place > 0
	default:
		return slices.Contains(showingCalls, c.name)
	}
}
