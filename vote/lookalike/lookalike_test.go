package lookalike

import (
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// It does not matter how a letter was typed, in whatever script.
func TestAppearanceIsThatOfAllNormalForms(t *testing.T) {
	scripts := rapid.SampledFrom([]rune("aeoAEO éêệ ñ ΆΐЙёאּ לּ آأؤ कखड़ড় が ぱ한글 Å ẛ̣ \u0301\u0302\u0323\u093c"))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(scripts, 0, 12, -1).Draw(t, "text")
		want := Appearance(text)
		for _, form := range []norm.Form{norm.NFC, norm.NFD} {
			if got := Appearance(form.String(text)); got != want {
				t.Fatalf("%+q looks like %+q, and as %+q like %+q", text, want, form.String(text), got)
			}
		}
	})
}

// What looks the same is no other text afterwards: appearances compare.
func TestAppearanceOfAnAppearance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		look := Appearance(text)
		if again := Appearance(look); again != look {
			t.Fatalf("%+q looks like %+q, which looks like %+q", text, look, again)
		}
	})
}

func TestAlikeIgnoresCapitals(t *testing.T) {
	if !Alike("yеs", "YES") || Alike("yes", "yet") {
		t.Error("capitals are told, or letters are not")
	}
}
