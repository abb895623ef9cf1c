//go:build unix

package local

import "syscall"

const nonblock = syscall.O_NONBLOCK
