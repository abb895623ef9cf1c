//go:build !long

package local_test

// long is whether tests run that take minutes.
const long = false
