package e2etest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// ProgramCache returns the folder in which the program keeps its interpreter.
func ProgramCache(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(CacheHome(tb), "dynamic-sessions-mcp")
}

// HostPython runs code in a folder, outside of any sandbox, with the interpreter and
// the packages of the sessions, which must be installed. It is for code of the tests:
// what makes the files of a person, and what looks at the results.
func HostPython(tb testing.TB, dir, code string, env ...string) error {
	tb.Helper()
	python := interpreter(tb)
	runtime := filepath.Dir(filepath.Dir(filepath.Dir(python)))
	cmd := exec.CommandContext(tb.Context(), python, "-c", code)
	cmd.Dir = dir
	cmd.Env = append([]string{"PYTHONPATH=" + filepath.Join(runtime, "site-packages"), "PYTHONDONTWRITEBYTECODE=1",
		"MPLCONFIGDIR=" + tb.TempDir(), "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8"}, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Logf("%s\n%s", code, out)
	}
	return err
}

// interpreter returns the path of the interpreter that was used last.
func interpreter(tb testing.TB) string {
	tb.Helper()
	found, err := filepath.Glob(filepath.Join(ProgramCache(tb), "python-*", "interpreter", "bin", "python3"))
	if err != nil || len(found) == 0 {
		tb.Fatalf("no interpreter is installed in %s: %v", ProgramCache(tb), err)
	}
	used := func(python string) time.Time {
		info, err := os.Stat(filepath.Dir(filepath.Dir(filepath.Dir(python))) + ".use")
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	return slices.MaxFunc(found, func(a, b string) int { return used(a).Compare(used(b)) })
}
