//go:build unix

package datadir

import "syscall"

const nonblock = syscall.O_NONBLOCK
