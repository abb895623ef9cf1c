package tools

import (
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions"
)

// hiddenPlace is the folder of texts that were cut in answers. Nobody made it but the
// server, so it is neither listed nor saved with others; by their names its files can
// be had.
const hiddenPlace = sessions.CutDir

// isHidden reports a name in the hidden place.
func isHidden(name string) bool {
	return name == hiddenPlace || strings.HasPrefix(name, hiddenPlace+"/")
}

// visible are the entries that are not in the hidden place.
func visible(entries []sessions.File) []sessions.File {
	if !slices.ContainsFunc(entries, func(f sessions.File) bool { return isHidden(f.Name) }) {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), func(f sessions.File) bool { return isHidden(f.Name) })
}

// visibleFiles are the files among the visible entries.
func visibleFiles(entries []sessions.File) []sessions.File {
	return slices.DeleteFunc(slices.Clone(visible(entries)), func(f sessions.File) bool { return f.Dir })
}
