package sandbox

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// other returns a level that would do, and is not the one that FindLevel prefers.
func other(found Level) Level {
	for _, l := range Strongest.candidates() {
		if l != found {
			return l
		}
	}
	return found
}

func TestRecallLevel(t *testing.T) {
	found, err := FindLevel(Strongest)
	if err != nil {
		t.Fatal(err)
	}
	remembered := other(found)
	for name, test := range map[string]struct {
		record string
		want   Level
	}{
		"none":                      {"", found},
		"the same circumstances":    {mustEncode(t, probeRecord{circumstances(Strongest), remembered}), remembered},
		"other circumstances":       {mustEncode(t, probeRecord{"before the machine was started", remembered}), found},
		"unknown circumstances":     {mustEncode(t, probeRecord{"", remembered}), found},
		"level of nobody":           {mustEncode(t, probeRecord{circumstances(Strongest), "a cloud"}), found},
		"half of one":               {mustEncode(t, probeRecord{circumstances(Strongest), remembered})[:20], found},
		"the record of another age": {`{"way": 1}`, found},
	} {
		t.Run(name, func(t *testing.T) {
			record := filepath.Join(t.TempDir(), "level.json")
			if test.record != "" {
				if err := os.WriteFile(record, []byte(test.record), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			last := LastLevel(record, Strongest)
			if last != "" && last != test.want || last == "" && test.want != found {
				t.Errorf("LastLevel = %q", last)
			}
			for range 2 { // the second time from the record
				if got, err := RecallLevel(record, Strongest); got != test.want || err != nil {
					t.Fatalf("RecallLevel = %q, %v; want %q", got, err, test.want)
				}
			}
			if got := LastLevel(record, Strongest); got != test.want {
				t.Errorf("LastLevel = %q, want %q", got, test.want)
			}
			var left probeRecord
			if err := json.Unmarshal(fileText(record), &left); err != nil || left != (probeRecord{circumstances(Strongest), test.want}) {
				t.Errorf("it remembers %+v, %v", left, err)
			}
			ForgetLevel(record)
			if _, err := os.Stat(record); !os.IsNotExist(err) {
				t.Errorf("it did not forget: %v", err)
			}
		})
	}
}

// Without a place for its record it answers all the same.
func TestRecallWithoutRecord(t *testing.T) {
	if got, err := RecallLevel(filepath.Join(t.TempDir(), "missing", "level.json"), Strongest); got == "" || err != nil {
		t.Errorf("RecallLevel = %q, %v", got, err)
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
	if !r.level.Namespaced() {
		t.Skip("without mounts the root is on the disk")
	}
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
