package cachedir

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Marker is the file that makes a folder the program's.
const Marker = "." + folderName

// markerText is what the marker says. It does not change from one version of
// the program to the next.
const markerText = "This folder is made and emptied by dynamic-sessions-mcp. Keep nothing of yours in it.\n"

// Mark makes a folder the program's.
func Mark(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if text, ok := readMarker(root); ok && text == markerText {
		return nil
	}
	// Others may be writing it at the same time: they write the same.
	f, err := root.OpenFile(Marker, os.O_WRONLY|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(markerText)
	return errors.Join(err, f.Close())
}

// readMarker returns what the marker of a folder says, which may still be cut
// off, and whether there is one.
func readMarker(root *os.Root) (string, bool) {
	info, err := root.Lstat(Marker)
	if err != nil || !info.Mode().IsRegular() || !mine(info) || info.Size() > int64(len(markerText)) {
		return "", false
	}
	f, err := root.Open(Marker)
	if err != nil {
		return "", false
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, int64(len(markerText))+1))
	return string(text), err == nil && bytes.HasPrefix([]byte(markerText), text)
}

// ours reports whether a folder of the user's can be the program's: it is
// empty, has the marker, or an earlier version, which had none, made it.
func ours(dir string) (bool, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false, explain(dir, err)
	}
	defer root.Close()
	f, err := root.Open(".")
	if err != nil {
		return false, explain(dir, err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return false, explain(dir, err)
	}
	if len(names) == 0 || earlier(root, filepath.Base(dir), names) {
		return true, nil
	}
	// It is looked for last: another process may just be making the folder.
	_, marked := readMarker(root)
	return marked, nil
}

// known is what the program calls things in its folder.
var known = regexp.MustCompile(`^(install\.lock|install-[0-9]+|downloads|snapshots|kept|run|certificate|` + // of others
	`(python-[0-9]+\.[0-9]+\.[0-9]+-[a-z0-9]+-[a-z0-9]+-[0-9a-f]{12}|engine-[0-9a-f]{12})(\.use)?)$`)

// earlier reports whether a version without markers made a folder with these
// things in it: it is called as the program is, or has nothing in it that the
// program would not put there, and it has something that only the program does.
func earlier(root *os.Root, base string, names []string) bool {
	foreign, proof := false, false
	for _, name := range names {
		foreign = foreign || !known.MatchString(name)
		proof = proof || known.MatchString(name) && proves(root, name)
	}
	return proof && (base == folderName || !foreign)
}

// proves reports whether a thing of this name is the program's without doubt.
func proves(root *os.Root, name string) bool {
	inside := map[string]string{"run": "lock", "certificate": "server.pem"}[name]
	switch {
	case strings.HasPrefix(name, "python-") || strings.HasPrefix(name, "engine-"):
		info, err := root.Lstat(name)
		return err == nil && mine(info)
	case name == "install.lock":
		inside = "."
	case inside == "":
		return false
	}
	info, err := root.Lstat(filepath.Join(name, inside))
	return err == nil && info.Mode().IsRegular() && mine(info)
}

// CheckLink refuses a folder below the program's that is a link, unless the user
// made it to lend the folder of that name of another cache folder. What is lent
// is used as it is, and neither repaired nor removed.
func CheckLink(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return nil
	}
	if _, ok := Lent(path); ok {
		return nil
	}
	return checkOwn(path, info)
}

// Lent returns where a link leads that the user made to lend the thing of that
// name of another cache folder, and whether path is such a link.
func Lent(path string) (target string, ok bool) {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 || !mine(info) {
		return "", false
	}
	target, err = filepath.EvalSymlinks(path)
	return target, err == nil && filepath.Base(target) == filepath.Base(path)
}
