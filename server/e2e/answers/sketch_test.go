package answers

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"regexp"
	"strings"
	"testing"
)

// A sketch is a picture as text: a line with its mean colour, then lines of
// characters from light to dark. It is small, can be read in a review, and changes
// little when a renderer rounds otherwise.
const (
	sketchColumns = 40
	sketchMaxRows = 30
	shades        = " .:-=+*#%@"
)

// sketch draws a picture. What is transparent is white.
func sketch(p image.Image) string {
	size := p.Bounds().Size()
	// A character is twice as high as it is wide.
	rows := max(1, min(sketchMaxRows, int(math.Round(float64(size.Y)*sketchColumns/float64(size.X)/2))))
	var b strings.Builder
	var mean [3]float64
	for row := range rows {
		b.WriteString("  |")
		for column := range sketchColumns {
			c := area(p, column*size.X/sketchColumns, row*size.Y/rows, (column+1)*size.X/sketchColumns, (row+1)*size.Y/rows)
			for i := range mean {
				mean[i] += c[i] / float64(rows*sketchColumns)
			}
			dark := 1 - (0.3*c[0]+0.59*c[1]+0.11*c[2])/255
			b.WriteByte(shades[min(len(shades)-1, int(dark*float64(len(shades))))])
		}
		b.WriteString("|\n")
	}
	return fmt.Sprintf("  mean #%02x%02x%02x\n", int(mean[0]), int(mean[1]), int(mean[2])) + b.String()
}

// area is the mean colour of a part of a picture, from 0 to 255.
func area(p image.Image, x0, y0, x1, y1 int) (mean [3]float64) {
	at := p.Bounds().Min
	x1, y1 = max(x1, x0+1), max(y1, y0+1)
	n := float64((x1 - x0) * (y1 - y0))
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			c := color.NRGBAModel.Convert(p.At(at.X+x, at.Y+y)).(color.NRGBA)
			for i, v := range [3]uint8{c.R, c.G, c.B} {
				mean[i] += (255 + (float64(v)-255)*float64(c.A)/255) / n
			}
		}
	}
	return mean
}

var (
	pictureLine = regexp.MustCompile(`^image (\w+) (\d+)×(\d+)\n  mean #(..)(..)(..)\n`)
	imageForm   = "%s %d %d %x %x %x"
)

// alike reports whether two pictures, as the table has them, are the same to the eye:
// of one kind and size, of one mean colour, and with few characters that differ.
func alike(a, b string) bool {
	one, two := pictureLine.FindStringSubmatch(a), pictureLine.FindStringSubmatch(b)
	if one == nil || two == nil || one[1] != two[1] {
		return false
	}
	var m, n [5]int
	var kind string
	for i, from := range [][]string{one, two} {
		to := [2]*[5]int{&m, &n}[i]
		if _, err := fmt.Sscanf(strings.Join(from[1:], " "), imageForm, &kind, &to[0], &to[1], &to[2], &to[3], &to[4]); err != nil {
			return false
		}
	}
	for i := range m {
		allowed := 10 // of 255
		if i < 2 {
			allowed = 2 + m[i]/50
		}
		if max(m[i]-n[i], n[i]-m[i]) > allowed {
			return false
		}
	}
	return sketchesAlike(a[len(one[0]):], b[len(two[0]):])
}

// sketchesAlike allows every twentieth character to be more than a shade off.
func sketchesAlike(a, b string) bool {
	if len(a) != len(b) {
		return strings.Count(a, "\n") != strings.Count(b, "\n") && near(len(a), len(b))
	}
	off := 0
	for i := range len(a) {
		if d := strings.IndexByte(shades, a[i]) - strings.IndexByte(shades, b[i]); d > 1 || d < -1 {
			off++
		}
	}
	return off*20 <= len(a)
}

// near reports that two sketches differ by a row at most: their pictures differ by a
// pixel or two.
func near(a, b int) bool { return max(a-b, b-a) <= sketchColumns+5 }

func TestSketchesTellPicturesApart(t *testing.T) {
	draw := func(f func(x, y int) color.Color) string {
		p := image.NewNRGBA(image.Rect(0, 0, 200, 150))
		for y := range 150 {
			for x := range 200 {
				p.Set(x, y, f(x, y))
			}
		}
		return "image png 200×150\n" + sketch(p)
	}
	slope := func(up int) string {
		return draw(func(x, y int) color.Color {
			if (up*x/2+y)%150 < 15 {
				return color.Black
			}
			return color.White
		})
	}
	red := draw(func(int, int) color.Color { return color.NRGBA{200, 0, 0, 255} })
	green := draw(func(int, int) color.Color { return color.NRGBA{0, 102, 0, 255} }) // as dark as the red one
	soft := draw(func(x, y int) color.Color { return color.NRGBA{203, 2, 1, 255} })
	if !alike(red, red) || !alike(red, soft) || !alike(slope(1), slope(1)) {
		t.Error("a picture is not like itself")
	}
	if alike(red, green) || alike(slope(1), slope(3)) || alike(red, strings.Replace(red, "200×", "260×", 1)) || alike(red, strings.Replace(red, "png", "jpeg", 1)) {
		t.Errorf("different pictures are alike:\n%s\n%s", slope(1), slope(3))
	}
}
