package i18n

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read returns a file's messages with all their forms; a language is one file.
func read(t *testing.T, file string) map[string]message {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]message{}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return all
}

// others are the files of all languages but English.
func others(t *testing.T) map[string]map[string]message {
	t.Helper()
	files, err := filepath.Glob("*.json")
	if err != nil || len(files) != len(Languages()) {
		t.Fatalf("%d files for %d languages: %v", len(files), len(Languages()), err)
	}
	all := map[string]map[string]message{}
	for _, file := range files {
		if file != "en.json" {
			all[strings.TrimSuffix(file, ".json")] = read(t, file)
		}
	}
	return all
}

// Each language has each message that English has, and no other.
func TestEveryLanguageHasEveryMessage(t *testing.T) {
	english := slices.Sorted(maps.Keys(read(t, "en.json")))
	for name, messages := range others(t) {
		if d := cmp.Diff(english, slices.Sorted(maps.Keys(messages))); d != "" {
			t.Errorf("codes (-of en +of %s):\n%s", name, d)
		}
	}
}

// A translation has the gaps of the English text, whatever their order. A form for one or
// two things needs no number.
func TestEveryLanguageHasTheGaps(t *testing.T) {
	english := read(t, "en.json")
	for name, messages := range others(t) {
		for code, m := range messages {
			if d := cmp.Diff(gaps(english[code]), gaps(m)); d != "" {
				t.Errorf("%s: %s (-en +%s):\n%s", name, code, name, d)
			}
		}
	}
}

// gaps are the gaps of all forms, sorted; Count chooses a form, and may be unseen.
func gaps(m message) []string {
	found := map[string]bool{}
	for _, text := range m {
		for _, hole := range gap.FindAllStringSubmatch(text, -1) {
			found[hole[1]] = true
		}
	}
	delete(found, "Count")
	return slices.Sorted(maps.Keys(found))
}

// A message that depends on a number has the forms of its language, as CLDR has them, and
// no other; and one that does in English does in each.
func TestPluralForms(t *testing.T) {
	english := read(t, "en.json")
	for _, p := range Languages() {
		forms := map[string]bool{}
		for n := range 1000 {
			forms[p.plural(n)] = true
		}
		want := slices.Sorted(maps.Keys(forms))
		for code, m := range p.messages {
			got := slices.Sorted(maps.Keys(m))
			if len(english[code]) == 1 && len(got) == 1 && got[0] == "other" {
				continue
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s has the forms %v, and needs %v", p.Tag(), code, got, want)
			}
		}
	}
}

// What only joins things may begin or end with a blank. Anything else that does is half a
// sentence.
func TestNoMessageIsGlued(t *testing.T) {
	joins := regexp.MustCompile(`\.(separator|last|together)$|^number\.`)
	for _, p := range Languages() {
		for code, m := range p.messages {
			for form, text := range m {
				if !joins.MatchString(code) && (text == "" || text != strings.TrimSpace(text)) {
					t.Errorf("%s: %s (%s) is %q", p.Tag(), code, form, text)
				}
			}
		}
	}
}

// Signs are those of the language: French sets them off by a narrow space that does not
// break, Arabic has its own.
func TestPunctuation(t *testing.T) {
	wrong := map[string]*regexp.Regexp{
		"fr": regexp.MustCompile(`[ \x{00a0}][?!;:»]|«[^\x{202f}]|[“”]|\pL[?!;»]`),
		"ar": regexp.MustCompile(`\p{Arabic}[,;?]|[“”]`),
	}
	for _, p := range Languages() {
		for code, m := range p.messages {
			for _, text := range m {
				if re := wrong[p.Tag()]; re != nil && re.MatchString(text) {
					t.Errorf("%s: %s is %q", p.Tag(), code, text)
				}
			}
		}
	}
}
