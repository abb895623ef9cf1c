package userfolders

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden reports whether a file or folder of this name is hidden: hidden files hold
// settings and secrets, which a user who opens a folder does not mean to open. A
// name is hidden that begins with a dot, or would on a file system that leaves out
// invisible characters when it compares names, as HFS+ does. Characters that look
// like a dot count as one.
func Hidden(name string) bool {
	name = strings.TrimLeftFunc(name, func(r rune) bool { return unseen(r) || unicode.IsSpace(r) })
	if name == "" || name == "." || name == ".." {
		return false
	}
	first, _ := utf8.DecodeRuneInString(name)
	return strings.ContainsRune(Dots, first)
}

// Dots are the full stop and what looks like it.
const Dots = ".․‥…．﹒"

// unseen reports characters that no reader sees and some file systems ignore.
func unseen(r rune) bool {
	return unicode.IsControl(r) ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
