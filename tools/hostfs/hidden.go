package hostfs

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"dynamic-sessions-mcp/tools/prose"
)

// hiddenPart returns the first part of a path below an allowed folder that is
// hidden by its name, or "". What is above the folder does not count: a user
// who opens ~/.config/app opens what is in it.
func hiddenPart(rel string) string {
	for part := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		if hiddenName(part) {
			return part
		}
	}
	return ""
}

// hiddenName reports a name that begins with a dot, or would on a file system
// that leaves out invisible characters when it compares names, as HFS+ does.
// Characters that look like a dot count as one.
func hiddenName(name string) bool {
	name = strings.TrimLeftFunc(name, func(r rune) bool { return prose.Unseen(r) || unicode.IsSpace(r) })
	if name == "" || name == "." || name == ".." {
		return false
	}
	first, _ := utf8.DecodeRuneInString(name)
	return strings.ContainsRune(dots, first)
}

// dots are the full stop and what looks like it.
const dots = ".․‥…．﹒"

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
