package sandbox

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Stalled returns for how long, since it was started, some program of the machine has
// waited for memory that the kernel had to free first: in the control group that bounds
// the memory of this process, or anywhere if there is none. It is the kernel's pressure
// stall information (Documentation/accounting/psi.rst), which some kernels do not have.
func (m *Machine) Stalled() (total time.Duration, ok bool) {
	for _, g := range m.groups {
		if _, limited := g.limit(); limited && g.v2 {
			return stalled(filepath.Join(g.dir, "memory.pressure"))
		}
	}
	return stalled("/proc/pressure/memory")
}

func stalled(path string) (time.Duration, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	return parseStalled(string(data))
}

// parseStalled returns the total of the line that begins with some.
func parseStalled(data string) (time.Duration, bool) {
	for line := range strings.Lines(data) {
		rest, ok := strings.CutPrefix(line, "some ")
		if !ok {
			continue
		}
		_, total, ok := strings.Cut(rest, "total=")
		us, err := strconv.ParseInt(strings.TrimSpace(total), 10, 64)
		return time.Duration(us) * time.Microsecond, ok && err == nil && us >= 0
	}
	return 0, false
}
