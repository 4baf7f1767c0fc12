// Package picture draws what other programs show of a link to a result: 1200 by 630
// pixels, as PNG. What enters is what anyone may see of it, in words and numbers; what
// leaves is the picture. It reads nothing: it can't leak what it is not given.
package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

const (
	width, height = 1200, 630
	margin        = 64
	// MaxRows is how many options a picture has room for.
	MaxRows = 5
)

// Card is what a picture shows.
type Card struct {
	Question string
	Rows     []Row  // MaxRows at most; none of results that are hidden
	Foot     string // how many have voted, or when results are shown
	Brand    string
}

// Row is an option.
type Row struct {
	Mark, Label, Figure string
	Reach               float64 // of its bar, 0 to 1
	Leads               bool
}

// The colours of the light theme (internal/ui/static/popeye.css).
var (
	ink    = color.RGBA{0x0c, 0x1b, 0x2e, 0xff}
	soft   = color.RGBA{0x4a, 0x5a, 0x6e, 0xff}
	ground = color.RGBA{0xf5, 0xf7, 0xfa, 0xff}
	accent = color.RGBA{0x1f, 0x4b, 0xff, 0xff}
	calm   = color.RGBA{0x75, 0x88, 0xa3, 0xff}
	track  = color.RGBA{0xdf, 0xe5, 0xec, 0xff}
	white  = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

// PNG draws a card. A text that has letters which the font does not have is left away:
// the marks and the numbers stand for it.
func (c Card) PNG() ([]byte, error) {
	w, err := newWriter()
	if err != nil {
		return nil, fmt.Errorf("read the font of pictures: %w", err)
	}
	p := page{writer: w, RGBA: image.NewRGBA(image.Rect(0, 0, width, height))}
	p.fill(p.Bounds(), ground)
	p.fill(image.Rect(0, 0, width, 12), accent)
	y := p.question(c.Question)
	p.rows(c.Rows, y)
	p.text(c.Foot, 30, margin, height-48, width-2*margin-260, soft)
	p.endingAt(c.Brand, 30, width-margin, height-48, accent)
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		return nil, fmt.Errorf("encode a picture: %w", err)
	}
	return out.Bytes(), nil
}

// page is a picture that is being drawn.
type page struct {
	*writer
	*image.RGBA
}

func (p page) fill(r image.Rectangle, c color.Color) {
	draw.Draw(p, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// question writes the question, and returns where there is room below it.
func (p page) question(text string) int {
	const size, between = 54, 66
	y := 40
	if !p.knows(text) {
		return y + between
	}
	lines, rtl := p.lines(text, size, width-2*margin, 2)
	for _, line := range lines {
		y += between
		x := margin
		if rtl {
			x = width - margin - wide(line)
		}
		p.draw(p, line, x, y, ink)
	}
	return y + between/2
}

// rows share the room between a height and the foot.
func (p page) rows(rows []Row, y int) {
	if len(rows) == 0 {
		return
	}
	room := height - 110 - y
	step := min(room/len(rows), 100)
	for i, r := range rows {
		p.row(r, y+i*step, step)
	}
}

func (p page) row(r Row, y, step int) {
	const mark, size = 44, 28
	tone, words := calm, ink
	if r.Leads {
		tone, words = accent, accent
	}
	box := image.Rect(margin, y, margin+mark, y+mark)
	if p.fill(box, track); r.Leads {
		p.fill(box, accent)
	}
	letter := ink
	if r.Leads {
		letter = white
	}
	if lines, _ := p.lines(r.Mark, 24, mark, 1); len(lines) > 0 {
		p.draw(p, lines[0], margin+(mark-wide(lines[0]))/2, y+31, letter)
	}
	left, right := margin+mark+20, width-margin
	taken := p.endingAt(r.Figure, size, right, y+size-2, words)
	p.text(r.Label, size, left, y+size-2, right-left-taken-24, words)
	high := max(8, min(22, step-size-18))
	bar := image.Rect(left, y+size+8, right, y+size+8+high)
	p.fill(bar, track)
	bar.Max.X = left + int(float64(right-left)*r.Reach+.5)
	p.fill(bar, tone)
}

// text writes one line.
func (p page) text(text string, size, x, y, room int, c color.Color) {
	if text == "" || !p.knows(text) {
		return
	}
	if lines, _ := p.lines(text, size, room, 1); len(lines) > 0 {
		p.draw(p, lines[0], x, y, c)
	}
}

// endingAt writes a line that ends at x, and returns how wide it is.
func (p page) endingAt(text string, size, x, y int, c color.Color) int {
	if text == "" || !p.knows(text) {
		return 0
	}
	lines, _ := p.lines(text, size, width, 1)
	if len(lines) == 0 {
		return 0
	}
	p.draw(p, lines[0], x-wide(lines[0]), y, c)
	return wide(lines[0])
}
