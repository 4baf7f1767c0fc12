package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"popeye/count"
	"popeye/vote"
)

// ownCSV reads a CSV of ours, also one that a spreadsheet has saved.
func (f *reading) ownCSV() error {
	var d definition
	for {
		more, err := f.content()
		if err != nil {
			return err
		}
		if !more {
			return f.wrongLine("the file ends before its header: voters,ballot")
		}
		if f.line[0] != '#' && f.line[0] != '"' {
			break
		}
		line, err := f.definitionLine()
		if err == nil {
			if err = d.set(line); err != nil {
				err = f.wrongLine("%v", err)
			}
		}
		if err != nil {
			return err
		}
	}
	p, err := d.poll()
	if err != nil {
		return err
	}
	between := separator(f.line)
	cells, err := f.split(nil, between)
	if err != nil {
		return err
	}
	if len(cells) < 2 || string(cells[0].text) != ownHeader[0] || string(cells[1].text) != ownHeader[1] {
		return f.wrong(0, "the header voters,ballot was expected")
	}
	reader := f.ownPoll(p)
	for {
		more, err := f.content()
		if err != nil || !more {
			return err
		}
		if cells, err = f.split(cells[:0], between); err != nil {
			return err
		}
		for len(cells) > 2 && len(cells[len(cells)-1].text) == 0 { // as a spreadsheet adds them
			cells = cells[:len(cells)-1]
		}
		if len(cells) != 2 {
			return f.wrong(0, "the line has %d cells instead of two", len(cells))
		}
		voters, err := f.voters(cells[0].text, cells[0].at)
		if err == nil {
			err = f.ownBallot(reader, p, vote.Ballot(text(string(cells[1].raw))), voters)
		}
		if err != nil {
			return err
		}
	}
}

// definitionLine returns a line of what a file of ours says of its poll: a name, and its
// values.
func (f *reading) definitionLine() ([]string, error) {
	cells, err := f.split(nil, separator(f.line))
	if err != nil {
		return nil, err
	}
	begins, is := bytes.CutPrefix(cells[0].text, []byte("#"))
	if !is {
		return nil, f.wrong(0, "a line of what the file says of its poll was expected, as in # kind,ranked")
	}
	line := []string{string(bytes.TrimSpace(begins))}
	for _, c := range cells[1:] {
		line = append(line, text(string(c.raw)))
	}
	values := valuesOf(line[0])
	for len(line) <= values { // a spreadsheet leaves out empty cells at the end
		line = append(line, "")
	}
	for len(line) > values+1 && line[len(line)-1] == "" { // or adds some
		line = line[:len(line)-1]
	}
	return line, nil
}

// ownPoll makes the file that of a poll, and returns what reads its ballots.
func (f *reading) ownPoll(p vote.Poll) *vote.Reader {
	f.file.Title, f.file.Own, f.file.Rule = p.Question, true, p.CountedBy()
	f.file.Withdrawn, f.file.Election = p.Withdrawn, count.ElectionOf(p)
	return p.Reader()
}

// ownBallot adds a ballot as a poll counts it.
func (f *reading) ownBallot(r *vote.Reader, p vote.Poll, b vote.Ballot, voters int64) error {
	f.marks = append(f.marks[:0], r.Read(b)...)
	if len(f.marks) == 0 && !p.Abstains(b) {
		f.file.Invalid += voters
		voters = 0
	}
	return f.end(voters)
}

// readJSON reads a JSON of ours. Its fields may come in any order, so the ballots wait
// until all is known of the poll.
func readJSON(r io.Reader) (*File, error) {
	o := &object{lines: &lineCounter{r: bounded(r)}}
	o.d = json.NewDecoder(o.lines)
	o.d.DisallowUnknownFields()
	if err := o.read(); err != nil {
		return nil, o.place(err)
	}
	p, err := o.def.poll()
	if err != nil {
		return nil, err
	}
	f := newReading(strings.NewReader(""))
	reader := f.ownPoll(p)
	for i, row := range o.rows {
		if err := f.ownBallot(reader, p, row.Ballot, row.Voters); err != nil {
			return nil, err
		}
		o.rows[i] = ownRow{}
	}
	return f.done(), nil
}

