package export

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"

	"popeye/vote"
)

// head is the beginning of a file, of whole lines: the fuzzer works with short ones.
func head(raw []byte) []byte {
	const most = 500
	if len(raw) <= most {
		return raw
	}
	return raw[:bytes.LastIndexByte(raw[:most], '\n')+1]
}

// seed adds the real files of formats, whole and shortened, and those of ours.
func seed(f *testing.F, formats ...string) {
	for _, name := range elections(f) {
		if slices.Contains(formats, FormatOf(name)) {
			raw, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(head(raw))
			f.Add(slices.Concat(head(raw), raw[len(raw)-min(len(raw), 200):]))
		}
	}
	for _, kind := range vote.Kinds {
		p := vote.Poll{
			Slug: "lunch", Question: `Where "to"?`, Kind: kind, Status: vote.Closed, Settings: vote.DefaultSettings(kind),
			Options: []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "=Sushi"}, {ID: "c", Label: "a,b"}, {ID: "-d", Label: "Salad"}},
		}
		p.Abstain, p.Withdrawn, p.LotSeed = true, []string{"b"}, "seed"
		switch kind {
		case vote.Multiple:
			p.Min, p.Max = 1, 3
		case vote.Score:
			p.Max = 5
		case vote.Single, vote.Ranked:
		}
		tally := vote.Tally{"a": 3, "-": 2, "a,c": 4, "-d>a": 1, "a=4,b=2": 5, "?": 1}
		for _, format := range formats {
			var file bytes.Buffer
			if write := writers[format]; write != nil && write(&file, p, tally.All()) == nil {
				f.Add(file.Bytes())
			}
		}
	}
}

// sane fails unless a file was refused in words, or is one that every rule can count.
func sane(t *testing.T, raw []byte, format string) {
	f, err := Read(bytes.NewReader(raw), format)
	if err != nil {
		_, ofFile := errors.AsType[*Error](err)
		if _, ofPoll := errors.AsType[*vote.Error](err); !ofFile && !ofPoll {
			t.Errorf("an error that says no place: %v", err)
		}
		return
	}
	e, ids, voters, distinct := f.Election, map[string]bool{}, int64(0), 0
	for _, o := range e.Options {
		ids[o.ID] = true
	}
	if len(ids) != len(e.Options) || len(e.Lot) != len(e.Options) || len(ids) > maxOptions || e.Seats < 1 || f.Invalid < 0 || f.Abstained < 0 {
		t.Fatalf("%d ids of %d options, %d in the lot: %+v", len(ids), len(e.Options), len(e.Lot), f)
	}
	for _, id := range f.Withdrawn {
		if !ids[id] {
			t.Errorf("%q has withdrawn and is none", id)
		}
	}
	for marks, n := range f.Ballots {
		voters, distinct = voters+n, distinct+1
		saneBallot(t, f, marks)
	}
	if voters != f.Voters || distinct != f.Distinct || f.Voters+f.Invalid+f.Abstained > maxVoters {
		t.Errorf("%d ballots of %d voters, and the file says %+v", distinct, voters, f)
	}
}

// saneBallot fails unless a ballot names each option once, as its kind allows.
func saneBallot(t *testing.T, f *File, marks []vote.Mark) {
	e, named := f.Election, make([]bool, len(f.Election.Options))
	before := 0
	for i, m := range marks {
		if m.Place < 0 || m.Place >= len(named) || named[m.Place] {
			t.Fatalf("%v names an option twice, or one that there is not", marks)
		}
		named[m.Place] = true
		ok := true
		switch e.Kind {
		case vote.Single:
			ok = m.N == 1 && i == 0
		case vote.Multiple:
			ok = m.N == 1
		case vote.Ranked:
			ok = m.N == before+1 || m.N == before && i > 0
		case vote.Score:
			ok = e.Min <= m.N && m.N <= e.Max
		}
		if before = m.N; !ok {
			t.Fatalf("%s: %v can't be", e.Kind, marks)
		}
	}
}

func FuzzBLT(f *testing.F) {
	seed(f, "blt")
	f.Add([]byte("4 2\n-2\n3 1 4=3 - 2 0\n(x) 1 0\n0\n\"A\\\"\" \"x\"\nB # c\n\"C\"\n\"D\"\n\"T\"\n"))
	f.Fuzz(func(t *testing.T, raw []byte) { sane(t, raw, "blt") })
}

func FuzzPrefLib(f *testing.F) {
	seed(f, "soi", "toi", "soc", "toc")
	f.Add([]byte("3\n1,A\n2,B\n3,C\n3,3,2\n2,1,{2,3}\n1,2\n"))
	f.Fuzz(func(t *testing.T, raw []byte) { sane(t, raw, "toi") })
}

func FuzzCategories(f *testing.F) {
	f.Add([]byte("# NUMBER ALTERNATIVES: 3\n# NUMBER CATEGORIES: 2\n# CATEGORY NAME 1: Yes\n# CATEGORY NAME 2: No\n4: {1,3},2\n1: {},{1,2}\n"))
	f.Add([]byte("# NUMBER ALTERNATIVES: 3\n# NUMBER CATEGORIES: 3\n# CATEGORY NAME 1: -1\n# CATEGORY NAME 2: 0\n# CATEGORY NAME 3: 2\n4: 1,{},2\n"))
	f.Fuzz(func(t *testing.T, raw []byte) { sane(t, raw, "cat") })
}

func FuzzCSV(f *testing.F) {
	seed(f, "csv")
	f.Add([]byte("\ufeffVoters;1st choice;2nd choice\r\n2;\"Poe; \"\"Amy\"\"\";Bob \r\n1;overvote;\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) { sane(t, raw, "csv") })
}

func FuzzJSON(f *testing.F) {
	seed(f, "json")
	f.Fuzz(func(t *testing.T, raw []byte) { sane(t, raw, "json") })
}
