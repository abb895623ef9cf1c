package stdio

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// filePipeLocalInformation is the class of pipeInformation (FILE_INFORMATION_CLASS).
const filePipeLocalInformation = 24

// pipeInformation is FILE_PIPE_LOCAL_INFORMATION.
type pipeInformation struct {
	Type, Configuration           uint32
	MaxInstances, Instances       uint32
	InboundQuota, ReadAvailable   uint32
	OutboundQuota, WriteAvailable uint32
	State, End                    uint32
}

// otherEndClosed reports whether nobody has the other end of a pipe. Windows has no
// event for that, but it tells who asks.
func otherEndClosed(handle uintptr) bool {
	var status windows.IO_STATUS_BLOCK
	var pipe pipeInformation
	err := windows.NtQueryInformationFile(windows.Handle(handle), &status,
		(*byte)(unsafe.Pointer(&pipe)), uint32(unsafe.Sizeof(pipe)), filePipeLocalInformation)
	if err != nil {
		return err == windows.STATUS_PIPE_BROKEN || err == windows.STATUS_PIPE_DISCONNECTED || err == windows.STATUS_PIPE_CLOSING
	}
	return pipe.State == windows.FILE_PIPE_CLOSING_STATE || pipe.State == windows.FILE_PIPE_DISCONNECTED_STATE
}
