package sessions

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameBytes    = 1024 // a whole name
	maxSegmentBytes = 255  // what Linux takes between two slashes
)

// CleanName returns name as a slash-separated path below [DataDir]. A leading
// "/mnt/data/" or "./" is removed, so that the path that code in the session
// uses and the name that List returns mean the same file.
//
// It refuses, with an error that wraps [ErrInvalidName] and says why: an empty
// name, other absolute paths, "..", backslashes, control characters, bytes
// that are not UTF-8, a name of more than 1024 bytes and a part of more than
// 255. It does not look at the disk: an accepted name may still be a link that
// leads out, which the pool must not follow.
func CleanName(name string) (string, error) {
	rest, err := relative(name)
	if err != nil {
		return "", err
	}
	if rest == "" {
		return "", fmt.Errorf("%w: it is empty; give a name such as \"data.csv\"", ErrInvalidName)
	}
	return rest, nil
}

// CleanDir is CleanName for a folder: "", ".", "/" and [DataDir] all mean
// DataDir itself and give "".
func CleanDir(dir string) (string, error) {
	if dir == "/" {
		return "", nil
	}
	return relative(dir)
}

func relative(name string) (string, error) {
	refuse := func(why string) (string, error) {
		return "", fmt.Errorf("%w %.80q: %s", ErrInvalidName, name, why)
	}
	if !utf8.ValidString(name) {
		return refuse("it is not valid UTF-8")
	}
	if len(name) > maxNameBytes {
		return refuse(fmt.Sprintf("it has %d bytes; the limit is %d", len(name), maxNameBytes))
	}
	if i := strings.IndexFunc(name, unprintable); i >= 0 {
		return refuse("it contains a control character")
	}
	if strings.Contains(name, `\`) {
		return refuse("it contains a backslash; separate folders with /")
	}
	rest := name
	if name == DataDir || strings.HasPrefix(name, DataDir+"/") {
		rest = strings.TrimPrefix(name[len(DataDir):], "/")
	} else if strings.HasPrefix(name, "/") {
		return refuse("files of a session live in " + DataDir + "; give a name relative to it")
	}
	var parts []string
	for part := range strings.SplitSeq(rest, "/") {
		switch {
		case part == "" || part == ".":
			continue
		case part == "..":
			return refuse("it contains .., which could lead out of " + DataDir)
		case len(part) > maxSegmentBytes:
			return refuse(fmt.Sprintf("a part of it has %d bytes; the limit is %d", len(part), maxSegmentBytes))
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "/"), nil
}

// unprintable reports control characters and the invisible ones that reorder
// text, with which a name can pretend to be another.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
