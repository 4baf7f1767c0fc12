package poll

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"popeye/vote"
)

func TestEveryKindHasAWidget(t *testing.T) {
	for _, k := range vote.Kinds {
		w, err := widgetOf(k)
		if err != nil || w.advice == nil || w.option == nil || w.recorded == nil {
			t.Errorf("%s: a part of its widget is missing: %v", k, err)
		}
	}
	equal(t, "widgets", len(widgets), len(vote.Kinds))
}

// A kind that this program does not know is an error, not another kind's page.
func TestAnUnknownKindHasNoPage(t *testing.T) {
	s := newFixture(t).station
	p := vote.Poll{Slug: "q", Kind: "auction", Question: "Q?", Status: vote.Open}
	w := httptest.NewRecorder()
	err := s.render(w, httptest.NewRequest(http.MethodGet, "/p/q", nil), http.StatusOK, view{Poll: p})
	if err == nil || w.Body.Len() > 0 {
		t.Errorf("a page came of an unknown kind: %v, %q", err, w.Body)
	}
}
