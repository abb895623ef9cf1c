// Package userfolders says where code in a session sees the folders that the user
// has opened: /home/ada/data, say, at /mnt/user/data.
//
//	folders := userfolders.New([]string{"/home/ada/data", "/srv/data"})
//	folders[1].Path()                           // /mnt/user/data-2
//	folders.Inside("/home/ada/data/sales.csv")  // /mnt/user/data/sales.csv
//	folders.Outside("/mnt/user/data/sales.csv") // /home/ada/data/sales.csv
//
// It is a mapping of names, which depends on the configuration alone: whether a
// folder exists, and whether code may read a file in it, is for others to find
// out. Package sandbox makes the folders visible, and package hostfs reads and
// saves files in them for the tools.
package userfolders

import (
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Dir is the folder of a session that has the user's folders.
const Dir = "/mnt/user"

// A Folder is one of the user's folders.
type Folder struct {
	Host string // its path on the user's machine, absolute and clean
	Name string // what it is called in Dir
}

// Path returns the path that code uses.
func (f Folder) Path() string { return Dir + "/" + f.Name }

// Folders are the user's folders that code sees, in the order in which the user
// named them. Nil means that it sees none.
type Folders []Folder

// New maps folders at absolute paths. Each is called as it is on the host; a second
// one of that name gets a number. A path that is given twice counts once.
func New(dirs []string) Folders {
	var folders Folders
	given, taken := map[string]bool{}, map[string]bool{}
	for _, dir := range dirs {
		dir = filepath.Clean(dir)
		if given[dir] {
			continue
		}
		given[dir] = true
		name := freeName(nameFor(dir), taken)
		taken[name] = true
		folders = append(folders, Folder{Host: dir, Name: name})
	}
	return folders
}

// maxName is how many bytes of a folder's name are used, so that there is space
// for a number in what file systems allow.
const maxName = 240

// nameFor returns a name that code can write and a reader can see: in the form of
// Unicode in which code writes names, and without characters that cannot be
// printed.
func nameFor(dir string) string {
	name := norm.NFC.String(filepath.Base(dir))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r == '/' || r == '\\' || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, name)
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	if name == "" || name == "." || name == ".." {
		return "folder"
	}
	return name
}

func freeName(name string, taken map[string]bool) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = name + "-" + strconv.Itoa(n)
	}
	return free
}

// Inside returns the path at which code sees what is at a path of the host, and
// whether it sees it at all. Of folders inside each other it takes the innermost.
// Links are not followed.
func (fs Folders) Inside(host string) (inside string, ok bool) {
	host = filepath.Clean(host)
	longest := -1
	for _, f := range fs {
		rest, err := filepath.Rel(f.Host, host)
		if err == nil && filepath.IsLocal(rest) && len(f.Host) > longest {
			longest = len(f.Host)
			inside, ok = path.Join(f.Path(), filepath.ToSlash(rest)), true
		}
	}
	return inside, ok
}

// Outside returns the path on the host of what code sees at a path, and whether
// that lies in one of the user's folders.
func (fs Folders) Outside(inside string) (host string, ok bool) {
	inside = path.Clean(inside)
	for _, f := range fs {
		if inside == f.Path() {
			return f.Host, true
		}
		if rest, below := strings.CutPrefix(inside, f.Path()+"/"); below {
			return filepath.Join(f.Host, filepath.FromSlash(rest)), true
		}
	}
	return "", false
}

const (
	maxPlaces     = 4   // folders that Places names
	maxPlacesText = 400 // bytes
)

// Places says within a sentence where code sees the folders, such as
// "/home/ada/data is /mnt/user/data"; "" if it sees none. Of many, it names some.
func (f Folders) Places() string {
	var text string
	for i, folder := range f {
		place := folder.Path()
		if strconv.Quote(folder.Host) == `"`+folder.Host+`"` { // others could not be read
			place = folder.Host + " is " + place
		}
		if i == maxPlaces || len(text)+len(place) > maxPlacesText {
			return strings.TrimPrefix(text+", and more in "+Dir, ", and ")
		}
		if i > 0 {
			text += ", "
		}
		text += place
	}
	return text
}
