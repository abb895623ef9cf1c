package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const sample = `package sample

import (
	"os/exec"
	"testing"
	"time"
)

func TestGood(t *testing.T) { t.Run("part", func(t *testing.T) {}) }

func TestBad(t *testing.T) { t.Error("this is bad") }

func TestSkipped(t *testing.T) { t.Skip("it rains") }

func TestAllowed(t *testing.T) { t.Skip("only root may mount") }

func TestHangs(t *testing.T) { t.Run("part", func(t *testing.T) { _ = exec.Command("sleep", "600").Run() }) }

func TestParallel(t *testing.T) {
	for range 3 {
		t.Run("part", func(t *testing.T) { t.Parallel(); time.Sleep(time.Second) })
	}
}

func TestParts(t *testing.T) {
	for range 3 {
		t.Run("part", func(t *testing.T) { time.Sleep(1500 * time.Millisecond) })
	}
	time.Sleep(1500 * time.Millisecond)
}

func TestHangsAfterParts(t *testing.T) {
	t.Run("part", func(t *testing.T) {})
	_ = exec.Command("sleep", "600").Run()
}

func BenchmarkPages(b *testing.B) {
	b.Run("some/png", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(7, "inside/outside")
	})
}
`

// panics ends while a test of it runs.
const panics = `package panics

import (
	"os"
	"testing"
	"time"
)

func TestWaits(t *testing.T) { t.Parallel(); time.Sleep(time.Hour) }

func TestPanics(t *testing.T) { t.Parallel(); panic("it is broken") }

func TestDies(t *testing.T) { t.Log("it has said this"); os.Exit(3) }
`

// TestVerdicts runs the command over tests of every kind.
func TestVerdicts(t *testing.T) {
	dir := t.TempDir()
	command := filepath.Join(dir, "gotest")
	for _, file := range [][2]string{
		{"go.mod", "module sample\n\ngo 1.26\n"}, {"sample_test.go", sample},
		{"panics/panics_test.go", panics}, {"skips", "# a reason\nTestAllowed: .*may mount\n"},
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file[0])), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file[0]), []byte(file[1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, build := range [][]string{{"build", "-o", command, "."}, {"test", "-c", "-o", filepath.Join(dir, "sample.test")}} {
		cmd := exec.Command("go", build...)
		if build[0] == "test" {
			cmd.Dir = dir
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", build, err, out)
		}
	}
	for _, tt := range []struct {
		args  string
		fails bool
		want  []string
	}{
		{"-- -run TestGood .", false, []string{"ok  \tsample", "--- PASS: TestGood", "2 passed, 0 failed"}},
		{"-quiet -- -run TestGood .", false, []string{"ok  \tsample", "2 passed, 0 failed"}},
		{"-binary ./sample.test -- -test.v=test2json -test.run TestGood", false, []string{"2 passed, 0 failed"}},
		{"-- -run TestGone .", true, []string{"no test and no benchmark ran"}},
		{"-binary ./sample.test -- -test.v=test2json -test.run TestGone", true, []string{"no test and no benchmark ran"}},
		{"-- -run ^$ -bench Gone .", true, []string{"no test and no benchmark ran"}},
		{"-quiet -- -run TestGood|TestBad .", true, []string{"this is bad", "FAIL\tsample", "2 passed, 1 failed"}},
		{"-- -run TestGood|TestSkipped .", true, []string{"TestSkipped was skipped", "it rains"}},
		{"-- -run TestGood|TestAllowed .", false, []string{"1 skipped"}},
		{"-- -run TestAllowed .", true, []string{"no test and no benchmark ran"}},
		{"-each 2s -- -run TestGood|TestHangs .", true, []string{"TestHangs/part has run for more than 2s", "goroutine"}},
		{"-each 2s -binary ./sample.test -- -test.v=test2json -test.run TestHangs", true, []string{"TestHangs/part has run for more than 2s"}},
		{"-each 3s -- -run TestParallel .", false, []string{"4 passed"}},
		{"-each 3s -- -parallel 1 -run TestParallel .", false, []string{"4 passed"}},
		{"-each 3s -- -run TestParts .", false, []string{"4 passed"}},
		{"-each 3s -- -run TestPanics|TestWaits|TestParts . ./panics", true, []string{"it is broken", "FAIL\tsample/panics", "4 passed, 1 failed"}},
		{"-quiet -- -run TestDies ./panics", true, []string{"sample/panics TestDies did not end:", "it has said this"}},
		{"-each 2s -- -run TestHangsAfterParts .", true, []string{"TestHangsAfterParts has run for more than 2s"}},
		{"-bound BenchmarkPages/some::inside/outside=8 -- -run ^$ -bench Pages -benchtime 3x .", false, []string{"inside/outside", "results of benchmarks"}},
		{"-bound BenchmarkPages/some::inside/outside=6 -- -run ^$ -bench Pages -benchtime 3x .", true, []string{"7.000 of BenchmarkPages/some/png", "beyond the bound of 6 inside/outside"}},
		{"-bound BenchmarkPages/some::inside/outside>8 -- -run ^$ -bench Pages -benchtime 3x .", true, []string{"beyond the bound of 8 inside/outside"}},
		{"-bound BenchmarkPages/some::µs/op=6 -- -run ^$ -bench Pages -benchtime 3x .", true, []string{"no benchmark BenchmarkPages/some has the metric"}},
		{"-- -run TestGood ./nowhere", true, []string{"no test and no benchmark ran"}},
	} {
		cmd := exec.Command(command, append([]string{"-skips", "skips"}, strings.Fields(tt.args)...)...)
		cmd.Dir = dir
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if (err != nil) != tt.fails {
			t.Errorf("%s: %v\n%s", tt.args, err, &out)
		}
		for _, want := range tt.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: does not say %q:\n%s", tt.args, want, &out)
			}
		}
	}
}
