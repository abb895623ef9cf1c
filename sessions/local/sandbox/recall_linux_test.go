package sandbox

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// other returns namespaces that are possible here, and are not those that
// FindNamespaces prefers, if there are any.
func other(t *testing.T, found Namespaces) Namespaces {
	for _, n := range candidates() {
		if n != found {
			return n
		}
	}
	return found
}

func TestRecallNamespaces(t *testing.T) {
	found, err := FindNamespaces()
	if err != nil {
		t.Fatal(err)
	}
	remembered := other(t, found)
	for name, test := range map[string]struct {
		record string
		want   Namespaces
	}{
		"none":                      {"", found},
		"the same circumstances":    {mustEncode(t, probeRecord{circumstances(), remembered}), remembered},
		"other circumstances":       {mustEncode(t, probeRecord{"before the machine was started", remembered}), found},
		"unknown circumstances":     {mustEncode(t, probeRecord{"", remembered}), found},
		"namespaces of nobody":      {mustEncode(t, probeRecord{circumstances(), "a cloud"}), found},
		"half of one":               {mustEncode(t, probeRecord{circumstances(), remembered})[:20], found},
		"the record of another age": {`{"way": 1}`, found},
	} {
		t.Run(name, func(t *testing.T) {
			record := filepath.Join(t.TempDir(), "namespaces.json")
			if test.record != "" {
				if err := os.WriteFile(record, []byte(test.record), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // the second time from the record
				if got, err := RecallNamespaces(record); got != test.want || err != nil {
					t.Fatalf("RecallNamespaces = %q, %v; want %q", got, err, test.want)
				}
			}
			var left probeRecord
			if err := json.Unmarshal(fileText(record), &left); err != nil || left != (probeRecord{circumstances(), test.want}) {
				t.Errorf("it remembers %+v, %v", left, err)
			}
			ForgetNamespaces(record)
			if _, err := os.Stat(record); !os.IsNotExist(err) {
				t.Errorf("it did not forget: %v", err)
			}
		})
	}
}

// Without a place for its record it answers all the same.
func TestRecallWithoutRecord(t *testing.T) {
	if got, err := RecallNamespaces(filepath.Join(t.TempDir(), "missing", "namespaces.json")); got == "" || err != nil {
		t.Errorf("RecallNamespaces = %q, %v", got, err)
	}
}

func mustEncode(t *testing.T, r probeRecord) string {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What a runtime has on the disk is little: its sandboxes' root is in memory.
func TestRuntimeHasFewFiles(t *testing.T) {
	r := newRuntime(t)
	s, err := r.Start(Spec{Args: []string{"/bin/cat"}, Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	if _, err := s.Stdin().Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stdout().Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := filepath.WalkDir(r.dir, func(name string, _ os.DirEntry, err error) error {
		names = append(names, name)
		if filepath.Base(name) == closedFolder {
			return filepath.SkipDir // which nobody may read
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(names) > 40 {
		t.Errorf("a runtime with one sandbox has %d files and folders: %q", len(names), names)
	}
}
