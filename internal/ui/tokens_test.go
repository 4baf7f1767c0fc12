package ui

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// theme is what the tokens of colours are in one setting of a browser.
type theme map[string]string

// themes reads them from the style sheet: light and dark, each as it is and with more
// contrast, and the copies of dark: for those whose system is dark, and for a part of
// a page that is.
func themes(t *testing.T) map[string]theme {
	t.Helper()
	blocks := map[string]theme{}
	for _, b := range styleRules(t, "static/popeye.css") {
		colours := theme{}
		for name, value := range b.declares {
			if strings.HasPrefix(name, "--") && strings.HasPrefix(value, "#") {
				colours[name] = value
			}
		}
		if len(colours) > 0 {
			blocks[b.within+b.selector] = colours
		}
	}
	const light, dark, part = `:root, [data-theme="light"]`, `:root:not([data-theme="light"])`, `[data-theme="dark"]`
	const inDark, more, moreDark = "@media (prefers-color-scheme: dark)", "@media (prefers-contrast: more)", "@media (prefers-contrast: more) and (prefers-color-scheme: dark)"
	of := func(names ...string) theme {
		all := theme{}
		for _, name := range names {
			if blocks[name] == nil {
				t.Fatalf("no %s in the style sheet", name)
			}
			maps.Copy(all, blocks[name])
		}
		return all
	}
	return map[string]theme{
		"light": of(light), "light, more contrast": of(light, more+light),
		"dark": of(light, inDark+dark), "dark, more contrast": of(light, inDark+dark, more+light, moreDark+dark),
		"dark part": of(light, part), "dark part, more contrast": of(light, part, more+light, more+part),
	}
}

// rule is one of a style sheet.
type rule struct {
	within, selector string // a query of media around it, or ""
	declares         map[string]string
}

var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	spaces  = regexp.MustCompile(`\s+`)
	wraps   = regexp.MustCompile(`^@(media|supports|keyframes)\b`)
)

// styleRules reads a style sheet, of which it knows as much as ours need.
func styleRules(t *testing.T, name string) (all []rule) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	within := ""
	for rest := spaces.ReplaceAllString(comment.ReplaceAllString(string(raw), ""), " "); strings.TrimSpace(rest) != ""; {
		head, after, opens := strings.Cut(rest, "{")
		if before, _, ends := strings.Cut(head, "}"); ends && strings.TrimSpace(before) == "" {
			within, rest = "", rest[len(before)+1:]
			continue
		}
		if !opens {
			t.Fatalf("%s: no block after %q", name, head)
		}
		head = strings.TrimSpace(head)
		if wraps.MatchString(head) {
			within, rest = head, after
			continue
		}
		body, next, closed := strings.Cut(after, "}")
		if !closed {
			t.Fatalf("%s: %q does not end", name, head)
		}
		all = append(all, rule{within, head, declarations(body)})
		rest = next
	}
	return all
}

