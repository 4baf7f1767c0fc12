package export

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"popeye/vote"
)

// A CSV file is a header, and a ballot on each line, which is one of
//
//	count,rank1,rank2,...     names of options; "undervote", "overvote" or nothing: blank
//	count,Amy,Bob,...         points of the options; nothing: unrated
//
// or it is a file of ours. Without the column of counts, which may have another usual
// name, ranks are of one voter a line. Columns are parted by commas, or else by semicolons or
// tabs, whichever is in the header. Lines that begin with # are comments.
//
// Several marks at one place, an overvote, say of no option that it is preferred: they are
// passed over as a blank place is, and options behind them move up.
func (f *reading) readCSV() error {
	if string(bytes.TrimRight(f.line, ",;\t ")) == "# "+signature {
		return f.ownCSV()
	}
	for f.line[0] == '#' {
		if more, err := f.content(); err != nil {
			return err
		} else if !more {
			return &Error{Problem: "the file has only comments"}
		}
	}
	h, err := f.header()
	if err != nil {
		return err
	}
	for {
		more, err := f.content()
		switch {
		case err != nil:
			return err
		case !more && h.ranks && !h.named && len(f.named) > 0 && !strings.HasPrefix(strings.ToLower(h.word), "rank"):
			return &Error{1, 0, quoteText(h.word) + " may be a rank or an option that gets points: call it rank1, or options by other names"}
		case !more:
			return nil
		}
		if f.line[0] == '#' {
			continue
		}
		if err := f.csvBallot(h); err != nil {
			return err
		}
	}
}

// header says what the columns hold.
type header struct {
	separator byte
	counted   bool // the first has the number of voters
	ranks     bool // the others have names, else points
	columns   int
	places    map[string]int // ranked: where an option stands
	word      string         // ranked: what the first column is called
	named     bool           // ranked: some option is no number
	cells     []field        // of a line, to be used again
}

var (
	counts = []string{"count", "counts", "voters", "votes", "ballots", "number", "num", "n", "weight", "multiplicity", "total"}
	ranks  = regexp.MustCompile(`^(?:(?:rank|choice|preference|pref|place)[ _-]?([0-9]+)|([0-9]+)(?:st|nd|rd|th)(?:[ _-]?(?:rank|choice|preference|pref|place))?)$`)
)

// header reads the first line.
func (f *reading) header() (h *header, err error) {
	h = &header{separator: separator(f.line), places: map[string]int{}}
	cells, err := f.split(nil, h.separator)
	if err != nil {
		return nil, err
	}
	for len(cells) > 1 && len(cells[len(cells)-1].text) == 0 {
		cells = cells[:len(cells)-1]
	}
	cells = slices.Clone(cells)
	if h.columns = len(cells); h.columns > maxOptions+1 {
		return nil, f.wrong(cells[maxOptions+1].at, "there are more than %d columns", maxOptions+1)
	}
	if h.counted = slices.Contains(counts, strings.ToLower(string(cells[0].text))); h.counted {
		cells = cells[1:]
	}
	if len(cells) == 0 {
		return nil, f.wrong(len(f.line), "the header has no column of ranks or options, as in count,rank1,rank2 or count,Amy,Bob")
	}
	h.ranks, h.word = rankOf(cells[0]) > 0, string(cells[0].text)
	if !h.counted && !h.ranks {
		return nil, f.wrong(0, `the first column is called "count", not %s: the number of voters`, quoteText(cells[0].text))
	}
	last := 0
	for _, c := range cells {
		switch rank := rankOf(c); {
		case h.ranks && rank <= last:
			return nil, f.wrong(c.at, "the column of the next rank was expected, not %s", quoteText(c.text))
		case h.ranks:
			last = rank
		case len(c.text) == 0:
			return nil, f.wrong(c.at, "the column has no name")
		default:
			if err := f.csvOption(h, c); err != nil {
				return nil, err
			}
		}
	}
	if !h.ranks {
		f.file.Election.Kind = vote.Score
		f.file.Election.Min = maxPoints
	}
	return h, nil
}

// separator returns what parts the cells of a header: a comma, unless it has none.
func separator(line []byte) byte {
	quotes := false
	found := map[byte]bool{}
	for _, c := range line {
		if c == '"' {
			quotes = !quotes
		}
		found[c] = found[c] || !quotes
	}
	for _, c := range []byte{',', ';', '\t'} {
		if found[c] {
			return c
		}
	}
	return ','
}

// rankOf returns the number of a column of ranks; 0 if it is none.
func rankOf(c field) int {
	m := ranks.FindStringSubmatch(strings.ToLower(string(c.text)))
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1] + m[2])
	return n
}

