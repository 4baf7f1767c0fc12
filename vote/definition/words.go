package definition

import (
	"popeye/vote"
	"popeye/vote/lookalike"
)

// What an organiser writes is held to more than Validate asks, which also judges
// polls that were made before: each text must show something, and no two options
// may look the same.

// validateQuestion checks an organiser's question.
func validateQuestion(question string) error {
	if lookalike.Blank(question) {
		return vote.Refuse("question.blank", nil)
	}
	return nil
}

// validateOptions checks an organiser's options.
func validateOptions(options []vote.Option) error {
	first := make(map[string]int, len(options))
	for i, o := range options {
		if lookalike.Blank(o.Label) {
			return vote.Refuse("label.blank", vote.Args{"Number": i + 1})
		}
		if o.Note != "" && lookalike.Blank(o.Note) {
			return vote.Refuse("note.blank", vote.Args{"Number": i + 1})
		}
		look := lookalike.Appearance(o.Label)
		if n, taken := first[look]; taken {
			return vote.Refuse("label.same_look", vote.Args{"First": n + 1, "Second": i + 1, "Label": vote.Clip(lookalike.Shown(o.Label))})
		}
		first[look] = i
	}
	return nil
}