func declarations(body string) map[string]string {
	all := map[string]string{}
	for _, d := range strings.Split(body, ";") {
		if name, value, ok := strings.Cut(d, ":"); ok {
			all[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return all
}

// grounds are what each token may be text on. Others may not be text at all.
var grounds = map[string][]string{
	"--ink":        {"--ground", "--card", "--accent-soft", "--track", "--hair"},
	"--ink-2":      {"--ground", "--card", "--accent-soft"},
	"--accent":     {"--ground", "--card", "--accent-soft", "--accent-ink"},
	"--accent-ink": {"--accent"},
	"--good":       {"--ground", "--card", "--good-soft"},
	"--bad":        {"--ground", "--card", "--bad-soft"},
	"--warn":       {"--ground", "--card", "--warn-soft"},
	"--card":       {"--good"},
}

// edges are what has to be seen beside what, without being text: borders of what people
// press and fill in, bars in their track, the frame of the focus, states of the line.
var edges = map[string][]string{
	"--line":   {"--ground", "--card"},
	"--accent": {"--ground", "--card", "--track", "--accent-soft"},
	"--calm":   {"--ground", "--card", "--track"},
	"--good":   {"--ground", "--card"},
	"--warn":   {"--ground", "--card"},
	"--bad":    {"--ground", "--card"},
}

// WCAG 2.2, 1.4.3 and 1.4.11; with more contrast asked for, 1.4.6 (7 to 1).
func TestEveryPairOfTokensHasItsContrast(t *testing.T) {
	for name, colours := range themes(t) {
		text := 4.5
		if strings.Contains(name, "more contrast") {
			text = 7
		}
		for pairs, least := range map[*map[string][]string]float64{&grounds: text, &edges: 3} {
			for front, behind := range *pairs {
				for _, back := range behind {
					if got := contrast(colours.colour(t, front), colours.colour(t, back)); got < least {
						t.Errorf("%s: %s (%s) on %s (%s) has %.2f to 1, needs %.1f", name, front, colours[front], back, colours[back], got, least)
					}
				}
			}
		}
	}
}

func (c theme) colour(t *testing.T, token string) rgb {
	t.Helper()
	colour, err := parseColour(c[token])
	if err != nil {
		t.Fatalf("%s: %v", token, err)
	}
	return colour
}

// A part of a page that is dark looks like a page that is.
func TestCopiesOfAThemeAreEqual(t *testing.T) {
	all := themes(t)
	for _, more := range []string{"", ", more contrast"} {
		if !maps.Equal(all["dark"+more], all["dark part"+more]) {
			t.Errorf("dark%s: %v, a part %v", more, all["dark"+more], all["dark part"+more])
		}
	}
	if maps.Equal(all["dark"], all["dark, more contrast"]) || maps.Equal(all["light"], all["dark"]) {
		t.Error("two themes are one")
	}
}

var (
	variable = regexp.MustCompile(`^var\((--[\w-]+)\)$`)
	sideways = regexp.MustCompile(`^(margin|padding|border|inset)?-?(left|right)\b`)
)

// No style sheet sets text in a token, or on one, whose contrast nobody has computed.
func TestStyleSheetsUsePairsThatAreComputed(t *testing.T) {
	seen := 0
	for _, name := range sheets(t) {
		for _, r := range styleRules(t, name) {
			front := variable.FindStringSubmatch(strings.ReplaceAll(r.declares["color"], "--quiet", "--ink-2"))
			if front == nil {
				continue
			}
			seen++
			behind, ok := grounds[front[1]]
			if !ok {
				t.Errorf("%s: %s: %s is not a colour of text", name, r.selector, front[1])
			}
			ground := r.declares["background"]
			if ground == "" {
				ground = r.declares["background-color"]
			}
			if back := variable.FindStringSubmatch(ground); back != nil && !slices.Contains(behind, back[1]) {
				t.Errorf("%s: %s: the contrast of %s on %s is not computed", name, r.selector, front[1], back[1])
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d rules with a colour of text were read", seen)
	}
}

// sheets are the style sheets of all stations.
func sheets(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"static/*.css", "../../*/static/*.css", "../../*/*/static/*.css"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, names...)
	}
	slices.Sort(all)
	if len(all) < 3 {
		t.Fatalf("style sheets found: %v", all)
	}
	return slices.Compact(all)
}

// Pages mirror where a language runs from right to left: no style sheet names a side.
func TestStyleSheetsNameNoSide(t *testing.T) {
	for _, name := range sheets(t) {
		for _, r := range styleRules(t, name) {
			for property, value := range r.declares {
				if sideways.MatchString(property) || (property == "text-align" || property == "float") && sideways.MatchString(value) {
					t.Errorf("%s: %s: %s: %s names a side; use its logical property", name, r.selector, property, value)
				}
			}
		}
	}
}

// apart is the least CIEDE2000 difference between two series of a chart. 2.3 is just
// noticeable; what is told apart across a room needs several times that.
const apart = 15

// stressed is the least difference of the leader from the others, whose letter and
// weight say the same.
const stressed = 12

// The colours of a chart's series stay apart for everybody, and each is seen on the
// page and on a card. So does the one accent from the bars that do not lead.
func TestSeriesStayApartForEveryEye(t *testing.T) {
	for name, colours := range themes(t) {
		series := colours.series(t)
		if len(series) != Series {
			t.Fatalf("%s: %d series, the helpers have %d", name, len(series), Series)
		}
		for kind, by := range eyes {
			closest := 1000.0
			for i, a := range series {
				for _, b := range series[:i] {
					closest = min(closest, difference(a.seen(by).lab(), b.seen(by).lab()))
				}
			}
			t.Logf("%s, %s: the closest two series differ by %.1f", name, kind, closest)
			if closest < apart {
				t.Errorf("%s, %s: two series differ by %.1f only", name, kind, closest)
			}
			if lead := difference(colours.colour(t, "--accent").seen(by).lab(), colours.colour(t, "--calm").seen(by).lab()); lead < stressed {
				t.Errorf("%s, %s: the leader differs from the others by %.1f only", name, kind, lead)
			}
		}
		for i, c := range series {
			for _, back := range []string{"--ground", "--card"} {
				if got := contrast(c, colours.colour(t, back)); got < 3 {
					t.Errorf("%s: series %d on %s has %.2f to 1", name, i+1, back, got)
				}
			}
		}
	}
}

func (c theme) series(t *testing.T) (all []rgb) {
	t.Helper()
	for i := 1; ; i++ {
		token := "--series-" + strconv.Itoa(i)
		if c[token] == "" {
			return all
		}
		all = append(all, c.colour(t, token))
	}
}
