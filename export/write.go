package export

import (
	"bufio"
	"encoding/json"
	"io"

	"popeye/vote"
)

// WriteJSON writes a poll's ballots as one JSON object: what a count needs to know of
// the poll, and "ballots", a list of {"ballot","voters"} in ascending order, each on
// a line of its own. Invalid ballots and abstentions are among them, as they are in the
// tally.
func WriteJSON(w io.Writer, p vote.Poll, ballots vote.Ballots) error {
	head, err := json.MarshalIndent(definitionOf(p), "", "\t")
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	b.Write(head[:len(head)-len("\n}")])
	b.WriteString(",\n\t\"ballots\": [")
	between := "\n\t\t"
	for _, r := range sorted(ballots) {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		b.WriteString(between)
		b.Write(line)
		between = ",\n\t\t"
	}
	b.WriteString("\n\t]\n}\n")
	return b.Flush() // which has the first error of all
}
