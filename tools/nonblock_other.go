//go:build !unix

package tools

// nonblock is for systems that have pipes among their files.
const nonblock = 0
