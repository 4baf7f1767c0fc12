package store

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Crowds is how many pages follow each event, by its code, as one line of text: so that
// an Account is a plain value.
type Crowds string

// NewCrowds writes down how many follow what.
func NewCrowds(followed map[string]int64) Crowds {
	var all []string
	for _, code := range slices.Sorted(maps.Keys(followed)) {
		all = append(all, fmt.Sprintf("%s:%d", code, followed[code]))
	}
	return Crowds(strings.Join(all, " "))
}

// Of returns how many pages follow an event.
func (c Crowds) Of(code string) int64 {
	for one := range strings.FieldsSeq(string(c)) {
		if n, ok := strings.CutPrefix(one, code+":"); ok {
			followers, _ := strconv.ParseInt(n, 10, 64) // NewCrowds wrote it
			return followers
		}
	}
	return 0
}
