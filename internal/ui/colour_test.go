package ui

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"
)

// rgb is a colour in linear light, each part from 0 to 1.
type rgb [3]float64

// parseColour reads #rgb or #rrggbb.
func parseColour(text string) (rgb, error) {
	digits, ok := strings.CutPrefix(text, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	parts, err := hex.DecodeString(digits)
	if !ok || err != nil || len(parts) != 3 {
		return rgb{}, fmt.Errorf("%q is not #rgb or #rrggbb", text)
	}
	return rgb{linear(parts[0]), linear(parts[1]), linear(parts[2])}, nil
}

// linear undoes the curve of sRGB (IEC 61966-2-1).
func linear(part uint8) float64 {
	c := float64(part) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

// luminance is that of WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
func (c rgb) luminance() float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

// contrast is that of WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
func contrast(a, b rgb) float64 {
	light, dark := a.luminance(), b.luminance()
	return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
}

// eyes are the matrices by which linear RGB looks to people who lack a kind of cone, at
// severity 1.0: Machado, Oliveira, Fernandes, "A Physiologically-based Model for
// Simulation of Color Vision Deficiency", IEEE TVCG 15 (6), 2009,
// doi:10.1109/TVCG.2009.113, table 1. The first is everybody else.
var eyes = map[string][3]rgb{
	"full vision":  {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// seen is the colour as those eyes see it.
func (c rgb) seen(by [3]rgb) rgb {
	var out rgb
	for i, row := range by {
		out[i] = min(1, max(0, row[0]*c[0]+row[1]*c[1]+row[2]*c[2]))
	}
	return out
}

// lab is a colour in CIELAB, under the white of sRGB (D65).
type lab struct{ L, a, b float64 }

func (c rgb) lab() lab {
	x := labCurve((0.4124564*c[0] + 0.3575761*c[1] + 0.1804375*c[2]) / 0.95047)
	y := labCurve(0.2126729*c[0] + 0.7151522*c[1] + 0.0721750*c[2])
	z := labCurve((0.0193339*c[0] + 0.1191920*c[1] + 0.9503041*c[2]) / 1.08883)
	return lab{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func labCurve(t float64) float64 {
	if t > 216.0/24389 {
		return math.Cbrt(t)
	}
	return (24389.0/27*t + 16) / 116
}

// difference is CIEDE2000, as Sharma, Wu and Dalal give it: "The CIEDE2000
// Color-Difference Formula: Implementation Notes, Supplementary Test Data, and
// Mathematical Observations", Color Research and Application 30 (1), 2005.
func difference(p, q lab) float64 {
	chroma := (math.Hypot(p.a, p.b) + math.Hypot(q.a, q.b)) / 2
	g := 1 + 0.5*(1-math.Sqrt(seventh(chroma)))
	c1, h1 := polar(p.a*g, p.b)
	c2, h2 := polar(q.a*g, q.b)
	turn, middle := hues(c1, h1, c2, h2)

	dL, dC, dH := q.L-p.L, c2-c1, 2*math.Sqrt(c1*c2)*sin(turn/2)
	light, c := (p.L+q.L)/2, (c1+c2)/2
	t := 1 - 0.17*cos(middle-30) + 0.24*cos(2*middle) + 0.32*cos(3*middle+6) - 0.20*cos(4*middle-63)
	sL := 1 + 0.015*(light-50)*(light-50)/math.Sqrt(20+(light-50)*(light-50))
	sC, sH := 1+0.045*c, 1+0.015*c*t
	around := (middle - 275) / 25
	rT := -sin(60*math.Exp(-around*around)) * 2 * math.Sqrt(seventh(c))
	return math.Sqrt(dL*dL/sL/sL + dC*dC/sC/sC + dH*dH/sH/sH + rT*dC/sC*dH/sH)
}

func seventh(c float64) float64 { c7 := math.Pow(c, 7); return c7 / (c7 + math.Pow(25, 7)) }

func sin(degrees float64) float64 { return math.Sin(degrees * math.Pi / 180) }
func cos(degrees float64) float64 { return math.Cos(degrees * math.Pi / 180) }

// polar returns chroma, and hue in degrees.
func polar(a, b float64) (chroma, hue float64) {
	return math.Hypot(a, b), math.Mod(math.Atan2(b, a)*180/math.Pi+360, 360)
}

// hues returns the turn from one hue to another, and the hue between them.
func hues(c1, h1, c2, h2 float64) (turn, middle float64) {
	turn = h2 - h1
	switch {
	case c1*c2 == 0:
		return 0, h1 + h2
	case math.Abs(turn) <= 180:
		return turn, (h1 + h2) / 2
	case turn > 180:
		turn -= 360
	default:
		turn += 360
	}
	if h1+h2 < 360 {
		return turn, (h1 + h2 + 360) / 2
	}
	return turn, (h1 + h2 - 360) / 2
}

// Pairs of table 1 of that paper: those that go wrong where hues or rotation do.
func TestColourDifferenceIsCIEDE2000(t *testing.T) {
	for _, tt := range []struct {
		p, q lab
		want float64
	}{
		{lab{50, 2.6772, -79.7751}, lab{50, 0, -82.7485}, 2.0425},
		{lab{50, -1.3802, -84.2814}, lab{50, 0, -82.7485}, 1.0},
		{lab{50, 0, 0}, lab{50, -1, 2}, 2.3669},
		{lab{50, 2.49, -0.001}, lab{50, -2.49, 0.0009}, 7.1792},
		{lab{50, 2.49, -0.001}, lab{50, -2.49, 0.0011}, 7.2195},
		{lab{50, 2.5, 0}, lab{73, 25, -18}, 27.1492},
		{lab{50, 2.5, 0}, lab{56, -27, -3}, 31.9030},
		{lab{60.2574, -34.0099, 36.2677}, lab{60.4626, -34.1751, 39.4387}, 1.2644},
		{lab{2.0776, 0.0795, -1.1350}, lab{0.9033, -0.0636, -0.5514}, 0.9082},
	} {
		if got := difference(tt.p, tt.q); math.Abs(got-tt.want) > 0.0001 {
			t.Errorf("%v to %v: %.4f, want %.4f", tt.p, tt.q, got, tt.want)
		}
	}
}

// Values that anybody can look up: black on white, and the grey that WCAG calls the
// last one that passes.
func TestContrastIsThatOfWCAG(t *testing.T) {
	for pair, want := range map[[2]string]float64{
		{"#000", "#fff"}: 21, {"#ffffff", "#fff"}: 1, {"#767676", "#fff"}: 4.54, {"#777", "#ffffff"}: 4.48, {"#0000ff", "#fff"}: 8.59,
	} {
		a, errA := parseColour(pair[0])
		b, errB := parseColour(pair[1])
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := contrast(a, b); math.Abs(got-want) > 0.005 {
			t.Errorf("%v: %.3f, want %.2f", pair, got, want)
		}
	}
	for _, text := range []string{"", "red", "#12", "#12345g", "rgb(0 0 0)"} {
		if _, err := parseColour(text); err == nil {
			t.Errorf("%q is a colour", text)
		}
	}
}
