package cachestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// childDir, in the environment, makes this test program build an item in that
// folder instead. childHangs makes it stop in the middle of the build.
const (
	childDir   = "CACHESTORE_TEST_DIR"
	childHangs = "CACHESTORE_TEST_HANGS"
)

func TestMain(m *testing.M) {
	dir, ok := os.LookupEnv(childDir)
	if !ok {
		os.Exit(m.Run())
	}
	if err := buildInChild(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func buildInChild(dir string) error {
	item, err := testStore(dir).Build(context.Background(), one, func() {}, func(tree, scratch string) error {
		built, err := os.OpenFile(filepath.Join(dir, "built"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		if _, err := built.WriteString("x"); err != nil {
			return err
		}
		if err := errors.Join(built.Close(), fill(tree, scratch)); err != nil {
			return err
		}
		if os.Getenv(childHangs) != "" {
			fmt.Println("half built")
			select {}
		}
		time.Sleep(50 * time.Millisecond) // so that the others have to wait
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(testStore(dir).Verify(one), item.Close())
}

func child(t *testing.T, dir string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), childDir+"="+dir), env...)
	return cmd
}

// TestProcessesBuildOnce has several processes want an item at once.
func TestProcessesBuildOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if out, err := child(t, dir).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	if built, err := os.ReadFile(filepath.Join(dir, "built")); err != nil || string(built) != "x" {
		t.Errorf("it was built %d times, %v", len(built), err)
	}
	checkNames(t, dir, "built", one, one+useSuffix, "store.lock")
}

// TestGoroutinesBuildOnce does the same in one process.
func TestGoroutinesBuildOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if err := buildInChild(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if built, err := os.ReadFile(filepath.Join(dir, "built")); err != nil || string(built) != "x" {
		t.Errorf("it was built %d times, %v", len(built), err)
	}
}

// TestKilledBuild kills a process in the middle of a build: what it left does not
// count and goes with the next build.
func TestKilledBuild(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := child(t, dir, childHangs+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("half built"))); err != nil {
		t.Fatal(err)
	}
	s := testStore(dir)
	s.Prune("", 0, 0)
	if left := names(t, dir); len(left) != 4 { // with what was built, the build, and two locks
		t.Errorf("while it builds there is %v", left)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the killed process ended well")
	}
	if left := names(t, dir); !strings.HasPrefix(left[0], s.BuildPrefix) {
		t.Errorf("the killed process left %v", left)
	}
	if _, err := s.Use(t.Context(), one); !Missing(err) {
		t.Errorf("half an item is used: %v", err)
	}
	if out, err := child(t, dir).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	checkNames(t, dir, "built", one, one+useSuffix, "store.lock")
}
