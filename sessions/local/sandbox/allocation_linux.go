package sandbox

import "golang.org/x/sys/unix"

// denyAllocation makes fallocate fail except where it gives room back, which is
// what the sentry itself needs it for. A program in a sandbox could otherwise
// take all of the host's disk in a moment, without writing a byte, before
// anybody has looked. Programs then write what they want to have, as they do
// on file systems that cannot do better.
//
// The filter holds for this process and all that it starts, as that of
// denyMembarrierRegistration does.
func denyAllocation() error {
	const (
		number = 0  // offset of the number of the call in struct seccomp_data
		mode   = 24 // of the lower half of its second argument
		free   = unix.FALLOC_FL_PUNCH_HOLE | unix.FALLOC_FL_KEEP_SIZE
	)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FALLOCATE, Jf: 3},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: mode},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: free, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EOPNOTSUPP)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	return installFilter(filter)
}
