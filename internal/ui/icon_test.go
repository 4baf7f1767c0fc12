package ui

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the icons anew")

// icons are the pictures of the mark that the manifest and phones ask for. A maskable one
// fills its square: whoever shows it cuts the shape.
var icons = map[string]struct {
	size     int
	maskable bool
}{"icon-192.png": {192, false}, "icon-512.png": {512, false}, "icon-mask.png": {512, true}, "icon-touch.png": {180, true}}

// The icons are drawn from the lines of the mark; -update writes them.
func TestIconsShowTheMark(t *testing.T) {
	for name, of := range icons {
		var drawn bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&drawn, drawIcon(t, of.size, of.maskable)); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile("static/"+name, drawn.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !sameImage(t, kept, drawn.Bytes()) {
			t.Errorf("%s is not the mark: run this test with -update", name)
		}
	}
	svg, err := os.ReadFile("static/icon.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{logoTick + logoMouth, `cx="9.8" cy="13.4" r="3.5"`, `rx="9"`} {
		if !strings.Contains(string(svg), line) || !strings.Contains(rendered(t, Logo())+logoTick+logoMouth, line) {
			t.Errorf("icon.svg has no %s", line)
		}
	}
}

func sameImage(t *testing.T, a, b []byte) bool {
	t.Helper()
	one, errA := png.Decode(bytes.NewReader(a))
	two, errB := png.Decode(bytes.NewReader(b))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if one.Bounds() != two.Bounds() {
		return false
	}
	for y := range one.Bounds().Dy() {
		for x := range one.Bounds().Dx() {
			r1, g1, b1, a1 := one.At(x, y).RGBA()
			r2, g2, b2, a2 := two.At(x, y).RGBA()
			for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2), int(a1) - int(a2)} {
				if d > 0x300 || d < -0x300 { // other machines may round otherwise
					return false
				}
			}
		}
	}
	return true
}

// drawIcon draws the mark of 32 by 32 by the distance of each pixel from its lines.
func drawIcon(t *testing.T, size int, maskable bool) image.Image {
	t.Helper()
	lines := append(readPath(t, logoTick), readPath(t, logoMouth)...)
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	unit, around := 32/float64(size), 0.0
	if maskable {
		unit, around = 40/float64(size), 4 // all of it within the circle that every mask leaves
	}
	for py := range size {
		for px := range size {
			x, y := (float64(px)+.5)*unit-around, (float64(py)+.5)*unit-around
			ground := 1.0
			if !maskable {
				ground = cover(roundedSquare(x, y), unit)
			}
			white := cover(math.Hypot(x-9.8, y-13.4)-3.5, unit)
			for i := 1; i < len(lines); i++ {
				if lines[i].starts {
					continue
				}
				white = max(white, cover(toSegment(x, y, lines[i-1], lines[i])-1.7, unit))
			}
			mix := func(accent float64) uint8 { return uint8(math.Round(accent + (255-accent)*white)) }
			img.SetNRGBA(px, py, color.NRGBA{mix(0x1f), mix(0x4b), mix(0xff), uint8(math.Round(255 * ground))})
		}
	}
	return img
}

// cover is how much of a pixel lies within a shape, from its distance to the outline.
func cover(distance, unit float64) float64 { return min(1, max(0, .5-distance/unit)) }

func roundedSquare(x, y float64) float64 {
	dx, dy := math.Abs(x-16)-16+9, math.Abs(y-16)-16+9
	return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - 9
}

type point struct {
	x, y   float64
	starts bool // a line; the one before has ended
}

func toSegment(x, y float64, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	along := min(1, max(0, ((x-a.x)*dx+(y-a.y)*dy)/(dx*dx+dy*dy)))
	return math.Hypot(x-a.x-along*dx, y-a.y-along*dy)
}

// readPath reads as much of SVG's paths as the mark needs: M, l with points, and c.
func readPath(t *testing.T, path string) (all []point) {
	t.Helper()
	command, rest := path[0], path
	var numbers []float64
	flush := func() {
		n := len(all)
		switch {
		case command == 'M':
			all = append(all, point{numbers[0], numbers[1], true})
		case command == 'l':
			for i := 0; i < len(numbers); i += 2 {
				last := all[len(all)-1]
				all = append(all, point{last.x + numbers[i], last.y + numbers[i+1], false})
			}
		case command == 'c' && len(numbers) == 6:
			all = append(all, curve(all[n-1], numbers)...)
		default:
			t.Fatalf("%s: can't read %c", path, command)
		}
		numbers = nil
	}
	for rest != "" {
		switch c := rest[0]; {
		case c == ' ':
			rest = rest[1:]
		case c == 'M' || c == 'l' || c == 'c':
			if numbers != nil {
				flush()
			}
			command, rest = c, rest[1:]
		default:
			var n float64
			text := number(rest)
			if _, err := fmt.Sscan(text, &n); err != nil {
				t.Fatalf("%s: %v", rest, err)
			}
			numbers, rest = append(numbers, n), rest[len(text):]
		}
	}
	flush()
	return all
}

// number is the one that a path begins with: a sign or a second point begins the next.
func number(path string) string {
	points := 0
	for i, c := range path {
		if c == '.' {
			points++
		}
		if i > 0 && (c == '-' || c == ' ' || points > 1 || c > '9') {
			return path[:i]
		}
	}
	return path
}

func curve(from point, c []float64) (all []point) {
	const pieces = 24
	for i := 1; i <= pieces; i++ {
		s := float64(i) / pieces
		at := func(a, b, end float64) float64 { return 3*(1-s)*(1-s)*s*a + 3*(1-s)*s*s*b + s*s*s*end }
		all = append(all, point{from.x + at(c[0], c[2], c[4]), from.y + at(c[1], c[3], c[5]), false})
	}
	return all
}
