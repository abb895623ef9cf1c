//go:build !unix

package hostfs

// nonblock is for systems that have pipes among their files.
const nonblock = 0