// csvOption adds an option that the header names.
func (f *reading) csvOption(h *header, c field) error {
	label, err := f.name(c.text, c.at)
	if err != nil {
		return err
	}
	if _, twice := h.places[label]; twice {
		return f.wrong(c.at, "%s is the name of two columns", quoteText(label))
	}
	h.places[label] = f.option(label)
	return nil
}

// field is a cell of a line, and where it begins.
type field struct {
	text []byte // without blanks around it
	raw  []byte // with them
	at   int
}

// split cuts the line into cells. A text in quotes may have separators in it, and quotes
// written twice, but it ends on its line.
func (f *reading) split(cells []field, separator byte) ([]field, error) {
	line := f.line
	for at := 0; ; at++ {
		for at < len(line) && (line[at] == ' ' || line[at] == '\t' && separator != '\t') {
			at++
		}
		begin := at
		if at < len(line) && line[at] == '"' {
			text, end := unquoteCell(line[at:])
			if end == 0 {
				return nil, f.wrong(at, "the quotes are not closed on this line")
			}
			at += end
			rest := bytes.IndexByte(line[at:], separator)
			if rest < 0 {
				rest = len(line) - at
			}
			if len(bytes.TrimSpace(line[at:at+rest])) > 0 {
				return nil, f.wrong(at, "text behind the quotes")
			}
			at += rest
			cells = append(cells, field{bytes.TrimSpace(text), text, begin})
		} else {
			end := bytes.IndexByte(line[at:], separator)
			if end < 0 {
				end = len(line) - at
			}
			at += end
			cells = append(cells, field{bytes.TrimSpace(line[begin:at]), line[begin:at], begin})
		}
		if at >= len(line) {
			return cells, nil
		}
	}
}

// unquoteCell returns the text in quotes with which raw begins, and where it ends; 0 if it
// does not.
func unquoteCell(raw []byte) (text []byte, end int) {
	first := bytes.IndexByte(raw[1:], '"')
	if first >= 0 && (first+2 == len(raw) || raw[first+2] != '"') {
		return raw[1 : first+1], first + 2 // mostly there is none in it
	}
	for i := 1; i < len(raw); i++ {
		switch {
		case raw[i] != '"':
			text = append(text, raw[i])
		case i+1 < len(raw) && raw[i+1] == '"':
			i++
			text = append(text, '"')
		default:
			return text, i + 1
		}
	}
	return nil, 0
}

// csvBallot reads a line.
func (f *reading) csvBallot(h *header) (err error) {
	if h.cells, err = f.split(h.cells[:0], h.separator); err != nil {
		return err
	}
	cells := h.cells
	for len(cells) > h.columns {
		last := cells[len(cells)-1]
		if len(last.text) > 0 {
			return f.wrong(last.at, "the line has %d cells, and the header %d", len(cells), h.columns)
		}
		cells = cells[:len(cells)-1]
	}
	if len(cells) < h.columns && !h.ranks {
		return f.wrong(len(f.line), "the line has %d cells, and the header %d", len(cells), h.columns)
	}
	voters := int64(1)
	if h.counted {
		if voters, err = f.voters(cells[0].text, cells[0].at); err != nil {
			return err
		}
		cells = cells[1:]
	}
	f.begin()
	if !h.ranks {
		return f.csvPoints(cells, voters)
	}
	over := false
	for _, c := range cells {
		switch f.place(); {
		case len(c.text) == 0 || isWord(c.text, "undervote") || isWord(c.text, "skipped"):
			continue
		case isWord(c.text, "overvote"):
			over = true
			continue
		}
		option, known := h.places[string(c.text)]
		if !known {
			_, number := digits(c.text, maxPoints)
			h.named = h.named || !number
			if len(f.named) == maxOptions {
				return f.wrong(c.at, "there are more than %d options", maxOptions)
			}
			if err := f.csvOption(h, c); err != nil {
				return err
			}
			option = len(f.named) - 1
			h.places[string(c.text)] = option // in Windows-1252, it has two spellings
		}
		f.rank(option)
	}
	if over && len(f.marks) == 0 { // nothing on it can be read
		f.file.Invalid += voters
		voters = 0
	}
	return f.end(voters)
}

func isWord(text []byte, word string) bool {
	return len(text) == len(word) && strings.EqualFold(string(text), word)
}

// csvPoints reads the points of all options.
func (f *reading) csvPoints(cells []field, voters int64) error {
	e := &f.file.Election
	for option, c := range cells {
		if len(c.text) == 0 {
			continue
		}
		n, ok := digits(c.text, maxPoints)
		if !ok {
			return f.wrong(c.at, "%s is not a number of points, a whole one up to %d; columns of ranks are called rank1, rank2 ...",
				quoteText(c.text), maxPoints)
		}
		f.mark(option, int(n))
		e.Min, e.Max = min(e.Min, int(n)), max(e.Max, int(n))
	}
	return f.end(voters)
}
