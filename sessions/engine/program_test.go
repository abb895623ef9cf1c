package engine

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A program for another system or processor is told with what to do.
func TestCheckProgram(t *testing.T) {
	t.Parallel()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckProgram(own); (err == nil) != (runtime.GOOS == "linux") {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := CheckProgram(path); err == nil || !strings.Contains(err.Error(), "missing or broken") || !strings.Contains(err.Error(), "--engine-binary") {
		t.Error(err)
	}
	program, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	program[18] = 0xf3 // RISC-V
	program[19] = 0
	if err := os.WriteFile(path, program, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CheckProgram(path); err == nil || !strings.Contains(err.Error(), "is for another processor (EM_RISCV, and this one is") {
		t.Error(err)
	}
}
