package vote

import (
	"net/url"
	"testing"
)

func TestParseJSON(t *testing.T) {
	const (
		unknown  = "ballot.unknown_option"
		single   = "ballot.single.json"
		multiple = "ballot.list.json"
		ranked   = "ballot.list.json"
		score    = "ballot.score.json"
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
		{"an unknown id", Single, `"z"`, "", unknown},
		{"an empty id", Single, `""`, "", "ballot.empty"},
		{"an escaped NUL", Single, `"a\u0000"`, "", unknown},
		{"half a surrogate pair", Single, `"\ud800"`, "", unknown},
		{"null", Single, `null`, "", single},
		{"a number", Single, `1`, "", single},
		{"a list", Single, `["a"]`, "", single},
		{"an object", Single, `{"a":1}`, "", single},
		{"nothing at all", Single, ``, "", single},

		{"a list", Multiple, `["c","a"]`, "a,c", ""},
		{"the canonical form", Multiple, `"c,a"`, "a,c", ""},
		{"an empty list", Multiple, `[]`, "", "ballot.empty"},
		{"null", Multiple, `null`, "", "ballot.empty"},
		{"a list with null", Multiple, `["a",null]`, "", unknown},
		{"twice", Multiple, `["a","a"]`, "", "ballot.twice"},
		{"too few", Multiple, `["a"]`, "", "ballot.multiple.between"},
		{"an id with a separator", Multiple, `["a,b","c"]`, "", unknown},
		{"numbers", Multiple, `[1,2]`, "", multiple},
		{"an object", Multiple, `{"a":1}`, "", multiple},

		{"a list", Ranked, `["b","a"]`, "b>a", ""},
		{"the canonical form", Ranked, `"b>a"`, "b>a", ""},
		{"an empty list", Ranked, `[]`, "", "ballot.empty"},
		{"a list with nothing in it", Ranked, `[""]`, "", "ballot.empty"},
		{"a nested list", Ranked, `[["a"],["b"]]`, "", ranked},
		{"true", Ranked, `true`, "", ranked},

		{"points", Score, `{"b":2,"a":4}`, "a=4,b=2", ""},
		{"whole points in another notation", Score, `{"a":4.0,"b":2e0}`, "a=4,b=2", ""},
		{"the canonical form", Score, `"b=2,a=4"`, "a=4,b=2", ""},
		{"no points", Score, `{}`, "", "ballot.empty"},
		{"null", Score, `null`, "", score},
		{"a list", Score, `["a"]`, "", score},
		{"text for points", Score, `{"a":"4"}`, "", score},
		{"null is not 0", Score, `{"a":null}`, "", "ballot.score.whole"},
		{"half a point", Score, `{"a":1.5}`, "", "ballot.score.whole"},
		{"very many points", Score, `{"a":1e300}`, "", "ballot.score.whole"},
		{"more than a number holds", Score, `{"a":1e999}`, "", score},
		{"too many points", Score, `{"a":6}`, "", "ballot.score.range"},
		{"too few points", Score, `{"a":-1}`, "", "ballot.score.range"},
		{"the first of two faults", Score, `{"b":9,"a":9}`, "", "ballot.score.range"},
		{"an unknown option", Score, `{"z":1}`, "", unknown},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+"/"+tt.name, func(t *testing.T) {
			got, err := ParseJSON(tea(tt.kind), []byte(tt.in))
			check(t, got, err, tt.want, tt.err)
		})
	}
}

func TestParseForm(t *testing.T) {
	const unknown = "ballot.unknown_option"
	tests := []struct {
		name string
		kind Kind
		form string // as a browser sends it
		want Ballot
		err  string
	}{
		{"one button", Single, "vote=b", "b", ""},
		{"a field that we do not know", Single, "vote=b&id=1&lang=en", "b", ""},
		{"no field", Single, "", "", "ballot.empty"},
		{"an empty field", Single, "vote=", "", "ballot.empty"},
		{"two fields", Single, "vote=a&vote=b", "", "ballot.single.many"},
		{"NUL", Single, "vote=%00", "", unknown},
		{"the fields of another kind", Single, "rank-a=1", "", "ballot.empty"},

		{"two boxes", Multiple, "vote=c&vote=a", "a,c", ""},
		{"the canonical form", Multiple, "vote=a,c", "a,c", ""},
		{"one box of two or three", Multiple, "vote=a", "", "ballot.multiple.between"},
		{"no box", Multiple, "", "", "ballot.empty"},
		{"an unknown box", Multiple, "vote=a&vote=z", "", unknown},
		{"a box twice", Multiple, "vote=a&vote=a", "", "ballot.twice"},
		{"canonical forms in several fields", Multiple, "vote=a,b&vote=c", "", unknown},

		{"places", Ranked, "rank-a=2&rank-b=1&rank-c=&rank-d=3", "b>a>d", ""},
		{"places with gaps", Ranked, "rank-a=4&rank-c=2", "c>a", ""},
		{"places with white space", Ranked, "rank-a=+1+&rank-b=++", "a", ""},
		{"the canonical form", Ranked, "vote=b>a", "b>a", ""},
		{"the canonical form wins", Ranked, "vote=b>a&rank-c=1", "b>a", ""},
		{"no place", Ranked, "rank-a=&rank-b=", "", "ballot.empty"},
		{"no field", Ranked, "", "", "ballot.empty"},
		{"one place for two", Ranked, "rank-a=1&rank-b=2&rank-c=1", "", "ballot.ranked.shared"},
		{"place 0", Ranked, "rank-a=0", "", "ballot.ranked.place"},
		{"a place beyond the last", Ranked, "rank-a=5", "", "ballot.ranked.place"},
		{"places at both ends of the integers", Ranked, "rank-a=9223372036854775807&rank-b=-9223372036854775808", "", "ballot.ranked.place"},
		{"a word for a place", Ranked, "rank-a=first", "", "ballot.number"},
		{"two places for one", Ranked, "rank-a=1&rank-a=2", "", "ballot.number"},
		{"an unknown option is no field of the form", Ranked, "rank-z=1&rank-a=1", "a", ""},

		{"points", Score, "score-b=2&score-a=5&score-c=", "a=5,b=2", ""},
		{"the canonical form", Score, "vote=b%3D2,a%3D5", "a=5,b=2", ""},
		{"no points", Score, "score-a=", "", "ballot.empty"},
		{"too many points", Score, "score-a=6", "", "ballot.score.range"},
		{"half a point", Score, "score-a=1.5", "", "ballot.number"},
		{"more than an integer holds", Score, "score-a=99999999999999999999", "", "ballot.number"},
		{"the fields of a ranking", Score, "rank-a=1", "", "ballot.empty"},
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
