package export

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"popeye/vote"
)

// What is too large is refused, with the line, before it takes memory.
func TestFilesAreBounded(t *testing.T) {
	var columns, names strings.Builder
	for i := range maxOptions + 1 {
		fmt.Fprintf(&columns, ",option %d", i)
		fmt.Fprintf(&names, "1,option %d\n", i)
	}
	long := strings.Repeat("x", maxName+1)
	for _, test := range []struct{ format, file, want string }{
		{"csv", "count,rank1\n1," + strings.Repeat("x", maxLine+1) + "\n", "line 2: the line is longer than 1048576 bytes"},
		{"csv", "count" + columns.String() + "\n", "there are more than 1001 columns"},
		{"csv", "count,rank1\n" + names.String(), "line 1002, column 3: there are more than 1000 options"},
		{"csv", "count,rank1\n1," + long + "\n", "line 2, column 3: a name is longer than 1000 bytes"},
		{"csv", "count,A\n1,10001\n", `line 2, column 3: "10001" is not a number of points`},
		{"blt", "1 1\n1 1 0\n0\n\"" + long + "\"\n", "line 4, column 1: a name is longer than 1000 bytes"},
		{"blt", "2 1\n1000000000000 1 0\n1 2 0\n0\n", "line 3: there are more voters than 1000000000000"},
		{"blt", "2 1001\n", `line 1, column 3: "1001" is not a number of seats`},
		{"toi", "# NUMBER ALTERNATIVES: 1001\n", `line 1, column 24: "1001" is no such number, up to 1000`},
		{"toi", "# NUMBER ALTERNATIVES: 2\n1: " + strings.Repeat("{},", maxOptions) + "1\n", "line 2: a ballot has more than 1000 places"},
	} {
		if _, err := Read(strings.NewReader(test.file), test.format); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %.60q: got %v, want %s", test.format, test.file, err, test.want)
		}
	}
}

// A line may be longer than what is read at once.
func TestLongLines(t *testing.T) {
	var header, ballot strings.Builder
	for i := range 900 {
		fmt.Fprintf(&header, ",option number %d that has a very long name, as some have: %s", i, strings.Repeat("x", 100))
		fmt.Fprintf(&ballot, ",%d", i%6)
	}
	f, err := Read(strings.NewReader("count"+strings.ReplaceAll(header.String(), ", as", " as")+"\n3"+ballot.String()+"\n"), "csv")
	if err != nil || len(f.Election.Options) != 900 || f.Voters != 3 || f.Election.Max != 5 {
		t.Errorf("%+v, %v", f, err)
	}
}

// endless is a file that does not end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '\n'
	}
	return len(b), nil
}

func TestAnEndlessFileEnds(t *testing.T) {
	r := &limited{endless{}, 1 << 20}
	n, err := io.Copy(io.Discard, r)
	if n != 1<<20 || !errors.Is(err, errSize) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestBallotsAreBounded(t *testing.T) {
	k := kept{voters: make([]int64, maxBallots)}
	if k.add([]vote.Mark{{Place: 1, N: 1}}, 1) {
		t.Error("a ballot too many is taken")
	}
}
