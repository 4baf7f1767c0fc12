package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"popeye/vote"
)

// A poll's definition is stored as one JSON value. Beside it stand, in columns of
// their own, what a database is asked by.
var columns = []string{"slug", "code", "status", "opens_at", "closes_at", "revision", "created_at", "changed_at"}

// EncodeDefinition returns p as JSON, without what has a column.
func EncodeDefinition(p vote.Poll) (json.RawMessage, error) {
	whole, err := vote.EncodePoll(p)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(whole, &fields); err != nil {
		return nil, err
	}
	for _, c := range columns {
		delete(fields, c)
	}
	return json.Marshal(fields)
}

// DecodeDefinition returns the poll of a stored definition, without what has a
// column. One with a field that this program does not know was made by a newer
// program, and may mean something else than it seems to: it is an ErrNewerSchema.
func DecodeDefinition(definition json.RawMessage) (vote.Poll, error) {
	p, err := vote.DecodePoll(definition)
	if errors.Is(err, vote.ErrNewer) {
		err = fmt.Errorf("%w: %w", ErrNewerSchema, err)
	}
	return p, err
}
