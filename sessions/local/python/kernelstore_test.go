package python

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

func TestInstallKernel(t *testing.T) {
	cache, err := cachedir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	install := func() *Kernel {
		t.Helper()
		k, err := InstallKernel(t.Context(), cache, zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	want, err := kernelFiles.ReadFile("kernel/kernel.py")
	if err != nil {
		t.Fatal(err)
	}
	check := func(k *Kernel) {
		t.Helper()
		if got, err := os.ReadFile(k.Script); err != nil || string(got) != string(want) {
			t.Errorf("the script has %d bytes, %v; want %d", len(got), err, len(want))
		}
		if info, err := os.Stat(filepath.Dir(k.Script)); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("the folder is %v, %v", info.Mode(), err)
		}
	}

	var several sync.WaitGroup
	for range 4 {
		several.Go(func() {
			k, err := InstallKernel(t.Context(), cache, zerolog.Nop())
			if err != nil {
				t.Error(err)
				return
			}
			if err := k.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	several.Wait()

	first := install()
	check(first)
	before, err := os.Stat(first.Script)
	if err != nil {
		t.Fatal(err)
	}
	second := install()
	if after, err := os.Stat(second.Script); err != nil || !os.SameFile(before, after) {
		t.Errorf("the second server has files of its own, %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}

	for name, damage := range map[string]func(string) error{
		"changed": func(script string) error { return os.WriteFile(script, []byte("import evil"), 0o644) },
		"cut":     func(script string) error { return os.Truncate(script, 10) },
		"missing": os.Remove,
		"more":    func(script string) error { return os.WriteFile(script+".extra.py", nil, 0o644) },
		"gone":    func(script string) error { return os.RemoveAll(filepath.Dir(filepath.Dir(script))) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := damage(first.Script); err != nil {
				t.Fatal(err)
			}
			k := install()
			defer k.Close()
			check(k)
		})
	}
}
