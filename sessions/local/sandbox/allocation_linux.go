package sandbox

import "golang.org/x/sys/unix"

// denyAllocation makes fallocate fail, except where it frees space, which the sentry
// itself needs. Otherwise a program in a sandbox could take all of the host's disk
// in a moment, without writing a byte and before anybody could notice. Programs
// then write their data, as on file systems without fallocate.
//
// Like the filter of denyMembarrierRegistration, this one applies to this process
// and all that it starts.
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
