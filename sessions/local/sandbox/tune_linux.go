package sandbox

import (
	"encoding/json"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// tuneSentry sets the garbage collector of a sentry. A sentry makes half of all its
// allocations while it starts, and collects none of them then. Once it has started,
// it should be small.
//
// What a sentry holds counts as the program's, so that its garbage must not grow
// with it: the sentry collects the more often the more of the program's memory it
// takes.
func tuneSentry() {
	debug.SetGCPercent(startPercent)
	if limit := memoryLimit(os.Args); limit > 0 {
		debug.SetMemoryLimit(max(minSentry, limit/sentryShare))
		// A sentry that grows faster than it is measured is bounded too: its
		// runtime gives up.
		bound := uint64(limit + sentryBound)
		_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: bound, Max: bound})
	}
	time.AfterFunc(startupDelay, func() {
		debug.SetGCPercent(settledPercent)
		debug.FreeOSMemory()
	})
}

const (
	startPercent   = -1 // never, below the memory limit
	settledPercent = 100
	// startupDelay is when a sentry is taken to have started.
	startupDelay = 3 * time.Second
	// sentryShare is the part of the program's memory up to which a sentry may
	// have garbage, minSentry what it may have in any case, with what it needs.
	sentryShare = 8
	minSentry   = 64 << 20
	// sentryBound is what a sentry may map beyond the program's memory, which is
	// a little less than it maps, and mostly does not use, when nothing runs.
	sentryBound = 64 << 20
)

// memoryLimit returns the memory that the program of the sentry with the
// arguments args may use, 0 if nobody said. gVisor hands the sentry the
// program's specification in a file that is open.
func memoryLimit(args []string) int64 {
	for i, arg := range args {
		value, ok := strings.CutPrefix(strings.TrimLeft(arg, "-"), "spec-fd")
		if !ok {
			continue
		}
		if value == "" && i+1 < len(args) {
			value = args[i+1]
		}
		if fd, err := strconv.Atoi(strings.TrimPrefix(value, "=")); err == nil {
			return specifiedMemory(fd)
		}
	}
	return 0
}

// specifiedMemory returns the limit of memory in a specification. It leaves the
// file's offset to those who read it next.
func specifiedMemory(fd int) int64 {
	var spec struct {
		Linux struct {
			Resources specs.LinuxResources `json:"resources"`
		} `json:"linux"`
	}
	if err := json.NewDecoder(&positioned{fd: fd}).Decode(&spec); err != nil {
		return 0
	}
	if m := spec.Linux.Resources.Memory; m != nil && m.Limit != nil {
		return *m.Limit
	}
	return 0
}

// A positioned reader reads a file from its beginning with an offset of its own.
type positioned struct {
	fd     int
	offset int64
}

func (p *positioned) Read(b []byte) (int, error) {
	n, err := syscall.Pread(p.fd, b, p.offset)
	if err != nil {
		return 0, err
	}
	if n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	p.offset += int64(n)
	return n, nil
}
