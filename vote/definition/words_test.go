package definition

import (
	"errors"
	"strings"
	"testing"

	"popeye/vote"
)

func labelled(question string, labels ...string) Definition {
	d := Definition{Question: question, Slug: "s"}
	for _, l := range labels {
		d.Options = append(d.Options, OptionText{Label: l})
	}
	return d
}

func TestNewPollRefusesBlankWords(t *testing.T) {
	for _, blank := range []string{
		"\u200b", "\u200b \u200c", "\u2060\ufeff", "\u3164", "\u115f\u1160", "\uffa0", "\u2800\u2800", "\u00ad", "\ufe0f", "\u034f",
		"\u0301", "\u200e\u061c", "\U000e0041", "\u180e",
	} {
		if _, err := NewPoll(labelled("Which?", "A", blank)); !broke(err, "label.blank") {
			t.Errorf("the option %q: %v", blank, err)
		}
		if _, err := NewPoll(labelled(blank, "A", "B")); !broke(err, "question.blank") {
			t.Errorf("the question %q: %v", blank, err)
		}
		if _, err := Default("Which?", []string{"A", blank}); !errors.Is(err, vote.ErrInvalid) {
			t.Errorf("the default poll's option %q: %v", blank, err)
		}
	}
}

// The pairs that voters can't tell apart.
var alikePairs = [][2]string{
	{"Yes No", "Yes\u00a0No"},
	{"Yes No", "Yes  No"},
	{"Yes No", "Yes\u3000No"},
	{"Yes", "Yes\u3164"},
	{"Yes", "Yes\u2800"},
	{"Yes", "Ｙｅｓ"},
	{"10 €", "１０ €"},
	{"Yes", "Y\u200des"},
	{"Yes", "Yes\u200b"},
	{"Yes", "\u200eYes"},
	{"Yes", "Ye\u00ads"},
	{"Yes", "𝐘𝐞𝐬"},
	{"10", "𝟏𝟎"},
	{"Café", "Cafe\u0301"},
	{"Tiếng", "Tiê\u0301ng"},
	{"ệ", "e\u0302\u0323"},
	{"Ελλάδα", "Ελλα\u0301δα"},
	{"Кий", "Кии\u0306"},
	{"が", "か\u3099"},
	{"한", "\u1112\u1161\u11ab"},
	{"أ", "ا\u0654"},
	{"Å", "\u212b"},
	{"Paris", "Раris"},
	{"A", "А"},
	{"A", "Α"},
	{"Don't know", "Don’t know"},
	{"e-mail", "e\u2011mail"},
	{"❤", "❤\ufe0f"},
}

func TestNewPollRefusesOptionsThatLookTheSame(t *testing.T) {
	for _, pair := range alikePairs {
		_, err := NewPoll(labelled("Which?", pair[0], "Other", pair[1]))
		if !broke(err, "label.same_look") {
			t.Errorf("%q and %q: %v", pair[0], pair[1], err)
		}
	}
}

func TestNewPollTakesOptionsThatDiffer(t *testing.T) {
	for _, labels := range [][]string{
		{"e", "é", "è", "ê", "E"},
		{"Yes", "yes", "Yes!", "Yess"},
		{"O", "0"},
		{"resume", "résumé"},
		{"👨‍👩‍👧", "👨‍👩‍👦", "👨👩👧", "👩‍💻", "👩🏽‍💻", "👩"},
		{"🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "🏴"},
		{"🇫🇷", "🇩🇪"},
		{"1️⃣", "2️⃣"},
		{"می\u200cخواهم", "نمی\u200cخواهم"},
		{"क्ष", "क्\u200dष ज"},
		{"はは", "ばば", "ぱぱ"},
		{"한", "하"},
		{"C", "C#", "C++"},
		{"½", "1/2"},
		{"No", "Number", "№"},
		{"+", "-", "×"},
		{"\u0600 1", "1"},
	} {
		if p, err := NewPoll(labelled("می\u200cخواهید؟", labels...)); err != nil || len(p.Options) != len(labels) {
			t.Errorf("%q: %v", labels, err)
		} else if p.Options[0].Label != labels[0] {
			t.Errorf("%q was changed to %q", labels[0], p.Options[0].Label)
		}
	}
}

// Polls that were made before stay as they are; what an organiser changes is held
// to the rules of today.
func TestEditLooksAtWhatItChanges(t *testing.T) {
	old := vote.Poll{
		Slug: "old", Question: "\u200b", Kind: vote.Single, Status: vote.Draft,
		Options: []vote.Option{{ID: "a", Label: "Yes"}, {ID: "b", Label: "Y\u200des"}, {ID: "c", Label: "\u3164"}},
	}
	if err := old.Validate(); err != nil {
		t.Fatalf("a poll that was made before can't be read: %v", err)
	}
	same := []OptionText{{ID: "a", Label: "Yes"}, {ID: "b", Label: "Y\u200des"}, {ID: "c", Label: "Maybe"}}
	for _, tt := range []struct {
		name string
		edit Edit
		err  string
	}{
		{"the schedule", Edit{ClosesAt: At(noon)}, ""},
		{"the question", Edit{Question: new("Really?")}, ""},
		{"the kind", Edit{Kind: new(vote.Ranked)}, ""},
		{"a question that is blank", Edit{Question: new("\u2800")}, "question.blank"},
		{"options that look the same", Edit{Options: same}, "label.same_look"},
		{"options", Edit{Options: append([]OptionText{{ID: "a", Label: "Yes"}, {ID: "b", Label: "No"}}, same[2])}, ""},
	} {
		_, err := tt.edit.Apply(old)
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.err)
		}
	}
}

// Labels can't be swapped by writing them in other letters that look the same.
func TestEditSeesThroughALabelThatIsUsedAgain(t *testing.T) {
	p := vote.Poll{Slug: "s", Question: "Dissolve the club?", Kind: vote.Single, Status: vote.Open, Options: []vote.Option{{ID: "a", Label: "Yes"}, {ID: "b", Label: "No"}}}
	for _, labels := range [][2]string{{"Nо", "Yеs"}, {"Ｎｏ", "Ｙｅｓ"}, {"N\u200bo", "Y\u200bes"}, {"nо", "yеs"}} {
		_, err := Edit{Options: []OptionText{{ID: "a", Label: labels[0]}, {ID: "b", Label: labels[1]}}}.Apply(p)
		if !broke(err, "edit.label_used") {
			t.Errorf("%q: %v", labels, err)
		}
	}
	if _, err := (Edit{Options: []OptionText{{ID: "a", Label: "Yes!"}, {ID: "b", Label: "Nо"}}}).Apply(p); err != nil {
		t.Errorf("a correction of itself: %v", err)
	}
}
