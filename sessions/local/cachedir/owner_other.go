//go:build !unix

package cachedir

import "io/fs"

// Where files have no owner that a number names, the folder is in the user's
// profile, which is closed to others.

const noFollow = 0

func mine(fs.FileInfo) bool           { return true }
func systems(fs.FileInfo) bool        { return true }
func othersMayWrite(fs.FileInfo) bool { return false }
func writable(string) error           { return nil }
func owner(fs.FileInfo) string        { return "another user" }
