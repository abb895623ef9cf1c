package about

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime/debug"
	"strings"
	"testing"
)

func TestDescribeBuild(t *testing.T) {
	t.Parallel()
	b := describeBuild(&debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Version: "v1.2.3"},
		Settings:  []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}, {Key: "vcs.time", Value: "2026-07-01T10:11:12Z"}},
		Deps: []*debug.Module{
			{Path: gvisorModule, Version: "v0.0.0-20260224225140-573d5e7127a8"},
			{Path: pythonModule, Version: "v0.0.0-3.14.6-20260610-1"},
		},
	})
	want := Build{Version: "v1.2.3", revision: "abc", modified: true, time: "2026-07-01T10:11:12Z", goVersion: "go1.26.8",
		Sandbox: true, gvisor: "v0.0.0-20260224225140-573d5e7127a8", Python: "3.14.6"}
	if b != want {
		t.Errorf("got %+v, want %+v", b, want)
	}
	var text, object bytes.Buffer
	if err := errors.Join(b.Write(&text), b.WriteJSON(&object, "native", "gvisor")); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "dynamic-sessions-mcp v1.2.3\nrevision abc with changes of 2026-07-01T10:11:12Z\n") {
		t.Errorf("got %s", &text)
	}
	var got map[string]any
	if err := json.Unmarshal(object.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"version": "v1.2.3", "commit": "abc", "modified": true, "date": "2026-07-01T10:11:12Z",
		"engine": "native", "level": "gvisor", "python": "3.14.6"} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if b.Date() != "2026-07-01" || (Build{}).Date() != "" {
		t.Errorf("the date is %q", b.Date())
	}
	if got := b.Name(); got != "v1.2.3" {
		t.Errorf("a release is called %q", got)
	}
	if got := (Build{Version: develVersion, revision: "abc"}).Name(); got != "devel (abc)" {
		t.Errorf("another build is called %q", got)
	}
	if got := describeBuild(&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}).Version; got != "devel" {
		t.Errorf("got %q", got)
	}
}
