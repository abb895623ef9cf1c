//go:build packages

package packages

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testBundle unpacks a bundle as Claude Desktop does, and starts the very command that
// its library derives for none, one and two folders.
func testBundle(t *testing.T, made, clients string) {
	dir := filepath.Join(t.TempDir(), "Claude Extensions ü")
	run(t, ".", exec.Command("node", filepath.Join(clients, "node_modules", "@anthropic-ai", "mcpb", "dist", "cli", "cli.js"),
		"unpack", only(t, filepath.Join(made, "*.mcpb")), dir))
	for _, tt := range []struct {
		settings map[string]any
		sees     []string
	}{
		{nil, nil},
		{map[string]any{"folders": []string{}}, nil},
		{map[string]any{"folders": "first"}, []string{"first"}},
		{map[string]any{"folders": []string{"second one"}}, []string{"second one"}},
		{map[string]any{"folders": []string{"first", "second one"}, "isolation": "gvisor", "pool_endpoint": ""}, []string{"first", "second one"}},
	} {
		settings, paths := makeFolders(t, tt.settings)
		command := derived(t, clients, dir, settings)
		cmd := exec.Command(command.Command, command.Args...)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CACHE_HOME="+cacheHome(t))
		for name, value := range command.Env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		s := asksFor42(t, cmd)
		var want []string
		for _, name := range tt.sees {
			want = append(want, "'/mnt/user/"+name+"/"+strings.ReplaceAll(name, " ", "_")+".csv'")
		}
		sees(t, s, strings.Join(want, ", "))
		if len(paths) != len(tt.sees) {
			t.Errorf("%d folders for %q", len(paths), tt.sees)
		}
		s.End()
	}
}

type derivedCommand struct {
	Command string
	Args    []string
	Env     map[string]string
}

// derived is the command that the library makes of the manifest and a user's settings.
func derived(t *testing.T, clients, dir string, settings map[string]any) (command derivedCommand) {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	if settings == nil {
		text = []byte("{}")
	}
	out := run(t, clients, exec.Command("node", "config.mjs", dir, string(text)))
	if err := json.Unmarshal([]byte(out), &command); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !slices.Contains(command.Args, "serve") {
		t.Fatalf("the command is %+v", command)
	}
	return command
}

// makeFolders makes the folders of the settings, with a file in each, and returns the
// settings with their paths.
func makeFolders(t *testing.T, settings map[string]any) (made map[string]any, paths []string) {
	t.Helper()
	if settings == nil {
		return nil, nil
	}
	made = map[string]any{}
	at := func(name string) string {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "_")+".csv"), []byte("a\n1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, dir)
		return dir
	}
	for key, value := range settings {
		switch value := value.(type) {
		case []string:
			list := []string{}
			for _, name := range value {
				list = append(list, at(name))
			}
			made[key] = list
		case string:
			if key == "folders" {
				value = at(value)
			}
			made[key] = value
		}
	}
	return made, paths
}

func cacheHome(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
