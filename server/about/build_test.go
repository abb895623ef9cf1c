package about

import (
	"runtime/debug"
	"testing"
)

func TestDescribeBuild(t *testing.T) {
	t.Parallel()
	b := describeBuild(&debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Version: "v1.2.3"},
		Settings:  []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}},
		Deps: []*debug.Module{
			{Path: gvisorModule, Version: "v0.0.0-20260224225140-573d5e7127a8"},
			{Path: pythonModule, Version: "v0.0.0-3.14.6-20260610-1"},
		},
	})
	want := Build{Version: "v1.2.3", revision: "abc with changes", goVersion: "go1.26.8",
		gvisor: "v0.0.0-20260224225140-573d5e7127a8", Python: "3.14.6"}
	if b != want {
		t.Errorf("got %+v, want %+v", b, want)
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
