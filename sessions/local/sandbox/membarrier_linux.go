package sandbox

import (
	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/abi/linux"
)

// denyMembarrierRegistration makes one system call fail. With it every process of
// gVisor registers, when it starts, for a kind of memory barrier that only its KVM
// platform uses. In a process with several threads, the kernel answers that call
// after an RCU grace period: about ten milliseconds, in each of the seven processes
// that the start of a sandbox takes.
//
// The filter holds for this process and all that it starts. It permits all
// other calls; gVisor installs its own filters on top.
func denyMembarrierRegistration() error {
	const (
		number   = 0  // offset of the number of the call in struct seccomp_data
		argument = 16 // of the lower half of its first argument
	)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_MEMBARRIER, Jf: 3},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: argument},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: linux.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	return installFilter(filter)
}
