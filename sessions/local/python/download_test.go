//go:build linux && (amd64 || arm64)

package python

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// TestWithoutNetwork downloads packages on one machine and installs them on another,
// which reaches no package index, for all of its users.
func TestWithoutNetwork(t *testing.T) {
	t.Parallel()
	x := newIndex(t, "first", "second")
	dir := filepath.Join(t.TempDir(), "packages ü")
	opts := Options{CacheDir: t.TempDir(), SystemDir: cachedir.NoShared}
	if err := download(t.Context(), opts, dir, x.recipe("first", "second")); err != nil {
		t.Fatal(err)
	}
	checkDirectory(t, dir, wheelFile("first"), wheelFile("second"), "requirements.txt")
	checkDirectory(t, opts.CacheDir, "install.lock", cachedir.Marker)

	x.Close()
	r := x.recipe("first", "second") // its index is gone
	other := Options{CacheDir: t.TempDir(), SystemDir: cachedir.NoShared, From: dir}
	i, err := install(t.Context(), other, r)
	if err != nil {
		t.Fatal(err)
	}
	checkInstallation(t, i)
	checkRuns(t, i)
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	checkSharing(t, other.CacheDir, r)
}

// checkSharing has users use what was installed in the folder dir, each with a cache
// folder of their own in which nothing is installed.
func checkSharing(t *testing.T, dir string, r recipe) {
	t.Helper()
	if err := cachedir.Share(dir, r.key()); err != nil {
		t.Fatal(err)
	}
	user := Options{CacheDir: filepath.Join(t.TempDir(), "cache"), SystemDir: dir}
	i, err := install(t.Context(), user, r)
	if err != nil {
		t.Fatal(err)
	}
	checkRuns(t, i)
	if err := i.Close(); err != nil || filepath.Dir(i.Home) != filepath.Join(dir, r.key()) {
		t.Errorf("the interpreter is in %s, %v", i.Home, err)
	}
	if _, err := os.Stat(user.CacheDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the cache folder was made: %v", err)
	}
	if tree, err := findInstalled(user.CacheDir, dir, r.key()); err != nil || tree != filepath.Join(dir, r.key()) {
		t.Errorf("found %s, %v", tree, err)
	}
	// One that is not whole is not used.
	if err := os.Remove(filepath.Join(dir, r.key(), siteFolder, "first", "__init__.py")); err != nil {
		t.Fatal(err)
	}
	if tree, err := findInstalled(user.CacheDir, dir, r.key()); !errors.Is(err, errNotInstalled) {
		t.Errorf("found %s, %v", tree, err)
	}
}

// TestFromNothing: a folder that has no packages, and one that lacks some.
func TestFromNothing(t *testing.T) {
	t.Parallel()
	x := newIndex(t, "first", "second")
	r := x.recipe("first", "second")
	empty, partial, foreign := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "for [others]")
	write(t, filepath.Join(partial, "requirements.txt"), "")
	machine, other := "aarch64", "arm64"
	if runtime.GOARCH == other {
		machine, other = "x86_64", "amd64"
	}
	if err := os.Mkdir(foreign, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(foreign, "requirements.txt"), "")
	write(t, filepath.Join(foreign, "first-1.0-cp314-cp314-manylinux_2_28_"+machine+".whl"), "")
	for dir, want := range map[string]string{
		empty: "setup --download DIR", partial: "does not have all packages of this version of the program",
		foreign: "are for machines with " + other + ", and this one has " + runtime.GOARCH,
	} {
		_, err := install(t.Context(), Options{CacheDir: t.TempDir(), SystemDir: cachedir.NoShared, From: dir}, r)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", dir, err, want)
		}
	}
}
