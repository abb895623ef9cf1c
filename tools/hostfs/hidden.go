package hostfs

import (
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/sessions/userfolders"
)

// hiddenPart returns the first part of a path below an allowed folder that is
// hidden by its name, or "". What is above the folder does not count: a user
// who opens ~/.config/app opens what is in it.
func hiddenPart(rel string) string {
	for part := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		if userfolders.Hidden(part) {
			return part
		}
	}
	return ""
}

// hidden returns the first part of rel that is hidden, by its name or, where
// the system has such, by an attribute; or "".
func (f hostFolder) hidden(rel string) string {
	if part := hiddenPart(rel); part != "" || !hidesByAttribute {
		return part
	}
	for at := filepath.Clean(rel); at != "."; at = filepath.Dir(at) {
		if info, err := f.root.Lstat(at); err == nil && hasHiddenAttribute(info) {
			return filepath.Base(at)
		}
	}
	return ""
}
