// Package slugify makes a poll's name from its question. What enters is a question in
// any language; what leaves is a valid slug, transliterated: "Où va-t-on ?" is
// "ou-va-t-on".
package slugify

import (
	"strings"

	"github.com/gosimple/slug"

	"popeye/vote"
)

// madeLength leaves place for a suffix that makes a slug unique.
const madeLength = vote.MaxSlug - 8

// Question returns the slug of a question; "poll" if it has no letter and no digit.
func Question(question string) string {
	made := slug.Make(question)
	made = slug.Make(strings.ReplaceAll(made, "_", "-")) // it keeps underscores, and we have none
	made = strings.Trim(made[:min(len(made), madeLength)], "-")
	if vote.ValidateSlug(made) != nil {
		return "poll"
	}
	return made
}
