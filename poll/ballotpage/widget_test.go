package ballotpage

import (
	"testing"

	"popeye/internal/i18n"
	"popeye/vote"
)

func TestEveryKindHasAWidget(t *testing.T) {
	for _, k := range vote.Kinds {
		w, err := widgetOf(k)
		if err != nil || w.advice == nil || w.option == nil || w.recorded == nil {
			t.Errorf("%s: a part of its widget is missing: %v", k, err)
		}
	}
	if len(widgets) != len(vote.Kinds) {
		t.Errorf("%d widgets for %d kinds", len(widgets), len(vote.Kinds))
	}
}

// A kind that this program does not know is an error, not another kind's page.
func TestAnUnknownKindHasNoPage(t *testing.T) {
	look, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	p := vote.Poll{Slug: "q", Kind: "auction", Question: "Q?", Status: vote.Open}
	if page, err := Page(look, View{Poll: p, Say: i18n.English}); err == nil || page != nil {
		t.Errorf("a page came of an unknown kind: %v", err)
	}
}
