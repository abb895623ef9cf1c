package snapshot

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"dynamic-sessions-mcp/sessions/local/cachestore"
)

// Of says what a snapshot is of. One that is of anything else does not fit.
type Of struct {
	Binary string // the path of the sandbox's runtime
	Python string // the key of the interpreter
	Kernel string // the folder with the kernel's files
	Spec   any    // how the sandbox is made, without what differs from session to session
}

// key names the snapshot. It also changes with the processor, to which programs
// adapt, and with the rights of this process.
func (o Of) key() (string, error) {
	binary, err := buildID(o.Binary)
	if err != nil {
		return "", err
	}
	files, err := cachestore.Sums(o.Kernel)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	err = json.NewEncoder(h).Encode([]any{binary, runtime.GOARCH, o.Python, files, o.Spec, os.Geteuid() == 0, processor()})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// buildID identifies a binary by its name, and by the ID that Go's linker has written
// into it, which is a hash of its content, or else by its size and checksum.
func buildID(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	id := linkerID(path)
	if id == "" {
		if id, err = cachestore.Sum(path); err != nil {
			return "", err
		}
	}
	return filepath.Base(real) + "-" + id, nil
}

// linkerID returns the ID in the ELF note that Go's linker writes, "" if there is none:
// it can be told to leave it out. To read it takes no time, and a checksum of a binary
// of 100 MB some 40 ms of a processor at each start of a server.
func linkerID(path string) string {
	binary, err := elf.Open(path)
	if err != nil {
		return ""
	}
	defer binary.Close()
	section := binary.Section(".note.go.buildid")
	if section == nil || section.Size > maxNote {
		return ""
	}
	note, err := section.Data()
	if err != nil || len(note) < noteHeader {
		return ""
	}
	owner, length := binary.ByteOrder.Uint32(note), binary.ByteOrder.Uint32(note[4:])
	if owner != 4 || string(note[12:noteHeader]) != "Go\x00\x00" || int64(length) > int64(len(note)-noteHeader) {
		return ""
	}
	return string(note[noteHeader:][:length])
}

const (
	// noteHeader is the size of an ELF note's lengths and type, and of its owner's
	// name, which is Go's.
	noteHeader = 16
	maxNote    = 4096
)

// processor describes the processor as far as programs adapt to it.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if name, _, _ := strings.Cut(line, ":"); strings.HasPrefix(name, "model name") ||
			strings.HasPrefix(name, "flags") || strings.HasPrefix(name, "Features") {
			lines = append(lines, line)
		}
		if strings.TrimSpace(line) == "" && len(lines) > 0 {
			break // the first processor is like the others
		}
	}
	return strings.Join(lines, "")
}
