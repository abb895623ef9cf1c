package datadir

import (
	"reflect"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/tree"
)

func TestLargest(t *testing.T) {
	var l largest
	for _, f := range []struct {
		name string
		info tree.Info
	}{
		{"a", tree.Info{Regular: true, Blocks: 10}},
		{"empty", tree.Info{Regular: true}},
		{"b", tree.Info{Regular: true, Blocks: 30}},
		{"device", tree.Info{Blocks: 99}},
		{"c", tree.Info{Regular: true, Blocks: 20}},
		{"d", tree.Info{Regular: true, Blocks: 5}},
		{"e", tree.Info{Regular: true, Blocks: 40}},
		{partialPrefix + "f", tree.Info{Regular: true, Blocks: 50}},
	} {
		l.add(place{path: "sub"}, f.name, f.info)
	}
	if want := (largest{{Name: "sub/e", Size: 40}, {Name: "sub/b", Size: 30}, {Name: "sub/c", Size: 20}}); !reflect.DeepEqual([]sessions.LargeFile(l), []sessions.LargeFile(want)) {
		t.Errorf("%+v, want %+v", l, want)
	}
}
