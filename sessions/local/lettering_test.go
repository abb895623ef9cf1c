package local_test

import (
	_ "embed"
	"testing"

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
	if x := localtest.Execute(t, pool, id, lettering); x.Error != nil || x.Stdout != "[]\n[]\n" || x.Stderr != "" {
		t.Errorf("%s%s%+v", x.Stdout, x.Stderr, x.Error)
	}
	if x := localtest.Execute(t, pool, id, "ImageFont.truetype('nowhere.ttf', 20)"); x.Error == nil || x.Error.Name != "OSError" {
		t.Errorf("a font that is not there: %+v", x.Error)
	}
}
