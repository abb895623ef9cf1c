package sandbox

import (
	"runtime"
	"slices"
	"strings"
)

// systemFolders are the folders below /usr, and below / where they are there and
// not links, that are part of the system also where they are mounts of their
// own: without them nothing runs.
var systemFolders = []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "share"}

// isSystem reports whether the folder rest of source belongs to the system
// itself.
func isSystem(source, rest string) bool {
	if !slices.Contains(systemDirs, source) {
		return false
	}
	if source != "/usr" {
		rest = strings.TrimPrefix(source, "/") + "/" + rest
	}
	return slices.Contains(systemFolders, rest) || rest == "lib/"+libraryTriplet()
}

// libraryTriplet is Debian's name for the kind of the processor, which has a
// folder for libraries.
func libraryTriplet() string {
	if runtime.GOARCH == "arm64" {
		return "aarch64-linux-gnu"
	}
	return "x86_64-linux-gnu"
}

// toCover returns the places below point that have to be covered so that nothing
// is visible there but what the folder source itself holds: point is where
// source and all that is mounted below it have been bound. Mounts are left that
// are part of the system, or show no more than what is below them, or are blank.
// Of places inside each other it names the outermost.
func toCover(mounts []mount, point, source string, blank func(mount) bool) []string {
	byID := make(map[int]mount, len(mounts))
	hidden := make(map[int]bool) // mounts with another one on top
	for _, m := range mounts {
		byID[m.id] = m
	}
	for _, m := range mounts {
		if parent, ok := byID[m.parent]; ok && parent.point == m.point {
			hidden[parent.id] = true
		}
	}
	foreign := make(map[string]bool) // places with something to hide
	blanked := make(map[string]bool)
	for _, m := range mounts {
		rest, ok := below(m.point, point)
		switch parent, known := byID[m.parent]; {
		case !ok:
		case blank(m) && !hidden[m.id]:
			blanked[m.point] = true
		case isSystem(source, rest), known && m.shownBy(parent):
		default:
			foreign[m.point] = true
		}
	}
	return outermost(foreign, blanked)
}

// outermost returns those of the places that lie neither in one of the others
// nor in or at one of blanked.
func outermost(places, blanked map[string]bool) []string {
	var found []string
	for place := range places {
		if !coveredBy(place, blanked) && !insideOf(place, places) {
			found = append(found, place)
		}
	}
	slices.Sort(found)
	return found
}

func coveredBy(place string, covers map[string]bool) bool {
	return covers[place] || insideOf(place, covers)
}

// insideOf reports whether a folder above place is one of folders.
func insideOf(place string, folders map[string]bool) bool {
	for i := strings.LastIndexByte(place, '/'); i > 0; i = strings.LastIndexByte(place[:i], '/') {
		if folders[place[:i]] {
			return true
		}
	}
	return false
}
