package vote

import (
	"net/url"
	"testing"
)

func TestParseJSON(t *testing.T) {
	const (
		unknown  = "is not an option of this poll; its options are a, b, c, d"
		single   = `in a single-choice poll "vote" is one option id, as in "a"`
		multiple = `in a multiple poll "vote" is a list of option ids, as in ["a","b"]`
		ranked   = `in a ranked poll "vote" is a list of option ids, as in ["a","b"]`
		score    = `in a score poll "vote" gives points to options, as in {"a":4}`
	)
	tests := []struct {
		name string
		kind Kind
		in   string
		want Ballot
		err  string
	}{
		{"an id", Single, `"a"`, "a", ""},
		{"an escaped id", Single, `"\u0061"`, "a", ""},
		{"an unknown id", Single, `"z"`, "", `"z" ` + unknown},
		{"an empty id", Single, `""`, "", "nothing is chosen"},
		{"an escaped NUL", Single, `"a\u0000"`, "", `"a\x00" ` + unknown},
		{"half a surrogate pair", Single, `"\ud800"`, "", `"�" ` + unknown},
		{"null", Single, `null`, "", single},
		{"a number", Single, `1`, "", single},
		{"a list", Single, `["a"]`, "", single},
		{"an object", Single, `{"a":1}`, "", single},
		{"nothing at all", Single, ``, "", single},

		{"a list", Multiple, `["c","a"]`, "a,c", ""},
		{"the canonical form", Multiple, `"c,a"`, "a,c", ""},
		{"an empty list", Multiple, `[]`, "", "nothing is chosen"},
		{"null", Multiple, `null`, "", "nothing is chosen"},
		{"a list with null", Multiple, `["a",null]`, "", `"" ` + unknown},
		{"twice", Multiple, `["a","a"]`, "", `option "a" is named twice`},
		{"too few", Multiple, `["a"]`, "", "choose 2 to 3 options, not 1"},
		{"an id with a separator", Multiple, `["a,b","c"]`, "", `"a,b" ` + unknown},
		{"numbers", Multiple, `[1,2]`, "", multiple},
		{"an object", Multiple, `{"a":1}`, "", multiple},

		{"a list", Ranked, `["b","a"]`, "b>a", ""},
		{"the canonical form", Ranked, `"b>a"`, "b>a", ""},
		{"an empty list", Ranked, `[]`, "", "nothing is chosen"},
		{"a list with nothing in it", Ranked, `[""]`, "", "nothing is chosen"},
		{"a nested list", Ranked, `[["a"],["b"]]`, "", ranked},
		{"true", Ranked, `true`, "", ranked},

		{"points", Score, `{"b":2,"a":4}`, "a=4,b=2", ""},
		{"whole points in another notation", Score, `{"a":4.0,"b":2e0}`, "a=4,b=2", ""},
		{"the canonical form", Score, `"b=2,a=4"`, "a=4,b=2", ""},
		{"no points", Score, `{}`, "", "nothing is chosen"},
		{"null", Score, `null`, "", score},
		{"a list", Score, `["a"]`, "", score},
		{"text for points", Score, `{"a":"4"}`, "", score},
		{"null is not 0", Score, `{"a":null}`, "", `give option "a" from 1 to 5 whole points`},
		{"half a point", Score, `{"a":1.5}`, "", `give option "a" from 1 to 5 whole points`},
		{"very many points", Score, `{"a":1e300}`, "", `give option "a" from 1 to 5 whole points`},
		{"more than a number holds", Score, `{"a":1e999}`, "", score},
		{"too many points", Score, `{"a":6}`, "", `give option "a" from 1 to 5 points, not 6`},
		{"too few points", Score, `{"a":-1}`, "", `give option "a" from 1 to 5 points, not -1`},
		{"the first of two faults", Score, `{"b":9,"a":9}`, "", `give option "a" from 1 to 5 points, not 9`},
		{"an unknown option", Score, `{"z":1}`, "", `"z" ` + unknown},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+"/"+tt.name, func(t *testing.T) {
			got, err := ParseJSON(tea(tt.kind), []byte(tt.in))
			check(t, got, err, tt.want, tt.err)
		})
	}
}

