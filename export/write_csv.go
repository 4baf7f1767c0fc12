package export

import (
	"bytes"
	"encoding/csv"
	"io"
	"strconv"

	"popeye/vote"
)

// byteOrderMark lets spreadsheets know that a file is in UTF-8.
const byteOrderMark = "\ufeff"

// ownHeader is the header of our CSV.
var ownHeader = []string{"voters", "ballot"}

// WriteCSV writes a poll's ballots for spreadsheets: UTF-8 with a byte order mark. Lines
// that begin with "# " say what a count needs to know of the poll; then come the columns
// voters and ballot, with the same ballots as in WriteJSON. No cell is a formula to a
// spreadsheet; one that might be begins with an apostrophe, see Inert.
func WriteCSV(w io.Writer, p vote.Poll, ballots vote.Ballots) error {
	all := sorted(ballots) // before anything is written
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	if err := writeDefinition(w, p); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	_ = c.Write(ownHeader) // Error has the first error of all
	for _, r := range all {
		_ = c.Write([]string{strconv.FormatInt(r.Voters, 10), cell(string(r.Ballot))})
	}
	c.Flush()
	return c.Error()
}

// writeDefinition writes the lines of what a file says of its poll.
func writeDefinition(w io.Writer, p vote.Poll) error {
	var lines bytes.Buffer
	c := csv.NewWriter(&lines) // writing to a buffer can't fail
	for _, line := range definitionOf(p).lines() {
		lines.WriteString("# ")
		for i, value := range line {
			line[i] = cell(value)
		}
		_ = c.Write(line)
		c.Flush()
	}
	_, err := w.Write(lines.Bytes())
	return err
}
