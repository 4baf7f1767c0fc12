package picture

import (
	"bytes"
	"image/png"
	"os"
	"testing"
)

// colours counts the points of a picture by their colour.
func colours(t *testing.T, c Card) map[[3]uint32]int {
	t.Helper()
	body, err := c.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		_ = os.WriteFile(dir+"/preview-"+t.Name()+".png", body, 0o644)
	}
	p, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if b := p.Bounds(); b.Dx() != 1200 || b.Dy() != 630 {
		t.Fatalf("it is %v", b)
	}
	n := map[[3]uint32]int{}
	for y := range 630 {
		for x := range 1200 {
			r, g, b, _ := p.At(x, y).RGBA()
			n[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	return n
}

var (
	accented = [3]uint32{0x1f, 0x4b, 0xff}
	inked    = [3]uint32{0x0c, 0x1b, 0x2e}
	calmed   = [3]uint32{0x75, 0x88, 0xa3}
)

func TestPictureOfAResult(t *testing.T) {
	c := Card{Question: "What should we do with the rest of the budget?", Foot: "61 people have voted", Brand: "Popeye", Rows: []Row{
		{"B", "A day out together", "30  49 %", 1, true}, {"A", "New coffee machine", "25  41 %", .83, false}, {"C", "Better chairs", "5  8 %", .17, false},
	}}
	shown := colours(t, c)
	if shown[accented] < 10_000 || shown[calmed] < 5_000 || shown[inked] < 1_000 {
		t.Errorf("accent %d, calm %d, ink %d points", shown[accented], shown[calmed], shown[inked])
	}
	c.Rows = nil
	if hidden := colours(t, c); hidden[accented] > 16_000 || hidden[calmed] > 0 {
		t.Errorf("without rows: accent %d, calm %d points", hidden[accented], hidden[calmed])
	}
}

// Arabic letters are joined, and a line that runs from right to left begins at the right.
func TestPictureOfArabic(t *testing.T) {
	colours(t, Card{Question: "أين نأكل اليوم مع الأصدقاء؟", Foot: "صوّت 61 شخصًا", Brand: "Popeye", Rows: []Row{{"A", "بيتزا!", "37  61 %", 1, true}, {"B", "Sushi", "13  21 %", .35, false}}})
	w, err := newWriter()
	if err != nil {
		t.Fatal(err)
	}
	word, rtl := w.lines("بيت", 40, 1000, 1)
	alone, _ := w.lines("ت", 40, 1000, 1)
	if first, last := word[0][0].Glyphs[0], alone[0][0].Glyphs[0]; !rtl || first.GlyphID == last.GlyphID {
		t.Errorf("from right to left: %v; the last letter of a word is glyph %d, alone %d", rtl, first.GlyphID, last.GlyphID)
	}
}

// Whatever people write has room, or is left away.
func TestPictureHasRoom(t *testing.T) {
	long := string(bytes.Repeat([]byte("Long words "), 60))
	c := Card{Question: long, Foot: long, Brand: "Popeye"}
	for range MaxRows {
		c.Rows = append(c.Rows, Row{"AAA", long, "1\u202f234\u202f567  >99 %", 1, false})
	}
	colours(t, c)
	for _, strange := range []string{"", "猫か犬か", "🍕🍣", "\u200f", "a\u0301\u0301\u0301", "   "} {
		colours(t, Card{Question: strange, Rows: []Row{{"A", strange, "1", 1, true}}, Foot: strange})
	}
}

func BenchmarkPicture(b *testing.B) {
	c := Card{Question: "What should we do with the rest of the budget?", Rows: make([]Row, MaxRows)}
	for b.Loop() {
		if _, err := c.PNG(); err != nil {
			b.Fatal(err)
		}
	}
}
