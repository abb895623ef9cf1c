package render

import (
	"encoding/json"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/picture/picturetest"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestAnswerStaysSmall(t *testing.T) {
	t.Parallel()
	big := picturetest.PNG(t, picturetest.Noise(500, 400)) // 800 kB
	run := sessions.Execution{Stdout: strings.Repeat("<", 1_000_000)}
	for range 6 {
		run.Displays = append(run.Displays, toolstest.Display("image/png", string(big)))
	}
	for range 60 {
		run.Displays = append(run.Displays, toolstest.Display("image/png", string(picturetest.PNG(t, picturetest.Plain(4, 4)))))
	}
	result := rendered(t, run)
	raw, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > MaxResult {
		t.Errorf("the answer has %d bytes", len(raw))
	}
	if n := len(toolstest.Images(result)); n != maxPictures {
		t.Errorf("%d images", n)
	}
	toolstest.ExpectText(t, result, "images 1–6: reduced from 500×400", "displays 9–66: left out because an answer holds at most 8 images")
}
