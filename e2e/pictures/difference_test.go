//go:build pictures

package pictures

import (
	"image"
	"testing"

	"popeye/internal/testenv/browser"
)

// What a person would see is found; what another release of a browser does to letters is not.
func TestDifferencesAreWhatAPersonSees(t *testing.T) {
	h, chromium := house(t), browser.Start(t)
	views := map[string]view{}
	for _, s := range h.All() {
		width, height := s.Device.Size()
		views[s.Name] = view{s, light, "en", width, height}
	}
	for _, c := range []struct {
		what, scene, change string
		seen                bool
	}{
		{"nothing", "ballot-single", ``, false},
		{"letters placed by another rule", "ballot-single", `document.body.style.textRendering = "geometricPrecision"`, false},
		{"letters a little to the side", "result-rule-plurality", `document.querySelector("main").style.translate = "0.5px 0.5px"`, false},
		{"letters a little darker", "front", `document.body.style.webkitTextStroke = "0.15px"`, false},
		{"a button removed", "ballot-single", `document.querySelector("form button[name=vote]:last-of-type").style.visibility = "hidden"`, true},
		{"the primary button removed", "ballot-multiple", `document.querySelector("form .primary").style.visibility = "hidden"`, true},
		{"the primary button of another colour", "ballot-multiple", `document.querySelector("form .primary").style.background = "#b00020"`, true},
		{"a bar of another length", "result-rule-plurality", `document.querySelectorAll(".bars .fill, .bars .bar, .bars i").forEach((e) => e.style.inlineSize = "10%")`, true},
		{"a language mirrored", "ballot-single", `document.documentElement.dir = "rtl"`, true},
		{"a heading moved", "result-rule-plurality", `document.querySelector("h1").style.translate = "0 24px"`, true},
		{"all dark", "ballot-single", `document.documentElement.style.filter = "invert(1)"`, true},
		{"a bar removed from the wall", "wall-rule-plurality", `document.querySelector(".wall-row .w-track").style.visibility = "hidden"`, true},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := tab{browser.Person(t, chromium)}
			v := views[c.scene]
			p.opens(v)
			before := p.thumbnail(v, p.photographs(v))
			p.Do(c.what, browser.Script(c.change))
			p.still(c.what)
			where := Differences(before, p.thumbnail(v, p.photographs(v)))
			t.Logf("MEASURED %s: %d pixels", c.what, len(where))
			if (where != nil) != c.seen {
				t.Errorf("%s on %s is seen: %t, want %t", c.what, c.scene, where != nil, c.seen)
			}
		})
	}
}

// A page that has become longer or narrower is another one.
func TestAnotherSizeIsADifference(t *testing.T) {
	a := image.NewRGBA(image.Rect(0, 0, 100, 200))
	for _, size := range []image.Point{{100, 230}, {100, 170}, {90, 200}} {
		b := image.NewRGBA(image.Rectangle{Max: size})
		if Differences(a, b) == nil {
			t.Errorf("%v is taken for %v", size, a.Rect.Max)
		}
	}
	if d := Differences(a, image.NewRGBA(image.Rect(0, 0, 100, 203))); d != nil {
		t.Errorf("three lines more are a difference: %v", d)
	}
}
