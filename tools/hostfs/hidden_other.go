//go:build !windows && !darwin

package hostfs

import "io/fs"

// hidesByAttribute is false where only names hide files.
const hidesByAttribute = false

func hasHiddenAttribute(fs.FileInfo) bool { return false }
