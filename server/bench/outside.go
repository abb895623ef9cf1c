package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// An interpreter is that of the sessions, as it is started outside of them.
type interpreter struct {
	python string
	paths  []string // of its packages
	env    []string // that of sessions, with folders of the bench
}

// description is code that says what a session without isolation runs on.
const description = `import json, os, sys
with open("description.json", "w") as f:
    json.dump({"python": sys.executable, "paths": [p for p in sys.path if "site-packages" in p], "env": dict(os.environ)}, f)`

// findOutside asks a server without isolation for the interpreter that sessions run
// on and for the environment that they have.
func (b *bench) findOutside(ctx context.Context) (*interpreter, error) {
	flags := slices.DeleteFunc(slices.Clone(b.Flags), func(flag string) bool {
		name, _, _ := strings.Cut(flag, "=")
		return !slices.Contains([]string{"--python", "--cache-dir", "--log-level"}, name)
	})
	s, err := b.startServerWith(ctx, append(flags, "--isolation=none", "--warm=0", "--allow-dir="+b.dir))
	if err != nil {
		return nil, err
	}
	defer s.close()
	if _, err := s.run(ctx, description); err != nil {
		return nil, err
	}
	file := filepath.Join(b.dir, "description.json")
	if _, err := s.call(ctx, "download_file", map[string]any{"filename": "description.json", "save_to": file}); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found struct {
		Python string
		Paths  []string
		Env    map[string]string
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, fmt.Errorf("asking for the interpreter: %w", err)
	}
	return &interpreter{found.Python, found.Paths, b.outsideEnv(found.Env)}, nil
}

// outsideEnv is the environment of a session with folders that are there outside.
func (b *bench) outsideEnv(env map[string]string) (list []string) {
	scratch := filepath.Join(b.dir, "tmp")
	env["HOME"], env["TMPDIR"] = scratch, scratch
	env["MPLCONFIGDIR"] = filepath.Join(scratch, ".matplotlib")
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}
