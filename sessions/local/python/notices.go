package python

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/textproto"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Notice is what has to be said of something that is installed.
type Notice struct {
	Name    string
	Version string
	License string   // its name, as the package's metadata have it; "" if they have none
	Texts   []string // of its license files
}

// Notices returns the notices of CPython and of every package of the installation in
// the folder tree, fonts among them, by name; see [Find].
func Notices(tree string) ([]Notice, error) {
	b := builder{tree: tree}
	text, err := os.ReadFile(filepath.Join(b.stdlib(), "LICENSE.txt"))
	if err != nil {
		return nil, err
	}
	all := []Notice{{Name: "CPython", Version: embeddedVersion, License: "PSF-2.0", Texts: []string{string(text)}}}
	for _, dir := range []string{b.pipHome(), b.site()} {
		notices, err := readNotices(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, notices...)
	}
	slices.SortStableFunc(all[1:], func(a, b Notice) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return all, nil
}

// readNotices reads what all packages in a folder say.
func readNotices(dir string) ([]Notice, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	infos, err := fs.Glob(root.FS(), "*.dist-info")
	if err != nil {
		return nil, err
	}
	var all []Notice
	for _, info := range infos {
		notice, err := readNotice(root.FS(), info)
		if err != nil {
			return nil, fmt.Errorf("the license of the package %s: %w", info, err)
		}
		all = append(all, notice)
	}
	return all, nil
}

// readNotice reads what a package says of itself in its folder info.
func readNotice(site fs.FS, info string) (Notice, error) {
	head, err := metadata(site, info)
	if err != nil {
		return Notice{}, err
	}
	n := Notice{Name: head.Get("Name"), Version: head.Get("Version"), License: licenseName(head)}
	files, err := licenseFiles(site, info)
	if err != nil {
		return Notice{}, err
	}
	for _, name := range files {
		text, err := fs.ReadFile(site, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // trimmed
		}
		if err != nil {
			return Notice{}, err
		}
		if !slices.Contains(n.Texts, string(text)) {
			n.Texts = append(n.Texts, string(text))
		}
	}
	if n.Texts == nil && len(head.Get("License")) > 100 { // the text itself
		n.Texts = []string{head.Get("License")}
	}
	return n, nil
}

// metadata are the fields of a package's METADATA, which has the form of a message.
func metadata(site fs.FS, info string) (textproto.MIMEHeader, error) {
	f, err := site.Open(path.Join(info, "METADATA"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, err := textproto.NewReader(bufio.NewReader(io.LimitReader(f, 1<<20))).ReadMIMEHeader()
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head, nil
}

// licenseName finds the name of a license: packages give it in one of three fields,
// the oldest of which may also hold the whole text.
func licenseName(head textproto.MIMEHeader) string {
	if name := head.Get("License-Expression"); name != "" {
		return name
	}
	if name := head.Get("License"); name != "" && name != "UNKNOWN" && len(name) <= 100 {
		return name
	}
	var names []string
	for _, c := range head.Values("Classifier") {
		if parts := strings.Split(c, " :: "); parts[0] == "License" {
			names = append(names, parts[len(parts)-1])
		}
	}
	return strings.Join(names, ", ")
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice|copyright)`)

// licenseFiles are the files among those of a package that have its terms: beside its
// metadata, or beside what came from others, such as fonts.
func licenseFiles(site fs.FS, info string) (names []string, err error) {
	f, err := site.Open(path.Join(info, "RECORD"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		name := record[0]
		program := slices.Contains([]string{".py", ".pyc", ".pyi", ".so"}, path.Ext(name))
		if licenseFile.MatchString(path.Base(name)) && !program && fs.ValidPath(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
