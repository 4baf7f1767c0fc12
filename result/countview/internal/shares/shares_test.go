package shares

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"popeye/internal/i18n"
)

func TestSharesAreTrue(t *testing.T) {
	for _, c := range []struct {
		votes []int64
		total int64
		want  string
	}{
		{[]int64{0, 0}, 0, ","},
		{[]int64{1, 3, 1}, 5, "20 %,60 %,20 %"},
		{[]int64{15, 46, 15}, 76, "20 %,60 %,20 %"}, // once 20, 61, 20
		{[]int64{1, 1}, 2, "50 %,50 %"},
		{[]int64{1, 1, 1}, 3, "33 %,33 %,33 %"},
		{[]int64{2, 1}, 3, "67 %,33 %"},
		{[]int64{1, 1, 4}, 6, "17 %,17 %,66 %"},
		{[]int64{1, 7}, 8, "13 %,87 %"},
		{[]int64{1, 1, 1, 1, 1, 1}, 6, "17 %,17 %,17 %,17 %,17 %,17 %"}, // equal votes read the same
		{[]int64{1, 999, 0}, 1000, "<1 %,>99 %,0 %"},
		{[]int64{1, 199}, 200, "1 %,99 %"},
		{[]int64{1, 200}, 201, "<1 %,>99 %"},
		{[]int64{0, 7}, 7, "0 %,100 %"},
		{[]int64{1}, 3, "33 %"}, // the others' ballots are invalid
	} {
		if got := strings.Join(Percents(i18n.English, c.votes, c.total, true), ","); got != c.want {
			t.Errorf("%v of %d: got %s, want %s", c.votes, c.total, got, c.want)
		}
	}
	// Each voter approves of several: nothing has to add up.
	if got := strings.Join(Percents(i18n.English, []int64{46, 15, 15}, 76, false), ","); got != "61 %,20 %,20 %" {
		t.Errorf("approvals: %s", got)
	}
}

func TestSharesPromise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		votes := rapid.SliceOfN(rapid.Int64Range(0, 3000), 2, 12).Draw(t, "votes")
		total := int64(0)
		for _, n := range votes {
			total += n
		}
		if total == 0 {
			return
		}
		texts := Percents(i18n.English, votes, total, true)
		sum, equal := int64(0), map[int64]string{}
		for i, text := range texts {
			n := votes[i]
			whole := map[string]int64{"<1 %": 0, ">99 %": 100}[text]
			if text[0] != '<' && text[0] != '>' {
				if err := json.Unmarshal([]byte(strings.TrimSuffix(text, " %")), &whole); err != nil {
					t.Fatal(err)
				}
			}
			if distance := 100*n - whole*total; distance >= total || distance <= -total {
				t.Fatalf("%d of %d reads %s", n, total, text)
			}
			if (text == "0 %") != (n == 0) || (text == "100 %") != (n == total) {
				t.Fatalf("%d of %d reads %s", n, total, text)
			}
			if before, ok := equal[n]; ok && before != text {
				t.Fatalf("%d reads %s and %s", n, before, text)
			}
			equal[n] = text
			sum += whole
		}
		if len(equal) == len(votes) && sum > 100 {
			t.Fatalf("%v add up to %d: %v", votes, sum, texts)
		}
	})
}

// shareCase is one call of both programs, and what it gives.
type shareCase struct {
	Votes []int64  `json:"votes"`
	Total int64    `json:"total"`
	Parts bool     `json:"parts"`
	Texts []string `json:"texts"`
	Width string   `json:"width"`
}

// What the page comes with and what its script makes of the same votes is the
// same, to the letter.
func TestSharesInTheScript(t *testing.T) {
	var want []shareCase
	add := func(parts bool, total int64, votes ...int64) {
		want = append(want, shareCase{votes, total, parts, Percents(i18n.English, votes, total, parts), Width(votes[0], total)})
	}
	for total := range int64(210) {
		for n := range total + 1 {
			add(true, total, n, total-n)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		most := int64(1) << (1 + random.IntN(38))
		votes, total := make([]int64, 2+random.IntN(10)), int64(random.IntN(2))
		for i := range votes {
			votes[i] = random.Int64N(most)
			total += votes[i]
		}
		add(random.IntN(2) == 0, total, votes...)
	}
	var got []shareCase
	runScript(t, `input.map((c) => ({ ...c, texts: percents(c.votes, c.total, c.parts), width: barWidth(c.votes[0], c.total) }))`, want, &got)
	for i := range want {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Fatalf("case %d (-Go +script):\n%s", i, diff)
		}
	}
}

// words stands for internal/ui/static/words.js.
const words = `const words = (code, gaps) => ({ "number.percent": "", "number.percent_less": "<", "number.percent_more": ">" })[code] + gaps.Number + " %";` + "\n"

// runScript evaluates an expression over input beside result/static/share.js.
func runScript(t *testing.T, expression string, input, output any) {
	t.Helper()
	source, err := os.ReadFile("../../../static/share.js")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "-")
	cmd.Stdin = strings.NewReader(words + string(source) + "\nconst input = " + string(raw) + ";\nconsole.log(JSON.stringify(" + expression + "));\n")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("node (the tests need Node.js): %v\n%s", err, &problems)
	}
	if err := json.Unmarshal(out.Bytes(), output); err != nil {
		t.Fatal(err)
	}
}
