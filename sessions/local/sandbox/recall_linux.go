package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions/local/sandbox/landlock"
)

// RecallLevel is [FindLevel], which takes a tenth of a second, but remembers
// its answer in the file record for the next process. What was found is used again
// only in the same circumstances: since the same start of the machine, in the same
// namespaces, with the same rights, limits and settings of the kernel. A record that
// cannot be read, or written, is none. The folder of the record must be the user's
// alone. That sandboxes cannot be started is not remembered.
func RecallLevel(record string, want Demand) (Level, error) {
	now := circumstances(want)
	if l := recorded(record, want, now); l != "" {
		return l, nil
	}
	l, err := FindLevel(want)
	if err == nil && now != "" {
		writeRecord(record, probeRecord{now, l})
	}
	return l, err
}

// LastLevel returns the level that [RecallLevel] would from its record, without trying
// anything: "" if there is none for the circumstances.
func LastLevel(record string, want Demand) Level {
	return recorded(record, want, circumstances(want))
}

func recorded(record string, want Demand, now string) Level {
	if l := readRecord(record, now); slices.Contains(want.candidates(), l) {
		return l
	}
	return ""
}

// ForgetLevel removes the record that [RecallLevel] made, as when no sandbox can be
// started at the level that it names.
func ForgetLevel(record string) { _ = os.Remove(record) }

// A probeRecord says which level was found, and where.
type probeRecord struct {
	Circumstances string `json:"circumstances"`
	Level         Level  `json:"level"`
}

// readRecord returns the level that was found in the circumstances now, "" if that is
// not known.
func readRecord(path, now string) Level {
	data, err := os.ReadFile(path)
	if err != nil || now == "" {
		return ""
	}
	var r probeRecord
	if json.Unmarshal(data, &r) != nil || r.Circumstances != now {
		return ""
	}
	return r.Level
}

// writeRecord replaces the record. Who reads a part of it cannot decode it.
func writeRecord(path string, r probeRecord) {
	if data, err := json.Marshal(r); err == nil {
		_ = os.WriteFile(path, data, 0o600)
	}
}

// circumstances identifies all that the result of a probe depends on, "" if the
// kernel does not tell.
func circumstances(want Demand) string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	binary, err := os.Stat(ownBinary)
	if err != nil {
		return ""
	}
	h := sha256.New()
	version, _ := landlock.Version() // or none
	fmt.Fprintf(h, "%s %q %d %d %v %+v\n", boot, want, version, binary.Size(), binary.ModTime(), readPlace(os.DirFS("/"), os.Getenv))
	for _, name := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
		space, _ := os.Readlink("/proc/self/ns/" + name)
		fmt.Fprintln(h, space)
	}
	for line := range strings.Lines(string(fileText("/proc/self/status"))) {
		for _, field := range []string{"Uid", "Gid", "Groups", "Cap", "NoNewPrivs", "Seccomp"} {
			if strings.HasPrefix(line, field) {
				fmt.Fprint(h, line)
			}
		}
	}
	settings, _ := filepath.Glob("/proc/sys/user/max_*") // the pattern is good
	for _, name := range append(settings, "/proc/self/uid_map", "/proc/self/gid_map", "/proc/sys/vm/memfd_noexec",
		"/proc/sys/kernel/seccomp/actions_avail", "/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max") {
		fmt.Fprintf(h, "%s %s\n", name, fileText(name))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// fileText returns what a file says, nothing if it cannot be read.
func fileText(name string) []byte {
	text, _ := os.ReadFile(name)
	return text
}
