package vote

import (
	"errors"
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
			case tt.err != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tt.err)):
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
		{"empty", "", "is empty"},
		{"too long", strings.Repeat("v", MaxVoter+1), "longer than 255 bytes"},
		{"too long in bytes", strings.Repeat("é", MaxVoter/2+1), "longer than 255 bytes"},
		{"not UTF-8", "v\xff", "not UTF-8"},
		{"a letter that was lost", "v\ufffd", "not UTF-8"},
		{"NUL", "v\x00", "control character"},
		{"a line", "v\n", "control character"},
		{"a control character beyond ASCII", "v\u0085", "control character"},
	})
}

func TestValidateID(t *testing.T) {
	validate(t, ValidateID, []validation{
		{"a uuid", "0197b3a0-0000-7000-8000-000000000000", ""},
		{"any visible ASCII", "!~<>\"'&", ""},
		{"the longest", strings.Repeat("i", MaxID), ""},
		{"empty", "", "1 to 64 characters"},
		{"too long", strings.Repeat("i", MaxID+1), "1 to 64 characters"},
		{"a space", "a b", "visible ASCII"},
		{"NUL", "a\x00", "visible ASCII"},
		{"delete", "a\x7f", "visible ASCII"},
		{"beyond ASCII", "é", "visible ASCII"},
	})
}

func TestValidateSlug(t *testing.T) {
	const rule = "lower-case letters, digits and inner hyphens"
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
