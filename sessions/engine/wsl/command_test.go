package wsl

import (
	"slices"
	"testing"
)

// TestHandOver: wsl.exe is told of the variables by their names, besides those that it
// hands over anyway.
func TestHandOver(t *testing.T) {
	d := &Distribution{opts: Options{Variables: []string{"API_KEY", "OTHER"}}}
	t.Setenv(handedOver, "")
	if got := d.handOver(); !slices.Equal(got, []string{"WSLENV=API_KEY:OTHER"}) {
		t.Errorf("%q", got)
	}
	t.Setenv(handedOver, "GOPATH/l")
	if got := d.handOver(); !slices.Equal(got, []string{"WSLENV=GOPATH/l:API_KEY:OTHER"}) {
		t.Errorf("%q", got)
	}
	if got := (&Distribution{}).handOver(); got != nil {
		t.Errorf("without variables: %q", got)
	}
}
