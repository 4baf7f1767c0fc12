package poll

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"popeye/poll/ballotpage"
)

// BenchmarkBallotPage renders the page that each voter is shown, of every kind.
func BenchmarkBallotPage(b *testing.B) {
	l, err := ballotpage.Load()
	if err != nil {
		b.Fatal(err)
	}
	s := &Station{look: l}
	r := httptest.NewRequest("GET", site+"/p/single", nil)
	for _, p := range examples()[1:5] {
		b.Run(string(p.Kind), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.render(httptest.NewRecorder(), r, http.StatusOK, sight{poll: p}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
