package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// RecallNamespaces is [FindNamespaces], which takes a tenth of a second, but remembers
// its answer in the file record for the next process. What was found is used again
// only in the same circumstances: since the same start of the machine, in the same
// namespaces, with the same rights, limits and settings of the kernel. A record that
// cannot be read, or written, is none. The folder of the record must be the user's
// alone. That sandboxes cannot be started is not remembered.
func RecallNamespaces(record string) (Namespaces, error) {
	now := circumstances()
	if n := readRecord(record, now); n != "" {
		return n, nil
	}
	n, err := FindNamespaces()
	if err == nil && now != "" {
		writeRecord(record, probeRecord{now, n})
	}
	return n, err
}

// ForgetNamespaces removes the record that [RecallNamespaces] made, as when no sandbox
// can be started in the namespaces that it names.
func ForgetNamespaces(record string) { _ = os.Remove(record) }

// A probeRecord says which namespaces were found, and where.
type probeRecord struct {
	Circumstances string     `json:"circumstances"`
	Namespaces    Namespaces `json:"namespaces"`
}

// readRecord returns the namespaces that were found in the circumstances now, "" if
// that is not known.
func readRecord(path, now string) Namespaces {
	data, err := os.ReadFile(path)
	if err != nil || now == "" {
		return ""
	}
	var r probeRecord
	if json.Unmarshal(data, &r) != nil || r.Circumstances != now {
		return ""
	}
	for _, n := range candidates() {
		if n == r.Namespaces {
			return n
		}
	}
	return ""
}

// writeRecord replaces the record. Who reads a part of it cannot decode it.
func writeRecord(path string, r probeRecord) {
	if data, err := json.Marshal(r); err == nil {
		_ = os.WriteFile(path, data, 0o600)
	}
}

// circumstances identifies all that the result of a probe depends on, "" if the
// kernel does not tell.
func circumstances() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	binary, err := os.Stat(ownBinary)
	if err != nil {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %v %+v\n", boot, binary.Size(), binary.ModTime(), readPlace(os.DirFS("/"), os.Getenv))
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
