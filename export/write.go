package export

import (
	"bufio"
	"encoding/json"
	"fmt"
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
	all := sorted(ballots) // before anything is written
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s,\n\t\"ballots\": [", head[:len(head)-len("\n}")])
	between := "\n\t\t"
	for _, r := range all {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "%s%s", between, line)
		between = ",\n\t\t"
	}
	fmt.Fprint(b, "\n\t]\n}\n")
	return b.Flush() // which has the first error of all
}
