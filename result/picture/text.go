package picture

import (
	"bytes"
	_ "embed"
	"image"
	"image/color"
	"image/draw"
	"slices"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// sansBold has the letters of the languages that are written in Latin, Greek, Cyrillic
// and Arabic: a part of DejaVu Sans Bold, see sans-bold.txt.
//
//go:embed sans-bold.ttf
var sansBold []byte

// writer sets text. It is for one goroutine at a time.
type writer struct {
	face   *font.Face
	shaper shaping.HarfbuzzShaper
	split  shaping.Segmenter
	wrap   shaping.LineWrapper
}

func newWriter() (*writer, error) {
	face, err := font.ParseTTF(bytes.NewReader(sansBold))
	return &writer{face: face}, err
}

// ResolveFace is for package shaping: there is one face.
func (w *writer) ResolveFace(rune) *font.Face { return w.face }

// knows reports whether there is a letter for each that a text has.
func (w *writer) knows(text string) bool {
	for _, r := range text {
		if _, ok := w.face.NominalGlyph(r); !ok {
			return false
		}
	}
	return true
}

// lines sets a text in at most so many lines of a width; what has no room is cut off, with
// an ellipsis. rtl is whether the text begins with a letter of a script that runs from
// right to left.
func (w *writer) lines(text string, size, width, most int) (lines []shaping.Line, rtl bool) {
	runes := []rune(text)
	in := shaping.Input{Text: runes, RunEnd: len(runes), Face: w.face, Size: fixed.I(size), Direction: direction(runes)}
	config := shaping.WrapConfig{Direction: in.Direction, TruncateAfterLines: most, Truncator: w.shape(ellipsis(in))[0]}
	lines, _ = w.wrap.WrapParagraph(config, width, runes, shaping.NewSliceIterator(w.shape(in)))
	return lines, in.Direction == di.DirectionRTL
}

func ellipsis(in shaping.Input) shaping.Input {
	in.Text, in.RunEnd = []rune("…"), 1
	return in
}

func (w *writer) shape(in shaping.Input) (out []shaping.Output) {
	for _, run := range w.split.Split(in, w) {
		out = append(out, w.shaper.Shape(run))
	}
	return out
}

// direction is that of the first letter that has one.
func direction(text []rune) di.Direction {
	for _, r := range text {
		switch {
		case r >= 0x590 && r <= 0x8ff, r >= 0xfb1d && r <= 0xfefc:
			return di.DirectionRTL
		case r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= 0xc0 && r < 0x590:
			return di.DirectionLTR
		}
	}
	return di.DirectionLTR
}

// wide returns how wide a line is.
func wide(line shaping.Line) int {
	var sum fixed.Int26_6
	for _, run := range line {
		sum += run.Advance
	}
	return sum.Ceil()
}

// draw draws a line that begins at x, on a base line at y.
func (w *writer) draw(on draw.Image, line shaping.Line, x, y int, ink color.Color) {
	runs := slices.Clone(line)
	slices.SortStableFunc(runs, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
	size := 0
	for _, run := range runs {
		size = max(size, run.Size.Ceil())
	}
	box := image.Rect(x-size, y-2*size, x+wide(line)+size, y+size) // all letters and their marks
	at, base := float32(size), float32(2*size)
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	for _, run := range runs {
		scale := float32(run.Size.Ceil()) / float32(w.face.Upem())
		for _, glyph := range run.Glyphs {
			if outline, ok := w.face.GlyphDataOutline(glyph.GlyphID); ok {
				trace(r, outline.Segments, at+float(glyph.XOffset), base-float(glyph.YOffset), scale)
			}
			at += float(glyph.Advance)
		}
	}
	r.Draw(on, box, image.NewUniform(ink), image.Point{})
}

func float(n fixed.Int26_6) float32 { return float32(n) / 64 }

// trace adds the outline of a letter.
func trace(r *vector.Rasterizer, outline []opentype.Segment, x, y, scale float32) {
	for _, s := range outline {
		var p [3][2]float32
		for i, a := range s.ArgsSlice() {
			p[i] = [2]float32{x + a.X*scale, y - a.Y*scale}
		}
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			r.ClosePath()
			r.MoveTo(p[0][0], p[0][1])
		case opentype.SegmentOpLineTo:
			r.LineTo(p[0][0], p[0][1])
		case opentype.SegmentOpQuadTo:
			r.QuadTo(p[0][0], p[0][1], p[1][0], p[1][1])
		case opentype.SegmentOpCubeTo:
			r.CubeTo(p[0][0], p[0][1], p[1][0], p[1][1], p[2][0], p[2][1])
		}
	}
	r.ClosePath()
}
