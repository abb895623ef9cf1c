package cachestore

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func TestPrune(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		keep  string
		count int
		age   time.Duration
		want  []string // of those last used 1 to 4 hours ago
	}{
		{"by age", "", 0, 150 * time.Minute, []string{one, two}},
		{"by number", "", 3, day, []string{one, two, three}},
		{"by both", "", 1, 150 * time.Minute, []string{one}},
		{"none is old", "", 0, day, []string{one, two, three, four}},
		{"but one that is old", four, 0, 90 * time.Minute, []string{one, four}},
		{"but one that is old, by number", four, 2, day, []string{one, four}},
		{"but one that is not there", "item-9", 2, day, []string{one}},
		{"but one alone", three, 1, day, []string{three}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := testStore(t.TempDir())
			var log bytes.Buffer
			s.Logger = zerolog.New(&log)
			want := []string{}
			for i, key := range []string{one, two, three, four} {
				build(t, s, key)
				age(t, s, key, time.Duration(i+1)*time.Hour)
				if slices.Contains(tt.want, key) {
					want = append(want, key, key+useSuffix)
				}
			}
			s.Prune(tt.keep, tt.count, tt.age)
			checkNames(t, s.Dir, append(want, "store.lock")...)
			if removed := strings.Count(log.String(), "removed an item that is no longer used"); removed != 4-len(tt.want) {
				t.Errorf("the log is\n%s", log.String())
			}
		})
	}
}

// TestPruneSparesWhatIsInUse until it is no longer.
func TestPruneSparesWhatIsInUse(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	item, err := s.Build(t.Context(), one, nil, fill)
	if err != nil {
		t.Fatal(err)
	}
	age(t, s, one, day)
	s.Prune("", 1, time.Hour)
	if err := s.Verify(one); err != nil {
		t.Errorf("removed what is in use: %v", err)
	}
	item.Close()
	s.Prune("", 1, time.Hour)
	checkNames(t, s.Dir, "store.lock")
}

// TestPruneUnnoted gives an item of which nobody has noted the use, as by an
// earlier version, the time that others have.
func TestPruneUnnoted(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	build(t, s, one)
	age(t, s, one, day)
	if err := os.Remove(s.Path(one) + useSuffix); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.Prune("", 0, time.Hour)
		checkNames(t, s.Dir, one, one+useSuffix, "store.lock")
	}
	age(t, s, one, day)
	s.Prune("", 0, time.Hour)
	checkNames(t, s.Dir, "store.lock")
}

// TestPruneWaitsForNobody does nothing while a process builds.
func TestPruneWaitsForNobody(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	build(t, s, one)
	age(t, s, one, day)
	if _, err := s.Build(t.Context(), two, nil, func(dir, scratch string) error {
		s.Prune("", 0, time.Hour)
		return fill(dir, scratch)
	}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{one, two} {
		if err := s.Verify(key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestAbandoned removes what dead processes left, at the next build or pruning,
// and where builders hold no lock only when it is old.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	leave := func() string {
		t.Helper()
		dir, err := s.Builds.Make(s.Dir, s.BuildPrefix)
		if err != nil {
			t.Fatal(err)
		}
		return dir
	}
	leave()
	s.Prune("", 0, day)
	checkNames(t, s.Dir, "store.lock")
	leave()
	build(t, s, one)
	checkNames(t, s.Dir, one, one+useSuffix, "store.lock")
	s.AbandonedAfter = time.Hour
	old, recent := leave(), leave()
	at := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(old, at, at); err != nil {
		t.Fatal(err)
	}
	s.Prune("", 0, day)
	checkNames(t, s.Dir, filepath.Base(recent), one, one+useSuffix, "store.lock")
}
