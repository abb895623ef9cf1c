package bench

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMemoryCountsWhatNobodyMaps writes to a memory file, which is in no address space.
func TestMemoryCountsWhatNobodyMaps(t *testing.T) {
	const size = 64 << 20
	before, err := memoryOf(os.Getpid())
	if err != nil || before <= 0 {
		t.Fatal(before, err)
	}
	fd, err := unix.MemfdCreate("bench-test", 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "memfd")
	defer file.Close()
	block := make([]byte, 1<<20)
	for range size / len(block) {
		if _, err := file.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	after, err := memoryOf(os.Getpid())
	if grown := after - before; err != nil || grown < size*9/10 || grown > size*3/2 {
		t.Errorf("%d bytes more, of %d that were written: %v", grown, size, err)
	}
}

func TestDescendants(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sh", "-c", "sleep 60 & echo; wait")
	inOwnSession(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	defer killGroup(cmd.Process)
	if _, err := out.Read(make([]byte, 1)); err != nil { // the child of the child is there
		t.Fatal(err)
	}
	mine := descendants(os.Getpid())
	below := descendants(cmd.Process.Pid)
	if len(below) != 1 || !slices.Contains(mine, cmd.Process.Pid) || !slices.Contains(mine, below[0]) {
		t.Errorf("below the shell are %v, below this process %v", below, mine)
	}
	if all := addressSpaces(append(mine, mine...)); len(all) != len(mine) {
		t.Errorf("of %v there are the address spaces %v", mine, all)
	}
}
