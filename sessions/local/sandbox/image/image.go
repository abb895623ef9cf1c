// Package image changes what gVisor has written of a sandbox, without the rest
// of gVisor: that cannot be linked into a fuzzing test.
//
// A restored kernel has the host name that was saved with it, and gVisor offers
// nothing to change that but to run a program in the sandbox. So [Rename]
// changes the state: a name is a string of the kernel's state, which is small,
// and is written as its length and its bytes. A name of the same length fits.
package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"gvisor.dev/gvisor/pkg/state/statefile"
)

// specsKey is where the metadata of a state has the specifications of its
// containers. gVisor's package boot names it.
const specsKey = "container_specs"

// Rename returns a kernel's state with another host name, or nil if the state
// has that name already. data is left as it is. The error wraps ErrHostname if
// the name does not fit.
func Rename(data []byte, hostname string) ([]byte, error) {
	r := bytes.NewReader(data)
	metadata, err := statefile.MetadataUnsafe(r)
	if err != nil {
		return nil, fmt.Errorf("reading a saved state: %w", err)
	}
	saved, err := savedHostname(metadata)
	if err != nil || saved == hostname {
		return nil, err
	}
	if len(saved) != len(hostname) || len(saved) < minHostname || len(saved) > maxHostname {
		return nil, fmt.Errorf("%w: the saved one has %d bytes and the new one %d", errHostname, len(saved), len(hostname))
	}
	// What is before is metadata, which has a checksum and no effect.
	head, state := data[:len(data)-r.Len()], data[len(data)-r.Len():]
	old, replacement := encodeString(saved), encodeString(hostname)
	if !bytes.Contains(state, old) {
		return nil, fmt.Errorf("%w: it is not in the saved state", errHostname)
	}
	return append(bytes.Clone(head), bytes.ReplaceAll(state, old, replacement)...), nil
}

// savedHostname returns the host name of the configuration that a state was
// saved with.
func savedHostname(metadata map[string]string) (string, error) {
	var saved map[string]specs.Spec
	if err := json.Unmarshal([]byte(metadata[specsKey]), &saved); err != nil {
		return "", fmt.Errorf("reading a saved state: %w", err)
	}
	for _, spec := range saved {
		return spec.Hostname, nil // there is one
	}
	return "", fmt.Errorf("%w: the saved state has none", errHostname)
}

// encodeString returns a short string as gVisor's state has it.
func encodeString(s string) []byte { return append([]byte{byte(len(s))}, s...) }

const (
	// minHostname is the length from which a name does not occur by chance.
	minHostname = 8
	// maxHostname is what Linux allows, and fits in a length of one byte.
	maxHostname = 64
)

// errHostname reports a host name that does not fit where the saved one was.
var errHostname = errors.New("the host name of a saved state can only be changed to one of the same length, of 8 to 64 bytes")
