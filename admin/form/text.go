package form

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"popeye/vote"
)

// A new poll is written in one field: the question on the first line, an option on
// each other line, as people paste it from elsewhere.

// split parts what was pasted into a question and options.
func split(text string) (question, options string) {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
	if len(lines) == 0 {
		return "", ""
	}
	return strings.TrimSpace(lines[0]), strings.Join(unmarked(lines[1:]), "\n")
}

// text is what the field shows of a question and options.
func text(question, options string) string {
	return strings.TrimRight(question+"\n"+options, "\n")
}

var (
	bullet   = regexp.MustCompile(`^\s*[-*•–▪◦·]\s+(.*)$`)
	numbered = regexp.MustCompile(`^\s*(\d+)[.)]\s+(.*)$`)
)

// unmarked takes the marks off a list that was pasted with them: every line has a
// bullet, or they are numbered from one on.
func unmarked(lines []string) []string {
	plain := make([]string, len(lines))
	for _, mark := range []*regexp.Regexp{bullet, numbered} {
		marked := len(lines) > 0
		for i, line := range lines {
			m := mark.FindStringSubmatch(line)
			if m == nil || mark == numbered && m[1] != strconv.Itoa(i+1) {
				marked = false
				break
			}
			plain[i] = m[len(m)-1]
		}
		if marked {
			return plain
		}
	}
	return lines
}

// An option is a line: its label and, behind a bar or a tab, its note. A tab is what
// spreadsheets put between two columns. A bar stands between blanks, and behind a label;
// one that belongs to the label has a backslash before it, as \|, so each label can be
// written. A note has no more bars to look for. static/ask.js reads lines alike.

var (
	word = regexp.MustCompile(`[^ \t\x{a0}]+`)
	bars = regexp.MustCompile(`^\\*\|$`)
)

// readLine reads an option's line.
func readLine(line string) (label, note string) {
	var read strings.Builder
	end := 0
	for _, at := range word.FindAllStringIndex(line, -1) {
		blanks, w := line[end:at[0]], line[at[0]:at[1]]
		end = at[1]
		switch {
		case read.Len() == 0:
			read.WriteString(w)
			continue
		case strings.Contains(blanks, "\t"):
			return read.String(), strings.TrimSpace(line[at[0]:])
		case w == "|":
			return read.String(), strings.TrimSpace(line[end:])
		case bars.MatchString(w):
			w = w[1:]
		}
		read.WriteString(blanks + w)
	}
	return read.String(), ""
}

// writeLine writes the line that readLine reads as o.
func writeLine(o vote.Option) string {
	var line strings.Builder
	end := 0
	for i, at := range word.FindAllStringIndex(o.Label, -1) {
		line.WriteString(o.Label[end:at[0]])
		if w := o.Label[at[0]:at[1]]; i > 0 && bars.MatchString(w) {
			line.WriteString(`\`)
		}
		line.WriteString(o.Label[at[0]:at[1]])
		end = at[1]
	}
	line.WriteString(o.Label[end:])
	if o.Note != "" {
		line.WriteString(" | " + o.Note)
	}
	return line.String()
}

// Template is a question with its options to begin with.
type Template struct {
	Name                     string // in an address
	Kind                     vote.Kind
	Title, Question, Options string // codes of messages; the last has a line for each option
}

// Templates are offered beside the form of a new poll.
var Templates = []Template{
	{"yes-no", vote.Single, "admin.template.yes_no", "admin.template.yes_no.question", "admin.template.yes_no.options"},
	{"scale", vote.Single, "admin.template.scale", "admin.template.scale.question", "admin.template.scale.options"},
	{"agree", vote.Single, "admin.template.agree", "admin.template.agree.question", "admin.template.agree.options"},
	{"pace", vote.Single, "admin.template.pace", "admin.template.pace.question", "admin.template.pace.options"},
	{"days", vote.Multiple, "admin.template.days", "admin.template.days.question", "admin.template.days.options"},
}
