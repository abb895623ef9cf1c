package doctor

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// The layout of a cache folder as package local has it.
const (
	snapshotFolder = "snapshots"
	snapshotSums   = "sums.json"
)

// writeSnapshot makes what looks like a snapshot, of size bytes.
func writeSnapshot(t *testing.T, cache, name string, size int, made, used time.Time) {
	t.Helper()
	dir := filepath.Join(cache, snapshotFolder, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string][]byte{"pages.img": make([]byte, size), snapshotSums: nil} {
		if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(dir, snapshotSums), made, made); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(dir, used, used); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorTellsOfTheSnapshot(t *testing.T) {
	t.Parallel()
	now := time.Now()
	day := 24 * time.Hour
	for _, tt := range []struct {
		name  string
		write func(cache string)
		args  []string
		want  string
	}{
		{"no folder", func(string) {}, nil, "none: new sessions take seconds, and the next start tries to make one"},
		{"only one being made", func(cache string) {
			if err := os.MkdirAll(filepath.Join(cache, snapshotFolder, "making-1"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, nil, "none: new sessions take seconds, and the next start tries to make one"},
		{"of another build", func(cache string) {
			writeSnapshot(t, cache, "00000000000000aa", 1, now.Add(-3*day), now.Add(-day))
		}, nil, "none that fits this build and these settings: new sessions"},
		{"fits", func(cache string) {
			writeSnapshot(t, cache, "00000000000000aa", 1, now.Add(-9*day), now.Add(-day))
			writeSnapshot(t, cache, "00000000000000bb", 3e6, now.Add(-3*day), now.Add(time.Minute))
		}, nil, "one that fits, 3 days old, 3 MB"},
		{"made just now", func(cache string) {
			writeSnapshot(t, cache, "00000000000000cc", 2e6, now.Add(time.Minute), now.Add(time.Minute))
		}, nil, "made just now, 2 MB"},
		{"without isolation", func(string) {}, []string{"--isolation=none"}, "not needed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cache, err := cachedir.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			tt.write(cache)
			d := examination{Options: options(t, healthy(allFound), io.Discard, append(tt.args, "doctor", "--system-dir=none", "--cache-dir="+cache)...), began: now}
			got, err := d.snapshot(t.Context())
			if err != nil || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// TestSharedSnapshot: one for all users counts where there is none of the user's own.
func TestSharedSnapshot(t *testing.T) {
	t.Parallel()
	shared, err := cachedir.Open(filepath.Join(t.TempDir(), "shared"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	look := func(cache string) string {
		t.Helper()
		d := examination{Options: options(t, healthy(allFound), io.Discard, "doctor", "--system-dir="+shared, "--cache-dir="+cache), began: now}
		got, err := d.snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if err := cachedir.Share(shared); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	if got := look(empty); !strings.HasPrefix(got, "none: ") {
		t.Errorf("without any: %s", got)
	}
	writeSnapshot(t, shared, "00000000000000aa", 1, now, now)
	if got, want := look(empty), "that for all users, in "+shared; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	own, err := cachedir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	writeSnapshot(t, own, "00000000000000bb", 1, now.Add(time.Minute), now.Add(time.Minute))
	if got := look(own); !strings.HasPrefix(got, "made just now") {
		t.Errorf("with one of the user's own: %s", got)
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 seconds", 2 * time.Minute: "2 minutes", 119 * time.Minute: "119 minutes", 2 * time.Hour: "2 hours", 47 * time.Hour: "47 hours", 48 * time.Hour: "2 days",
	} {
		if got := age(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}
