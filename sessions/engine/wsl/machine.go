package wsl

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// machine is a processor that programs are for.
type machine = elf.Machine

// machineEnd is where a program's header has said which, in bytes.
const machineEnd = 20

// parseMachine returns which processor a program is for by its beginning, and whether it
// is one of Linux on a processor with the lowest byte first.
func parseMachine(head []byte) (machine, bool) {
	if len(head) < machineEnd || !bytes.HasPrefix(head, []byte(elf.ELFMAG)) || head[elf.EI_DATA] != byte(elf.ELFDATA2LSB) {
		return 0, false
	}
	return machine(binary.LittleEndian.Uint16(head[machineEnd-2:])), true
}

func machineOf(program string) (machine, error) {
	f, err := os.Open(program)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	head := make([]byte, machineEnd)
	if _, err := io.ReadFull(f, head); err == nil {
		if m, ok := parseMachine(head); ok {
			return m, nil
		}
	}
	return 0, fmt.Errorf("%s is no program of Linux; take it from the release of this version", program)
}
