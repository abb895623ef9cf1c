package image

import (
	"bytes"
	"errors"
	"testing"

	"gvisor.dev/gvisor/pkg/state/statefile"
)

// state returns a saved state with the host name first-name.
func state(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := statefile.NewWriter(&b, nil, map[string]string{
		"compression":     "none",
		"container_specs": `{"c":{"ociVersion":"1.0.2","hostname":"first-name"}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("\x01\x0afirst-name\x02first-name\x03\x0afirst-name")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRename(t *testing.T) {
	t.Parallel()
	data := state(t)
	original := bytes.Clone(data)
	got, err := Rename(data, "other-name")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, original) {
		t.Error("the state was changed in place")
	}
	if len(got) != len(data) {
		t.Errorf("the length changed from %d to %d", len(data), len(got))
	}
	// A name without its length is no string of the state.
	if want := []byte("\x01\x0aother-name\x02first-name\x03\x0aother-name"); !bytes.Contains(got, want) {
		t.Errorf("got %q", got)
	}
	if _, err := statefile.MetadataUnsafe(bytes.NewReader(got)); err != nil {
		t.Error(err)
	}
}

func TestRenameSame(t *testing.T) {
	t.Parallel()
	if got, err := Rename(state(t), "first-name"); got != nil || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestRenameRefuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "short", "a-longer-name"} {
		if got, err := Rename(state(t), name); got != nil || !errors.Is(err, errHostname) {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
}

func FuzzRename(f *testing.F) {
	whole := state(f)
	f.Add(whole, "other-name")
	f.Add(whole[:40], "other-name")
	f.Add([]byte{}, "")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		got, err := Rename(data, name)
		if err == nil && got != nil && len(got) != len(data) {
			t.Errorf("%d bytes became %d", len(data), len(got))
		}
	})
}
