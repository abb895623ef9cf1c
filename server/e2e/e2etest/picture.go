package e2etest

import (
	"bytes"
	"image/png"
	"testing"
)

// AssertPlot checks that data is a PNG of the size of a plot.
func AssertPlot(t *testing.T, data []byte) {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v: %.100q", err, data)
	}
	if size := picture.Bounds().Size(); size.X < 300 || size.Y < 200 {
		t.Errorf("the plot is %v", size)
	}
}
