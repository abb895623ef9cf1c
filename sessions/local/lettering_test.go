package local_test

import (
	_ "embed"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// lettering draws two letters of each script with Pillow and reportlab, in the
// fonts that code names, and prints those that are drawn as the same box.
//
//go:embed testdata/lettering.py
var lettering string

// TestLettering asserts in a sandbox that Pillow and reportlab draw the scripts of
// the world with the fonts that models name, and that nothing is said of it.
// That matplotlib does is asserted by package kernel's TestScripts.
func TestLettering(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	id := sessions.NewID()
	defer localtest.Stop(t, pool, id)
	for _, code := range strings.SplitAfter(lettering, "print(bad)\n")[:2] {
		x, err := pool.Execute(t.Context(), id, sessions.Request{Code: code, Timeout: 4 * time.Minute})
		if err != nil || x.Error != nil || x.Stdout != "[]\n" || x.Stderr != "" {
			t.Errorf("%v, %+v", err, x)
		}
	}
	if x := localtest.Execute(t, pool, id, "ImageFont.truetype('nowhere.ttf', 20)"); x.Error == nil || x.Error.Name != "OSError" {
		t.Errorf("a font that is not there: %+v", x.Error)
	}
}