// object is a JSON of ours that is being read.
type object struct {
	lines *lineCounter
	d     *json.Decoder
	def   definition
	rows  []ownRow
}

// ownRow is row, as it is read.
type ownRow row

// UnmarshalJSON wants both fields, and a positive number.
func (r *ownRow) UnmarshalJSON(raw []byte) error {
	var given struct {
		Ballot *vote.Ballot `json:"ballot"`
		Voters int64        `json:"voters"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&given); err != nil || given.Ballot == nil || given.Voters < 1 || given.Voters > maxVoters {
		return fmt.Errorf(`%s is no ballot of a tally, as in {"ballot":"a","voters":3}`, quoteText(raw))
	}
	*r = ownRow{*given.Ballot, given.Voters}
	return nil
}

func (o *object) read() error {
	if err := o.open('{', "an object of ours begins with {"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for o.d.More() {
		token, err := o.d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		if seen[name] {
			return fmt.Errorf("the field %q is there twice", name)
		}
		seen[name] = true
		if name == "ballots" {
			err = o.ballots()
		} else {
			err = o.field(name)
		}
		if err != nil {
			return err
		}
	}
	if _, err := o.d.Token(); err != nil {
		return err
	}
	if !seen["ballots"] {
		return errors.New(`the field "ballots" is missing`)
	}
	if _, err := o.d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the object")
	}
	return nil
}

// open reads the sign that begins a list or an object.
func (o *object) open(sign json.Delim, problem string) error {
	token, err := o.d.Token()
	if err == nil && token != sign {
		err = errors.New(problem)
	}
	return err
}

// field reads what the object says of the poll.
func (o *object) field(name string) error {
	var value json.RawMessage
	if err := o.d.Decode(&value); err != nil {
		return err
	}
	key, err := json.Marshal(name)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(slices.Concat([]byte("{"), key, []byte(":"), value, []byte("}"))))
	d.DisallowUnknownFields()
	if err := d.Decode(&o.def); err != nil {
		if strings.Contains(err.Error(), "unknown field") {
			return fmt.Errorf("the field %q is not known: this is no file of ours, or a newer popeye made it", name)
		}
		return fmt.Errorf("the field %q can't be read: %w", name, err)
	}
	return nil
}

func (o *object) ballots() error {
	if err := o.open('[', `"ballots" is a list`); err != nil {
		return err
	}
	for o.d.More() {
		if len(o.rows) == maxBallots {
			return fmt.Errorf("there are more than %d ballots", maxBallots)
		}
		var r ownRow
		if err := o.d.Decode(&r); err != nil {
			return err
		}
		o.rows = append(o.rows, r)
		o.lines.forget(o.d.InputOffset())
	}
	_, err := o.d.Token()
	return err
}

// place says where in the file an error is.
func (o *object) place(err error) error {
	if errors.Is(err, errSize) {
		return err
	}
	at := o.d.InputOffset()
	problem := err.Error()
	if syntax, is := errors.AsType[*json.SyntaxError](err); is {
		at = max(at, syntax.Offset-1)
		problem = "this is no JSON from here on"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		problem = "the file ends before the object does"
	}
	line, column := o.lines.position(at)
	return &Error{line, column, problem}
}

// lineCounter remembers where lines begin in what was read of late.
type lineCounter struct {
	r      io.Reader
	read   int64
	before int     // lines that began before those in starts
	starts []int64 // where the others begin; the first line is not among them
}

func (l *lineCounter) Read(b []byte) (int, error) {
	n, err := l.r.Read(b)
	for i, c := range b[:n] {
		if c == '\n' {
			l.starts = append(l.starts, l.read+int64(i)+1)
		}
	}
	l.read += int64(n)
	return n, err
}

// forget keeps the last line that begins before a place, and those behind it.
func (l *lineCounter) forget(at int64) {
	n := 0
	for n+1 < len(l.starts) && l.starts[n+1] <= at {
		n++
	}
	l.before += n
	l.starts = append(l.starts[:0], l.starts[n:]...)
}

// position returns line and column of a place, in bytes.
func (l *lineCounter) position(at int64) (line, column int) {
	line, begin := l.before+1, int64(0)
	for _, start := range l.starts {
		if start > at {
			break
		}
		line, begin = line+1, start
	}
	return line, int(at-begin) + 1
}
