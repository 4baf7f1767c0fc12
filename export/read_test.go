package export

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

// shown writes a file that was read: its title, seats and options, the ballots, and who
// said nothing.
func shown(f *File) string {
	var b strings.Builder
	e := f.Election
	fmt.Fprintf(&b, "%q %s %d:", f.Title, e.Kind, e.Seats)
	for _, o := range e.Options {
		fmt.Fprintf(&b, " %s=%s", o.ID, o.Label)
	}
	if e.Kind == vote.Score {
		fmt.Fprintf(&b, " %d..%d", e.Min, e.Max)
	}
	if len(f.Withdrawn) > 0 {
		fmt.Fprintf(&b, " without %v", f.Withdrawn)
	}
	for marks, voters := range f.Ballots {
		fmt.Fprintf(&b, "; %d", voters)
		for i, m := range marks {
			id := e.Options[m.Place].ID
			switch {
			case e.Kind == vote.Score:
				fmt.Fprintf(&b, " %s=%d", id, m.N)
			case e.Kind == vote.Multiple:
				fmt.Fprintf(&b, " %s", id)
			case i > 0 && marks[i-1].N == m.N:
				fmt.Fprintf(&b, "=%s", id)
			default:
				fmt.Fprintf(&b, " %d:%s", m.N, id)
			}
		}
	}
	fmt.Fprintf(&b, "; %d voters", f.Voters)
	if f.Invalid+f.Abstained > 0 {
		fmt.Fprintf(&b, ", %d invalid, %d abstained", f.Invalid, f.Abstained)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	for _, test := range []struct{ name, format, file, want string }{
		{
			"a BLT of the books", "blt",
			"4 2  # four candidates, two seats\n-2 # Bob has withdrawn\n1 4 1 3 2 0 # a ballot\n3 3 0\n0\n" +
				"\"Amy\" # 1\n\"Bob\"\n\"Chuck\"\n\"Diane\"\n\"Gardening Club Election\"\n",
			`"Gardening Club Election" ranked 2: a=Amy b=Bob c=Chuck d=Diane without [b]; 1 1:d 2:a 3:c 4:b; 3 1:c; 4 voters`,
		},
		{
			"equal ranks, blank places, one named again", "blt",
			"3 1\n2 1=2 3 0\n1 - 2 - 1 0\n5 3 3=1 0\n1 2 = 3 1 0\n7 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"T\"",
			`"T" ranked 1: a=A b=B c=C; 2 1:a=b 2:c; 1 1:b 2:a; 5 1:c 2:a; 1 1:b=c 2:a; 9 voters, 0 invalid, 7 abstained`,
		},
		{
			"CRLF, blank lines, no title, escapes", "blt",
			"\xef\xbb\xbf\r\n2 1\r\n\r\n1.0 1 0\r\n0\r\n\"Al \\\"Bear\\\" \\\\ #1\"\r\n\"Bo \"\"Cat\"\"\" # note\r\n",
			`"" ranked 1: a=Al "Bear" \ #1 b=Bo "Cat"; 1 1:a; 1 voters`,
		},
		{"names on one line", "blt", "2 1 -1\n1 2 0\n0 # end\n\"Amy\" \"Bob\" \"Title\"\n", `"Title" ranked 1: a=Amy b=Bob without [a]; 1 1:b; 1 voters`},
		{"names with parties", "blt", "2 1\n1 2 0\n0\n\"Amy\" \"Red\"\n\"Bob\", \"Blue\"\n\"T\"\n", `"T" ranked 1: a=Amy b=Bob; 1 1:b; 1 voters`},
		{"names without quotes", "blt", "2 1\n1 2 0\n0\nAmy Poe\nBob O'Hara # x\nT\n", `"T" ranked 1: a=Amy Poe b=Bob O'Hara; 1 1:b; 1 voters`},
		{"no names", "blt", "2 1\n1 2 0\n0\n", `"" ranked 1: a=1 b=2; 1 1:b; 1 voters`},
		{"no 0 before the names", "blt", "2 1\n1 2 0\n\"A\"\n\"B\"\n", `"" ranked 1: a=A b=B; 1 1:b; 1 voters`},
		{"ballots with names of their own", "blt", "2 1\n(b 1) 2 0\n(x) 1 0\n0\n", `"" ranked 1: a=1 b=2; 1 1:b; 1 1:a; 2 voters`},
		{"Windows-1252", "blt", "2 1\n1 2 0\n0\n\"Ren\xe9e\"\n\"B\x96C\"\n", `"" ranked 1: a=Renée b=B–C; 1 1:b; 1 voters`},
		{"title, source, remark", "blt", "1 1\n1 1 0\n0\n\"A\"\n\"T\"\n\"S\"\n\"R\"\n", `"T" ranked 1: a=A; 1 1:a; 1 voters`},
		{
			"PrefLib", "toc",
			"# FILE NAME: x.toc\n# TITLE: Three of us\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 6\n# NUMBER UNIQUE ORDERS: 2\n" +
				"# ALTERNATIVE NAME 1: Amy\n# ALTERNATIVE NAME 3: C: x\n4: 1,{2,3}\n2: {3, 1}, {}, 2\n",
			`"Three of us" ranked 1: a=Amy b=2 c=C: x; 4 1:a 2:b=c; 2 1:c=a 2:b; 6 voters`,
		},
		{"PrefLib, blank ballots", "toi", "# NUMBER ALTERNATIVES: 2\n3: 2\n5: \n1: {}\n", `"" ranked 1: a=1 b=2; 3 1:b; 3 voters, 0 invalid, 6 abstained`},
		{
			"PrefLib before 2022", "soi", "3\r\n1,Amy\r\n2,\"Bob, jr\"\r\n3,C\r\n7,7,2\r\n5,1,2\r\n2,{2,3},1\r\n",
			`"" ranked 1: a=Amy b=Bob, jr c=C; 5 1:a 2:b; 2 1:b=c 2:a; 7 voters`,
		},
		{
			"two categories", "cat",
			"# NUMBER ALTERNATIVES: 3\n# NUMBER CATEGORIES: 2\n# CATEGORY NAME 1: Yes\n# CATEGORY NAME 2: No\n4: {1,3},2\n1: {},{1,2,3}\n2: 2\n",
			`"" multiple 1: a=1 b=2 c=3; 4 a c; 1; 2 b; 7 voters`,
		},
		{
			"two categories, no first", "cat",
			"# NUMBER ALTERNATIVES: 2\n# NUMBER CATEGORIES: 2\n# CATEGORY NAME 1: Not approved\n# CATEGORY NAME 2: Approved\n4: 1,2\n",
			`"" multiple 1: a=1 b=2; 4 b; 4 voters`,
		},
		{
			"two categories, 0 and 1", "cat", "# NUMBER ALTERNATIVES: 2\n# NUMBER CATEGORIES: 2\n# CATEGORY NAME 1: 0\n# CATEGORY NAME 2: 1\n4: 1,2\n",
			`"" multiple 1: a=1 b=2; 4 b; 4 voters`,
		},
		{
			"grades", "cat",
			"# NUMBER ALTERNATIVES: 3\n# NUMBER CATEGORIES: 3\n# CATEGORY NAME 1: Good\n# CATEGORY NAME 2: Fair\n# CATEGORY NAME 3: Bad\n4: 1,{},{2,3}\n1: {},2\n",
			`"" score 1: a=1 b=2 c=3 0..2; 4 a=2 b=0 c=0; 1 b=1; 5 voters`,
		},
		{
			"categories that are numbers", "cat",
			"# NUMBER ALTERNATIVES: 3\n# NUMBER CATEGORIES: 3\n# CATEGORY NAME 1: -1\n# CATEGORY NAME 2: 0\n# CATEGORY NAME 3: 2\n4: 1,2,3\n",
			`"" score 1: a=1 b=2 c=3 0..3; 4 a=0 b=1 c=3; 4 voters`,
		},
		{
			"ranks", "csv", "# by hand\ncount,rank1,rank2,rank3\n5,Amy,Bob,\n2,undervote,UWI,Amy\n1,Amy,Amy,Bob\n\n# more\n3,overvote,Bob,overvote\n" +
				"2,undervote,,\n1,overvote,,undervote\n1,Bob\n",
			`"" ranked 1: a=Amy b=Bob c=UWI; 5 1:a 2:b; 2 1:c 2:a; 1 1:a 2:b; 3 1:b; 1 1:b; 12 voters, 1 invalid, 2 abstained`,
		},
		{
			"other words, semicolons, quotes", "csv", "\ufeffVoters;1st choice;2nd choice\r\n2;\"Poe; \"\"Amy\"\"\";Bob \r\n1; \"Bob\" ;\r\n",
			`"" ranked 1: a=Poe; "Amy" b=Bob; 2 1:a 2:b; 1 1:b; 3 voters`,
		},
		{"tabs", "tsv", "count\trank 1\trank 2\n2\tA\tB\n1\t\tB\n", `"" ranked 1: a=A b=B; 2 1:a 2:b; 1 1:b; 3 voters`},
		{"a voter a line", "csv", "rank1,rank2\nA,B\nB,\n", `"" ranked 1: a=A b=B; 1 1:a 2:b; 1 1:b; 2 voters`},
		{"points", "csv", "count,Amy,\"Bob, jr\",C,\n5,0,5,\n2,,,,\n1,3.0,1,2\n", `"" score 1: a=Amy b=Bob, jr c=C 0..5; 5 a=0 b=5; 1 a=3 b=1 c=2; 6 voters, 0 invalid, 2 abstained`},
	} {
		f, err := Read(strings.NewReader(test.file), test.format)
		got := fmt.Sprint(err)
		if err == nil {
			got = shown(f)
		}
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestBadFiles(t *testing.T) {
	for _, test := range []struct{ format, file, want string }{
		{"blt", "", "the file is empty"},
		{"blt", " \n\n", "the file is empty"},
		{"blt", "# no more\n", "the file has only comments"},
		{"blt", "\"A\"\n", `line 1, column 1: a BLT file begins with the number of options, at most 1000, and the number of seats, not with "\"A\""`},
		{"blt", "2\n1 1 0\n", "line 1, column 2: the number of seats is missing"},
		{"blt", "2 0\n1 1 0\n", `line 1, column 3: "0" is not a number of seats`},
		{"blt", "1001 1\n", `line 1, column 1: a BLT file begins with the number of options, at most 1000, and the number of seats, not with "1001"`},
		{"blt", "2 1", "line 1: the file ends before its ballots"},
		{"blt", "2 1\n1 1 0", "line 2: the file ends before its ballots do: there is no line with a single 0"},
		{"blt", "2 1\n-3\n1 1 0\n0\n", `line 2, column 1: "-3" is not the negative number of an option that has withdrawn, from -1 to -2`},
		{"blt", "2 1\n1 1 0\n-1\n0\n", `line 3, column 1: "-1" is not a number of voters: a whole number`},
		{"blt", "2 1\n1 1 2\n1 2 0\n0\n", "line 2, column 6: the ballot does not end with 0"},
		{"blt", "2 1\n1 1 0 2 0\n0\n", "line 2, column 7: the ballot has ended with 0, and goes on"},
		{"blt", "2 1\n1 3 0\n0\n", `line 2, column 3: "3" is not the number of an option, from 1 to 2`},
		{"blt", "2 1\n1 1= 0\n0\n", "line 2, column 6: an option is missing behind the equal sign"},
		{"blt", "2 1\n1 =1 0\n0\n", "line 2, column 3: an option is missing before the equal sign"},
		{"blt", "2 1\n1.5 1 0\n0\n", `line 2, column 1: "1.5" is not a number of voters: a whole number`},
		{"blt", "2 1\n1000000000001 1 0\n0\n", `line 2, column 1: "1000000000001" is not a number of voters: a whole number`},
		{"blt", "2 1\n1 1 0\n0\n1 2 0\n0\n", "line 4, column 1: a name was expected: the ballots have ended with 0"},
		{"blt", "2 1\n1 1 0\n0\n\"A\"\n", "line 4: the file has 2 options, and names of 1"},
		{"blt", "2 1\n1 1 0\n0\n\"A\n", "line 4, column 1: the quotes are not closed"},
		{"blt", "2 1\n1 1 0\n0\n\"é\" B\n", `line 4, column 5: a name in quotes was expected, not "B"`},
		{"blt", "2 1\n(b 1 0\n0\n", "line 2, column 1: the parenthesis is not closed"},
		{"blt", "2 1\n1 1\x00 0\n0\n", "line 2, column 4: this is no text file in UTF-8"},
		{"soi", "# TITLE: x\n3: 1\n", "line 2: the number of options is missing, as in # NUMBER ALTERNATIVES: 4"},
		{"soi", "# NUMBER ALTERNATIVES: many\n", `line 1, column 24: "many" is no such number, up to 1000`},
		{"soi", "# NUMBER ALTERNATIVES: 2\n# ALTERNATIVE NAME 3: C\n1: 1\n", "line 3: the file has 2 options, and a name for number 3"},
		{"soi", "# NUMBER ALTERNATIVES: 2\n# NUMBER VOTERS: 3\n2: 1\n", "the file says that it has 3 voters, and it has ballots of 2: it may have been cut off"},
		{"soi", "# NUMBER ALTERNATIVES: 2\nx: 1\n", `line 2, column 1: "x" is not a number of voters: a whole number`},
		{"soi", "# NUMBER ALTERNATIVES: 2\n1 2\n", "line 2: this is no ballot, as in 20: 1,2,3"},
		{"soi", "# NUMBER ALTERNATIVES: 2\n1: 1,3\n", `line 2, column 6: "3" is not the number of an option, from 1 to 2`},
		{"soi", "# NUMBER ALTERNATIVES: 2\n1: 1,,2\n", "line 2, column 6: an option is missing before the comma"},
		{"soi", "# NUMBER ALTERNATIVES: 2\n1: 1,\n", "line 2, column 6: an option is missing behind the comma"},
		{"soi", "# NUMBER ALTERNATIVES: 2\n1: 1 2\n", `line 2, column 6: a comma was expected, not "2"`},
		{"toi", "# NUMBER ALTERNATIVES: 2\n1: {1,2\n", "line 2, column 4: the brace is not closed"},
		{"toi", "# NUMBER ALTERNATIVES: 2\n1: {1,}\n", "line 2, column 7: an option is missing behind the comma"},
		{"toi", "# NUMBER ALTERNATIVES: 2\n1: 1}\n", `line 2, column 5: a comma was expected, not "}"`},
		{"soc", "hello\n", "line 1, column 1: a PrefLib file begins with lines as # NUMBER ALTERNATIVES: 4, or with the number of options, at most 1000"},
		{"soc", "2\n1,A\n", "line 2: the file ends before the names of all options"},
		{"soc", "2\n1,A\n1,B\n", "line 3, column 1: this is no name of an option, as in 2,Amy"},
		{"soc", "2\n1,A\n2,B\n4\n", "line 4, column 1: three sums were expected: of voters, of ballots, and of different ballots"},
		{"soc", "2\n1,A\n2,B\n4,4,1\n3,1,2\n", "the file says that it has 4 voters, and it has ballots of 3: it may have been cut off"},
		{"cat", "# NUMBER ALTERNATIVES: 2\n1: 1,2\n", "a ballot has 2 categories, and the file 1"},
		{
			"cat", "# NUMBER ALTERNATIVES: 2\n# NUMBER CATEGORIES: 3\n# CATEGORY NAME 1: 0\n# CATEGORY NAME 2: 0.5\n# CATEGORY NAME 3: 1\n1: 1,2\n",
			"the categories are named by numbers that are not whole, or not from -10000 to 10000",
		},
		{"csv", "count\n", "line 1, column 6: the header has no column of ranks or options, as in count,rank1,rank2 or count,Amy,Bob"},
		{"csv", "Amy,Bob\n", `line 1, column 1: the first column is called "count", not "Amy": the number of voters`},
		{"csv", "count,rank2,rank1\n", `line 1, column 13: the column of the next rank was expected, not "rank1"`},
		{"csv", "count,A,A\n", `line 1, column 9: "A" is the name of two columns`},
		{"csv", "count,A,,B\n", "line 1, column 9: the column has no name"},
		{"csv", "count,Choice 1,Choice 2\n1,5,3\n", `line 1: "Choice 1" may be a rank or an option that gets points: call it rank1, or options by other names`},
		{"csv", "count,rank1\nx,A\n", `line 2, column 1: "x" is not a number of voters: a whole number`},
		{"csv", "count,rank1\n1,A,B\n", "line 2, column 5: the line has 3 cells, and the header 2"},
		{"csv", "count,rank1\n1,\"A\n", "line 2, column 3: the quotes are not closed on this line"},
		{"csv", "count,rank1\n1,\"A\"B\n", "line 2, column 6: text behind the quotes"},
		{"csv", "count,É,B\n1,5,-1\n", `line 2, column 5: "-1" is not a number of points, a whole one up to 10000; columns of ranks are called rank1, rank2 ...`},
		{"csv", "count,A,B\n1,5,2.5\n", `line 2, column 5: "2.5" is not a number of points, a whole one up to 10000; columns of ranks are called rank1, rank2 ...`},
		{"csv", "count,A,B\n1,5\n", "line 2, column 4: the line has 2 cells, and the header 3"},
		{"csv", "# popeye ballots/1\n# color,red\n", `line 2: a newer popeye made this file: "color" is not known here`},
		{"csv", "# popeye ballots/1\n# seats,many\n", `line 2: "seats" can't be "many"`},
		{"csv", "# popeye ballots/1\n# seats,1\n", "line 2: the file ends before its header: voters,ballot"},
		{"json", "", "line 1, column 1: the file ends before the object does"},
		{"json", "[]", "line 1, column 2: an object of ours begins with {"},
		{"json", "{\n\t\"kind\": \"single\",\n\t\"kind\": 1}", `line 3, column 8: the field "kind" is there twice`},
		{"json", "{\n\t\"color\": 1}", `line 2, column 12: the field "color" is not known: this is no file of ours, or a newer popeye made it`},
		{"json", "{\"kind\":", "line 1, column 9: the file ends before the object does"},
		{"json", "{\"kind\": \"single\"}", `line 1, column 19: the field "ballots" is missing`},
		{"json", "{\"ballots\": [\n{\"ballot\":\"a\",\"voters\":1},\n{\"ballot\":\"b\",\"voters\":-1}]}", `line 3, column 27: "{\"ballot\":\"b\",\"voters\":-1}" is no ballot of a tally, as in {"ballot":"a","voters":3}`},
		{"json", "{\"ballots\": [\n{\"ballot\":\"a\",\"voters\":1} x", `line 2, column 27: this is no JSON from here on`},
		{"xml", "<a/>", `there is no format "xml"; there are json, csv, tsv, blt, soc, soi, toc, toi, cat`},
	} {
		f, err := Read(strings.NewReader(test.file), test.format)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s %q:\n got %v\nwant %s", test.format, test.file, err, test.want)
		}
		if f != nil {
			t.Errorf("%s %q is refused and returned", test.format, test.file)
		}
	}
}

// elections are the real ones.
func elections(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../count/testdata/elections/*.*")
	var all []string
	for _, f := range files {
		if format := FormatOf(f); format != "" && format != "json" {
			all = append(all, f)
		}
	}
	if err != nil || len(all) < 6 {
		t.Fatalf("%d elections, %v", len(all), err)
	}
	return all
}

// What a real election's file holds, which other tests count.
func TestRealFiles(t *testing.T) {
	want := map[string]string{
		"burlington-2009.toi":        "ranked 6 options, 8980 voters, 0 invalid, 0 abstained",
		"minneapolis-2021-ward2.csv": "ranked 6 options, 9527 voters, 4 invalid, 268 abstained",
		"uk-labour-2010-mps.soi":     "ranked 5 options, 266 voters, 0 invalid, 0 abstained",
		"Govan-2007.blt":             "ranked 11 options, 9560 voters, 0 invalid, 0 abstained",
		"Hillhead-2007.blt":          "ranked 10 options, 8984 voters, 0 invalid, 0 abstained",
		"star-skins.csv":             "score 16 options, 669 voters, 0 invalid, 0 abstained",
	}
	got := map[string]string{}
	for _, name := range elections(t) {
		raw, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(raw, FormatOf(name))
		raw.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got[filepath.Base(name)] = fmt.Sprintf("%s %d options, %d voters, %d invalid, %d abstained",
			f.Election.Kind, len(f.Election.Options), f.Voters, f.Invalid, f.Abstained)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
