//go:build !linux

package procfs
