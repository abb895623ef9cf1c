package sandbox

import (
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

const (
	gvisorModule = "gvisor.dev/gvisor"
	ownBinary    = "/proc/self/exe"
)

// Engine returns the path of a binary that can be gVisor's runtime.
//
// That is the running binary, unless it was built with cgo: gVisor starts itself in
// an empty file system, where a binary that needs a C library cannot be loaded. In
// that case Engine builds the command sessions/local/sandbox/runsc without cgo, once,
// into the folder cache, and reports that to progress. This needs the Go tools and
// the sources of the running binary. Both exist for "go run" and "go test", which
// produce such binaries.
func Engine(ctx context.Context, cache string, progress func(string)) (string, error) {
	if static, err := isStatic(ownBinary); err != nil || static {
		return ownBinary, err
	}
	source, err := sourceDir()
	if err != nil {
		return "", err
	}
	key, err := engineKey(source)
	if err != nil {
		return "", err
	}
	if cache, err = cachedir.Open(cache); err != nil {
		return "", err
	}
	if err := cachedir.CheckPrograms(cache); err != nil {
		return "", err
	}
	engines := engineStore(cache)
	engine, err := engines.Use(ctx, key)
	if cachestore.Missing(err) {
		progress("building the sandbox's runtime without cgo (once)")
		waiting := func() { progress("waiting: another process is building the sandbox's runtime") }
		engine, err = engines.Build(ctx, key, waiting, func(dir, _ string) error { return buildEngine(ctx, source, dir) })
	}
	if err != nil {
		return "", err
	}
	return filepath.Join(engine.Dir, engineFile), engine.Close() // a runtime uses it
}

// isStatic reports whether a binary runs without a dynamic loader.
func isStatic(path string) (bool, error) {
	f, err := elf.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return false, nil
		}
	}
	return true, nil
}

// engineKey names the build of the runtime that fits this binary, by the Go release,
// the processor, the sources of this package, and the lines of go.sum about gVisor. A
// test binary has no other way to know its dependencies.
func engineKey(source string) (string, error) {
	sums, err := os.ReadFile(filepath.Join(source, "../../..", "go.sum"))
	if err != nil {
		return "", errNoSource
	}
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOARCH)
	for line := range strings.Lines(string(sums)) {
		if strings.HasPrefix(line, gvisorModule+" ") {
			fmt.Fprint(h, line)
		}
	}
	var files []string
	for _, pattern := range []string{"*.go", "*/*.go"} {
		found, err := filepath.Glob(filepath.Join(source, pattern))
		if err != nil {
			return "", err
		}
		files = append(files, found...)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return "", errNoSource
		}
		fmt.Fprintf(h, "%s %d %s", filepath.Base(file), len(data), data)
	}
	return enginePrefix + hex.EncodeToString(h.Sum(nil)[:6]), nil
}

var errNoSource = fmt.Errorf("%w: this binary was built with cgo and cannot run sandboxes by itself; "+
	"run CGO_ENABLED=0 go build -o dynamic-sessions-mcp . in the folder of its sources", errUnsupported)

// sourceDir returns the folder of this package's sources.
func sourceDir() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		return "", errNoSource
	}
	if _, err := os.Stat(file); err != nil {
		return "", errNoSource
	}
	return filepath.Dir(file), nil
}

// buildEngine builds the runtime into the folder dir.
func buildEngine(ctx context.Context, source, dir string) error {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return errNoSource
	}
	cmd := exec.CommandContext(ctx, goTool, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(dir, engineFile), "./runsc")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the sandbox's runtime: %w: %s", err, out)
	}
	return nil
}