func TestParseForm(t *testing.T) {
	const unknown = "is not an option of this poll; its options are a, b, c, d"
	tests := []struct {
		name string
		kind Kind
		form string // as a browser sends it
		want Ballot
		err  string
	}{
		{"one button", Single, "vote=b", "b", ""},
		{"a field that we do not know", Single, "vote=b&id=1&lang=en", "b", ""},
		{"no field", Single, "", "", "nothing is chosen"},
		{"an empty field", Single, "vote=", "", "nothing is chosen"},
		{"two fields", Single, "vote=a&vote=b", "", "choose one option only"},
		{"NUL", Single, "vote=%00", "", `"\x00" ` + unknown},
		{"the fields of another kind", Single, "rank-a=1", "", "nothing is chosen"},

		{"two boxes", Multiple, "vote=c&vote=a", "a,c", ""},
		{"the canonical form", Multiple, "vote=a,c", "a,c", ""},
		{"one box of two or three", Multiple, "vote=a", "", "choose 2 to 3 options, not 1"},
		{"no box", Multiple, "", "", "nothing is chosen"},
		{"an unknown box", Multiple, "vote=a&vote=z", "", `"z" ` + unknown},
		{"a box twice", Multiple, "vote=a&vote=a", "", `option "a" is named twice`},
		{"canonical forms in several fields", Multiple, "vote=a,b&vote=c", "", `"a,b" ` + unknown},

		{"places", Ranked, "rank-a=2&rank-b=1&rank-c=&rank-d=3", "b>a>d", ""},
		{"places with gaps", Ranked, "rank-a=4&rank-c=2", "c>a", ""},
		{"places with white space", Ranked, "rank-a=+1+&rank-b=++", "a", ""},
		{"the canonical form", Ranked, "vote=b>a", "b>a", ""},
		{"the canonical form wins", Ranked, "vote=b>a&rank-c=1", "b>a", ""},
		{"no place", Ranked, "rank-a=&rank-b=", "", "nothing is chosen"},
		{"no field", Ranked, "", "", "nothing is chosen"},
		{"one place for two", Ranked, "rank-a=1&rank-b=2&rank-c=1", "", "two options share place 1; give each a place of its own"},
		{"place 0", Ranked, "rank-a=0", "", "places go from 1 to 4, not 0"},
		{"a place beyond the last", Ranked, "rank-a=5", "", "places go from 1 to 4, not 5"},
		{"places at both ends of the integers", Ranked, "rank-a=9223372036854775807&rank-b=-9223372036854775808", "", "places go from 1 to 4, not -9223372036854775808"},
		{"a word for a place", Ranked, "rank-a=first", "", `"Assam" needs one whole number`},
		{"two places for one", Ranked, "rank-a=1&rank-a=2", "", `"Assam" needs one whole number`},
		{"an unknown option is no field of the form", Ranked, "rank-z=1&rank-a=1", "a", ""},

		{"points", Score, "score-b=2&score-a=5&score-c=", "a=5,b=2", ""},
		{"the canonical form", Score, "vote=b%3D2,a%3D5", "a=5,b=2", ""},
		{"no points", Score, "score-a=", "", "nothing is chosen"},
		{"too many points", Score, "score-a=6", "", `give option "a" from 1 to 5 points, not 6`},
		{"half a point", Score, "score-a=1.5", "", `"Assam" needs one whole number`},
		{"more than an integer holds", Score, "score-a=99999999999999999999", "", `"Assam" needs one whole number`},
		{"the fields of a ranking", Score, "rank-a=1", "", "nothing is chosen"},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+"/"+tt.name, func(t *testing.T) {
			form, err := url.ParseQuery(tt.form)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ParseForm(tea(tt.kind), form)
			check(t, got, err, tt.want, tt.err)
		})
	}
}
