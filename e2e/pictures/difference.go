package pictures

import (
	"image"
	"image/color"
	"image/draw"

	xdraw "golang.org/x/image/draw"
)

// shrink is how many pixels of a picture, across, make one of its thumbnail, for a phone
// and for any wider screen.
func shrink(width int) int {
	switch {
	case width < 600:
		return 3
	case width < 1600:
		return 5
	default:
		return width / 256
	}
}

// levels are the steps of a thumbnail's colours: few, for small files.
const levels = 16

// Thumbnail is a small copy of a picture. What lies in masks is grey: it differs from run
// to run, as codes and times do.
func Thumbnail(picture image.Image, masks []image.Rectangle) *image.RGBA {
	b := picture.Bounds()
	all := image.NewRGBA(b)
	draw.Draw(all, b, picture, b.Min, draw.Src)
	for _, m := range masks {
		draw.Draw(all, m.Intersect(b), image.NewUniform(color.Gray{Y: 0x80}), image.Point{}, draw.Src)
	}
	n := shrink(b.Dx())
	small := image.NewRGBA(image.Rect(0, 0, b.Dx()/n, b.Dy()/n))
	xdraw.CatmullRom.Scale(small, small.Bounds(), all, b, draw.Src, nil)
	for i, v := range small.Pix {
		small.Pix[i] = uint8(int(v) / levels * 255 / (256/levels - 1)) //nolint:gosec // at most 255
	}
	return small
}

// What two thumbnails may differ in. Letters are drawn a little differently by each
// release of a browser and each set of fonts; averages over a few pixels hardly show it.
const (
	reach    = 2    // pixels around one that its average is of
	apart    = 0x1c // of 255: averages that differ by more are seen
	fewApart = 12   // pixels that may be seen to differ: less than a small button has
)

// Differences are the pixels in which two thumbnails are seen to differ. Nil means that
// the pictures are the same to a person.
func Differences(a, b *image.RGBA) []image.Point {
	width, height := max(a.Rect.Dx(), b.Rect.Dx()), max(a.Rect.Dy(), b.Rect.Dy())
	if abs(a.Rect.Dx()-b.Rect.Dx()) > 1 || abs(a.Rect.Dy()-b.Rect.Dy()) > 8 {
		return []image.Point{{width, height}} // another size: a part is missing or new
	}
	ma, mb := averages(a), averages(b)
	var points []image.Point
	for y := range min(a.Rect.Dy(), b.Rect.Dy()) {
		for x := range min(a.Rect.Dx(), b.Rect.Dx()) {
			i := a.PixOffset(x, y)
			j := b.PixOffset(x, y)
			for c := range 3 {
				if abs(int(ma[i+c])-int(mb[j+c])) > apart {
					points = append(points, image.Point{x, y})
					break
				}
			}
		}
	}
	if len(points) <= fewApart {
		return nil
	}
	return points
}

// averages are those of each pixel and its neighbours.
func averages(p *image.RGBA) []uint8 {
	out := make([]uint8, len(p.Pix))
	across := make([]uint8, len(p.Pix))
	average(p.Pix, across, p.Rect.Dx(), p.Rect.Dy(), 4, p.Stride)
	average(across, out, p.Rect.Dy(), p.Rect.Dx(), p.Stride, 4)
	return out
}

// average writes the averages along lines of n values, step apart.
func average(from, to []uint8, n, lines, step, line int) {
	for l := range lines {
		for i := range n {
			first, last := max(0, i-reach), min(n-1, i+reach)
			for c := range 4 {
				sum := 0
				for k := first; k <= last; k++ {
					sum += int(from[l*line+k*step+c])
				}
				to[l*line+i*step+c] = uint8(sum / (last - first + 1)) //nolint:gosec // an average of bytes
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

// SideBySide is what was kept, what is there now, and in red where they differ.
func SideBySide(kept, now *image.RGBA, where []image.Point) *image.RGBA {
	const gap = 8
	width, height := max(kept.Rect.Dx(), now.Rect.Dx()), max(kept.Rect.Dy(), now.Rect.Dy())
	all := image.NewRGBA(image.Rect(0, 0, 3*width+2*gap, height))
	draw.Draw(all, all.Rect, image.NewUniform(color.Gray{Y: 0xc0}), image.Point{}, draw.Src)
	for i, p := range []*image.RGBA{kept, now, now} {
		draw.Draw(all, p.Rect.Add(image.Pt(i*(width+gap), 0)), p, image.Point{}, draw.Src)
	}
	for _, p := range where {
		all.Set(2*(width+gap)+p.X, p.Y, color.RGBA{R: 0xff, A: 0xff})
	}
	return all
}
