package export

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"popeye/count"
	"popeye/vote"
)

// File is an election that was read from a file.
type File struct {
	Title string // "" if it has none
	// Election has the options by their place in the file, or the first time that they are
	// named in it: their ids are a, b, c ... unless it is a file of ours.
	Election  count.Election
	Withdrawn []string // the ids of options that the file says have withdrawn
	Ballots   count.Marked
	Distinct  int // how many ballots there are, each with its voters

	Voters    int64 // whose ballots are among Ballots
	Invalid   int64
	Abstained int64 // whose ballots say nothing of any option, as a blank one

	// Own is set for a file of ours; Rule is that of its poll, else "".
	Own  bool
	Rule string
}

// Formats are the names of formats, as files end.
var Formats = []string{"json", "csv", "tsv", "blt", "soc", "soi", "toc", "toi", "cat"}

// FormatOf returns the format that a file's name tells, "" if none.
func FormatOf(file string) string {
	format := strings.ToLower(strings.TrimPrefix(path.Ext(strings.ReplaceAll(file, `\`, "/")), "."))
	if slices.Contains(Formats, format) {
		return format
	}
	return ""
}

// Read reads a file of a format. The ballots are kept in memory, four bytes a mark and
// sixteen a ballot, so that they can go by several times; none are merged. An error of
// the file is an *Error, or a *vote.Error if the poll in a file of ours is no valid one.
func Read(r io.Reader, format string) (*File, error) {
	if format == "json" {
		return readJSON(r)
	}
	f := newReading(r)
	more, err := f.content()
	switch {
	case err != nil:
		return nil, err
	case !more:
		return nil, &Error{Problem: "the file is empty"}
	}
	switch format {
	case "csv", "tsv":
		err = f.readCSV()
	case "blt":
		err = f.readBLT()
	case "soc", "soi", "toc", "toi", "cat":
		err = f.readPrefLib(format)
	default:
		err = fmt.Errorf("there is no format %q; there are %s", format, strings.Join(Formats, ", "))
	}
	if err != nil {
		return nil, err
	}
	return f.done(), nil
}

// reading is a file that is being read, with what is common to the formats.
type reading struct {
	*source
	file   File
	kept   kept
	marks  []vote.Mark // of the ballot
	named  []int       // by option: the last ballot that named it
	ballot int         // the number of the ballot
	n      int         // ranked: the place that was given last
	fresh  bool        // the next option gets the next place
	cut    []word      // of the line, to be used again
}

func newReading(r io.Reader) *reading {
	f := &reading{source: newSource(r)}
	f.file.Election = count.Election{Kind: vote.Ranked, Seats: 1}
	return f
}

// done returns what was read.
func (f *reading) done() *File {
	file := &f.file
	file.Ballots, file.Distinct = f.kept.all(), len(f.kept.voters)
	e := &file.Election
	if e.Lot == nil {
		*e = e.WithLot("")
	}
	e.Min = min(e.Min, e.Max) // without any points
	return file
}

// option adds an option and returns its place.
func (f *reading) option(label string) int {
	i := len(f.file.Election.Options)
	if label == "" {
		label = fmt.Sprint(i + 1)
	}
	f.file.Election.Options = append(f.file.Election.Options, vote.Option{ID: vote.OptionID(i), Label: label})
	f.named = append(f.named, 0)
	return i
}

// begin begins a ballot.
func (f *reading) begin() {
	f.ballot++
	f.marks, f.n, f.fresh = f.marks[:0], 0, true
}

// place begins the next place of a ranked ballot. One at which nothing stands is closed up.
func (f *reading) place() { f.fresh = true }

// rank puts an option at the place. An option that is named again counts at its first.
func (f *reading) rank(option int) {
	if f.named[option] == f.ballot {
		return
	}
	if f.fresh {
		f.n, f.fresh = f.n+1, false
	}
	f.mark(option, f.n)
}

// mark notes what the ballot gives an option.
func (f *reading) mark(option, n int) {
	if f.named[option] != f.ballot {
		f.named[option] = f.ballot
		f.marks = append(f.marks, vote.Mark{Place: option, N: n})
	}
}

// end ends a ballot. One without marks says nothing of any option.
func (f *reading) end(voters int64) error {
	total := &f.file.Abstained
	if len(f.marks) > 0 {
		total = &f.file.Voters
		if !f.kept.add(f.marks, voters) {
			return f.wrongLine("there are more ballots than this program counts: %d, with %d marks", maxBallots, maxMarks)
		}
	}
	if *total += voters; f.total() > maxVoters {
		return f.wrongLine("there are more voters than %d", int64(maxVoters))
	}
	return nil
}

func (f *reading) total() int64 { return f.file.Voters + f.file.Invalid + f.file.Abstained }

// voters reads how many voters cast a ballot, which begins at a byte of the line.
func (f *reading) voters(raw []byte, at int) (int64, error) {
	n, ok := digits(raw, maxVoters)
	if !ok {
		return 0, f.wrong(at, "%s is not a number of voters: a whole number", quoteText(raw))
	}
	return n, nil
}

// kept are ballots in little memory.
type kept struct {
	marks  []keptMark
	ends   []int // of each ballot's marks
	voters []int64
}

type keptMark struct{ place, n uint16 }

// add keeps a ballot, unless there are too many.
func (k *kept) add(marks []vote.Mark, voters int64) bool {
	if len(k.voters) == maxBallots || len(k.marks)+len(marks) > maxMarks {
		return false
	}
	if voters == 0 {
		return true
	}
	for _, m := range marks {
		k.marks = append(k.marks, keptMark{uint16(m.Place), uint16(m.N)})
	}
	k.ends, k.voters = append(k.ends, len(k.marks)), append(k.voters, voters)
	return true
}

func (k *kept) all() count.Marked {
	return func(yield func([]vote.Mark, int64) bool) {
		var marks []vote.Mark
		begin := 0
		for i, end := range k.ends {
			marks = marks[:0]
			for _, m := range k.marks[begin:end] {
				marks = append(marks, vote.Mark{Place: int(m.place), N: int(m.n)})
			}
			if begin = end; !yield(marks, k.voters[i]) {
				return
			}
		}
	}
}
