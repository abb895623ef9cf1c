//go:build tasks

package tasks

import (
	"archive/zip"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// saved is the line by which the server says where results are.
var saved = regexp.MustCompile(`(?m)^Saved for the user in (.+?): (.+)$`)

// savedOnDisk checks that the answers say where the results are, and that they are
// there. It returns the folder.
func (c *conversation) savedOnDisk(t *testing.T, results []string) string {
	t.Helper()
	var folder, names string
	for _, r := range c.replies {
		for _, b := range r.Blocks {
			for _, found := range saved.FindAllStringSubmatch(b.Text, -1) {
				folder, names = found[1], names+found[2]+"\n"
			}
		}
	}
	if folder == "" {
		t.Fatalf("no answer says where the results are:\n%s", c.all())
	}
	if strings.HasPrefix(folder, "~") {
		folder = c.person.home + folder[1:]
	}
	if !strings.HasPrefix(folder, c.person.home) {
		t.Fatalf("the results are in %s, which is not in the person's home folder", folder)
	}
	for _, result := range results {
		c.named(t, result, names)
		if found, _ := filepath.Glob(filepath.Join(folder, filepath.FromSlash(result))); len(found) == 0 {
			t.Errorf("%s is not in %s", result, folder)
		}
	}
	return folder
}

// named checks that a text names a result, by itself or by its folder.
func (c *conversation) named(t *testing.T, result, text string) {
	t.Helper()
	dir, name := path.Split(result)
	pattern := strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, `[^\s,]+`)
	if !regexp.MustCompile(pattern).MatchString(text) && (dir == "" || !strings.Contains(text, strings.SplitN(dir, "/", 2)[0])) {
		t.Errorf("no answer names %s: %s", result, text)
	}
}

// link is a link to a server of these tests, never one of the wide world.
var link = regexp.MustCompile(`http://127\.0\.0\.1:\d+/[^\s<>)\]"]+[^\s<>)\]".,;]`)

// behindLinks downloads what the answers link to, as a browser does, and returns the
// folder with it.
func (c *conversation) behindLinks(t *testing.T, results []string) string {
	t.Helper()
	folder := t.TempDir()
	var names []string
	for _, url := range link.FindAllString(c.said(), -1) {
		switch name := fetch(t, url, folder); {
		case strings.HasSuffix(url, "/results.zip"):
			names = append(names, unpack(t, filepath.Join(folder, name))...)
		case name != "":
			names = append(names, name)
		}
	}
	for _, result := range results {
		base := path.Base(result)
		found := false
		for _, name := range names {
			if whole, _ := path.Match(result, name); whole {
				found = true
				break
			}
			matched, _ := path.Match(base, name)
			if found = found || matched; matched && base != result {
				// A link has the name of a file, not of its folder.
				to := filepath.Join(folder, filepath.FromSlash(result))
				if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
					t.Fatal(err)
				}
				_ = os.Rename(filepath.Join(folder, name), to)
			}
		}
		if !found {
			t.Errorf("no link leads to %s; the links lead to %v:\n%s", result, names, c.all())
		}
	}
	return folder
}

// unpack unpacks an archive where it is and returns the names in it.
func unpack(t *testing.T, archive string) (names []string) {
	t.Helper()
	r, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.CopyFS(filepath.Dir(archive), r); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		names = append(names, f.Name)
	}
	return names
}

// fetch downloads a file without any token and returns its name.
func fetch(t *testing.T, url, folder string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Errorf("%s: %v", url, err)
		return ""
	}
	defer r.Body.Close()
	if r.StatusCode != 200 {
		t.Errorf("%s: %s", url, r.Status)
		return ""
	}
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("%s is not served as a download: %v", url, r.Header)
		return ""
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("%s: %v", url, err)
	}
	name := filepath.Base(parameters["filename"])
	if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// said is what the model read, without what links of the protocol say.
func (c *conversation) said() string {
	var texts []string
	for _, r := range c.replies {
		texts = append(texts, r.Text())
	}
	return strings.Join(texts, "\n")
}

// all is what the model read, shortened.
func (c *conversation) all() string {
	text := c.said()
	if len(text) > 3000 {
		text = text[:1500] + "\n[…]\n" + text[len(text)-1500:]
	}
	return text
}
