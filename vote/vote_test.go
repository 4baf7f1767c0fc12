package vote

import (
	"strings"
	"testing"
)

// validation is one text that a rule accepts (err is "") or refuses.
type validation struct{ name, in, err string }

func validate(t *testing.T, rule func(string) error, tests []validation) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := rule(tt.in)
			switch {
			case tt.err == "" && err != nil:
				t.Errorf("%q is refused: %v", tt.in, err)
			case tt.err != "" && !broke(err, tt.err):
				t.Errorf("%q: got %v, want an error with %q", tt.in, err, tt.err)
			}
		})
	}
}

func TestValidateVoter(t *testing.T) {
	validate(t, ValidateVoter, []validation{
		{"classic", "f3a1c0ffee", ""},
		{"of any script", "Zoë 海 😀", ""},
		{"the longest", strings.Repeat("v", MaxVoter), ""},
		{"empty", "", "voter.empty"},
		{"too long", strings.Repeat("v", MaxVoter+1), "voter.long"},
		{"too long in bytes", strings.Repeat("é", MaxVoter/2+1), "voter.long"},
		{"voter.utf8", "v\xff", "voter.utf8"},
		{"a letter that was lost", "v\ufffd", "voter.utf8"},
		{"NUL", "v\x00", "voter.control"},
		{"a line", "v\n", "voter.control"},
		{"a control character beyond ASCII", "v\u0085", "voter.control"},
	})
}

func TestValidateID(t *testing.T) {
	validate(t, ValidateID, []validation{
		{"a uuid", "0197b3a0-0000-7000-8000-000000000000", ""},
		{"any visible ASCII", "!~<>\"'&", ""},
		{"the longest", strings.Repeat("i", MaxID), ""},
		{"empty", "", "id.length"},
		{"too long", strings.Repeat("i", MaxID+1), "id.length"},
		{"a space", "a b", "id.characters"},
		{"NUL", "a\x00", "id.characters"},
		{"delete", "a\x7f", "id.characters"},
		{"beyond ASCII", "é", "id.characters"},
	})
}

func TestValidateSlug(t *testing.T) {
	const rule = "poll.slug"
	validate(t, ValidateSlug, []validation{
		{"the default", DefaultSlug, ""},
		{"digits and hyphens", "q1-2026--b", ""},
		{"the longest", strings.Repeat("s", MaxSlug), ""},
		{"empty", "", rule},
		{"too long", strings.Repeat("s", MaxSlug+1), rule},
		{"a hyphen first", "-a", rule},
		{"a hyphen last", "a-", rule},
		{"a hyphen alone", "-", rule},
		{"upper case", "Lunch", rule},
		{"a path", "../x", rule},
		{"an underscore", "a_b", rule},
		{"NUL", "a\x00b", rule},
		{"beyond ASCII", "café", rule},
	})
}
