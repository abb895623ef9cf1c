package tools

import (
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/picture/picturetest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// TestHostileAnswers calls the tools with what sessions may send.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	scans, small := string(picturetest.EmptyScans(6000, 6000, 200, false)), string(picturetest.PNG(t, picturetest.Plain(4, 4)))
	run := sessions.Execution{Displays: []sessions.Display{toolstest.Display("image/jpeg", scans), toolstest.Display("image/png", small)}}
	began := time.Now()
	result := converse(t, Options{Pool: script(run)}, "test").call("run_python", `{"code":"x"}`)
	toolstest.ExpectText(t, result, "display 1: its image is not shown: its 6000×6000 pixels take too much work to decode")
	if len(toolstest.Images(result)) != 1 {
		t.Errorf("%d images", len(toolstest.Images(result)))
	}
	pool := &sessionstest.Fake{}
	put(t, pool, "a.jpg", []byte(scans))
	toolstest.ExpectText(t, converse(t, Options{Pool: pool}, "test").call("download_file", `{"filename":"a.jpg"}`), "too much work to decode", "run_python")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}
