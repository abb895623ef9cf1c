//go:build !linux

package doctor

// probe is never called: the check of the system fails before.
func probe() (string, error) { return "", errUnwell }
