package export

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"popeye/vote"
)

// WriteBLT writes a poll's ballots in the format of programs that count ranked ballots:
// the ballots in ascending order, those of equal ranks with "=", withdrawn options as
// negative numbers, and after the title, as comments, what a recount needs beside that.
// A single choice is a ballot of one preference; several choices share the first place.
// An abstention is a ballot without preferences; the number of invalid ballots is in the
// comments. Points have no place in this format: the error is a *vote.Error.
func WriteBLT(w io.Writer, p vote.Poll, ballots vote.Ballots) error {
	if p.Kind == vote.Score {
		return vote.Refuse("export.blt_score", nil)
	}
	all := sorted(ballots) // before anything is written
	b := bufio.NewWriter(w)
	line := func(parts ...string) { fmt.Fprintln(b, strings.Join(parts, " ")) }
	number := make(map[string]string, len(p.Options)) // option -> its place, counted from 1
	for i, o := range p.Options {
		number[o.ID] = strconv.Itoa(i + 1)
	}
	line(strconv.Itoa(len(p.Options)), strconv.Itoa(max(1, p.Seats)))
	for _, o := range p.Options {
		if slices.Contains(p.Withdrawn, o.ID) {
			line("-" + number[o.ID])
		}
	}
	invalid := int64(0)
	reader := p.Reader()
	for _, r := range all {
		marks := reader.Read(r.Ballot)
		if len(marks) == 0 && !p.Abstains(r.Ballot) {
			invalid += r.Voters
			continue
		}
		line(strconv.FormatInt(r.Voters, 10) + preferences(marks) + " 0")
	}
	line("0")
	for _, o := range p.Options {
		line(quoted(o.Label))
	}
	line(quoted(p.Question))
	if err := b.Flush(); err != nil {
		return err
	}
	if err := writeDefinition(w, p); err != nil {
		return err
	}
	_, err := io.WriteString(w, "# invalid,"+strconv.FormatInt(invalid, 10)+"\n")
	return err
}

// preferences writes marks: a place after a blank, options that share it with "=".
func preferences(marks []vote.Mark) string {
	var b strings.Builder
	for i, m := range marks {
		if i > 0 && marks[i-1].N == m.N {
			b.WriteByte('=')
		} else {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(m.Place + 1))
	}
	return b.String()
}

// quoted is a name in BLT.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
