package cachedir

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

var making = Kind{Form: regexp.MustCompile(`^making-[0-9]+$`), Proof: []string{Marker, "pages.img"}}

// TestKind removes what has the form of a kind, and nothing that has not.
func TestKind(t *testing.T) {
	t.Parallel()
	parent, outside := t.TempDir(), t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{parent}, parts...)...) }
	write(t, filepath.Join(outside, "pages.img"), "")
	write(t, at("making-1", "precious"), "")
	write(t, at("making-", "pages.img"), "")
	write(t, at("making-notes", "pages.img"), "")
	write(t, at("making-2x", "pages.img"), "")
	write(t, at("holiday", "pages.img"), "")
	write(t, at("making-3"), "a file")
	write(t, at("making-5", Marker), "another text")
	link(t, outside, at("making-4"))
	if err := os.Mkdir(at("making-6"), 0o700); err != nil {
		t.Fatal(err)
	}
	link(t, filepath.Join(outside, "pages.img"), at("making-6", "pages.img"))
	link(t, filepath.Join(outside, "pages.img"), at("making-6", Marker))
	others := []string{"making-1", "making-", "making-notes", "making-2x", "holiday", "making-3", "making-4", "making-5", "making-6"}

	made, err := making.Make(parent, "making-")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(made, "half"), "")
	write(t, at("making-7", "pages.img"), "")
	var found []string
	for _, f := range making.List(parent) {
		found = append(found, f.Path)
	}
	slices.Sort(found)
	if want := []string{made, at("making-7")}; len(found) != 2 || !slices.Contains(found, want[0]) || !slices.Contains(found, want[1]) {
		t.Errorf("found %v, want %v", found, want)
	}
	for _, path := range found {
		if err := making.Remove(path); err != nil || exists(path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, name := range others {
		if err := making.Remove(at(name)); !errors.Is(err, ErrNotOurs) {
			t.Errorf("%s: %v", name, err)
		}
		if err := making.Check(at(name)); !errors.Is(err, ErrNotOurs) {
			t.Errorf("%s: checked: %v", name, err)
		}
		if !exists(at(name)) {
			t.Errorf("%s is gone", name)
		}
	}
	if err := making.Remove(at("making-8")); err != nil {
		t.Errorf("what is not there: %v", err)
	}

	// Nothing is found in, nor removed from, a folder that is a link.
	link(t, parent, filepath.Join(outside, "linked"))
	again, err := making.Make(parent, "making-")
	if err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(outside, "linked")
	if found := making.List(linked); len(found) != 0 {
		t.Errorf("through a link: %v", found)
	}
	if err := making.Remove(filepath.Join(linked, filepath.Base(again))); !errors.Is(err, ErrNotOurs) || !exists(again) {
		t.Errorf("through a link: %v", err)
	}
}

// TestKindOfAnother leaves alone what another user made.
func TestKindOfAnother(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can make what belongs to another")
	}
	parent := t.TempDir()
	for name, chown := range map[string]string{"making-1": "making-1", "making-2": "making-2/pages.img"} {
		dir := filepath.Join(parent, name)
		write(t, filepath.Join(dir, "pages.img"), "")
		if err := os.Lchown(filepath.Join(parent, chown), 12345, 12345); err != nil {
			t.Fatal(err)
		}
		if err := making.Remove(dir); !errors.Is(err, ErrNotOurs) || !exists(dir) {
			t.Errorf("%s: %v", chown, err)
		}
	}
	if found := making.List(parent); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}
