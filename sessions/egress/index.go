package egress

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions/atomicfile"
)

const (
	// indexPath is where the index is, at the address of the proxy.
	indexPath = "/simple/"
	filesPath = "/files/"

	// maxPage bounds a page, and maxReading how many are read at a time: a page takes
	// several times its size of memory.
	maxPage    = 32 << 20
	maxReading = 4
	maxFile    = 4 << 30
	// pageAge is how long a page is good that was read from the index.
	pageAge = 10 * time.Minute
	// pageTimeout is how long the index may take to send a page.
	pageTimeout = 30 * time.Second
)

// An Index shows sessions a package index, read-only: its pages, in which every file is at
// an address of the proxy, and these files, which it keeps by their hashes. A session can
// ask for the page of a package and for a file with a hash that such a page has, and for
// nothing else, so that it needs no connection with the index. What has been asked for once
// comes from the disk, also if the index is down.
type Index struct {
	address string
	dir     string
	client  *http.Client
	reading chan struct{} // holds a token for each page that is in memory
}

// NewIndex returns an index. address is that of the index, such as
// https://pypi.org/simple; it is the user's, and may be one of the machine's network. dir
// is the folder for pages and files, which is made when there is something to keep. client
// asks the index, by the proxy and with the certificates that the user has.
func NewIndex(address, dir string, client *http.Client) *Index {
	return &Index{address: address, dir: dir, client: client, reading: make(chan struct{}, maxReading)}
}

// A page lists the files of a package, in the form of PEP 691.
type page struct {
	Meta  pageMeta   `json:"meta"`
	Name  string     `json:"name"`
	Files []pageFile `json:"files"`
}

type pageMeta struct {
	Version string `json:"api-version"`
}

type pageFile struct {
	Name           string            `json:"filename"`
	URL            string            `json:"url"`
	Hashes         map[string]string `json:"hashes"`
	RequiresPython string            `json:"requires-python,omitempty"`
	Yanked         any               `json:"yanked,omitempty"`
}

var (
	packageName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,198}[a-z0-9])?$`)
	fileName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+!-]{0,250}$`)
	sha256Name  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// errNoPackage: the index has no such package.
var errNoPackage = &refusal{http.StatusNotFound, "the package index has no package of this name"}

// find returns the page of a package.
func (x *Index) find(ctx context.Context, name string) (*page, error) {
	select {
	case x.reading <- struct{}{}:
		defer func() { <-x.reading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	kept := filepath.Join(x.pages(), name+".json")
	info, err := os.Stat(kept)
	if err == nil && time.Since(info.ModTime()) < pageAge {
		if p, err := readPage(kept); err == nil {
			return p, nil
		}
	}
	p, err := x.fetch(ctx, name)
	var final *refusal
	switch {
	case err == nil:
		if os.MkdirAll(filepath.Dir(kept), 0o700) == nil {
			_ = atomicfile.Write(kept, 0o600, func(w io.Writer) error { return json.NewEncoder(w).Encode(p) }) // or next time
		}
		prune(x.pages(), maxPages)
		return p, nil
	case errors.As(err, &final):
		return nil, err
	}
	if p, readErr := readPage(kept); readErr == nil {
		return p, nil // the index is down
	}
	return nil, &refusal{http.StatusBadGateway, "the package index " + x.host() + " cannot be reached: " + reason(err)}
}

// pages is the folder for the pages of this index, whose packages are not those of another.
func (x *Index) pages() string {
	sum := sha256.Sum256([]byte(x.address))
	return filepath.Join(x.dir, "pages-"+hex.EncodeToString(sum[:6]))
}

// host names the index for people.
func (x *Index) host() string {
	if u, err := url.Parse(x.address); err == nil {
		return u.Host
	}
	return ""
}

// reason returns what went wrong without the address, which may have a password.
func reason(err error) string {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	return err.Error()
}

func readPage(path string) (*page, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var p page
	return &p, json.Unmarshal(data, &p)
}

// fetch reads the page of a package from the index.
func (x *Index) fetch(ctx context.Context, name string) (*page, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(x.address, "/")+"/"+name+"/", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1")
	resp, err := x.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return nil, errNoPackage
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("it answers %s", resp.Status)
	}
	body := io.LimitReader(resp.Body, maxPage)
	p := &page{}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/vnd.pypi.simple.v1+json") {
		err = json.NewDecoder(body).Decode(p)
	} else {
		p.Files, err = parseHTML(body)
	}
	if err != nil {
		return nil, fmt.Errorf("its page cannot be read: %w", err)
	}
	p.Name, p.Meta.Version = name, "1.0"
	return p, p.resolve(resp.Request.URL)
}

// resolve makes the addresses of files absolute, and leaves out files without a hash.
func (p *page) resolve(base *url.URL) error {
	files := p.Files[:0]
	for _, f := range p.Files {
		to, err := base.Parse(f.URL)
		if err != nil || !sha256Name.MatchString(f.Hashes["sha256"]) || !fileName.MatchString(f.Name) || to.Scheme != "https" && to.Scheme != base.Scheme {
			continue
		}
		to.Fragment, to.User = "", nil // what is kept has no password
		files = append(files, pageFile{f.Name, to.String(), map[string]string{"sha256": f.Hashes["sha256"]}, f.RequiresPython, f.Yanked})
	}
	p.Files = files
	return nil
}

// shown returns the page as sessions see it.
func (p *page) shown() *page {
	q := *p
	q.Files = make([]pageFile, len(p.Files))
	for i, f := range p.Files {
		f.URL = path.Join(filesPath, p.Name, f.Hashes["sha256"], f.Name)
		q.Files[i] = f
	}
	return &q
}

// file returns the file of a package that has a name and a hash.
func (p *page) file(name, sum string) (pageFile, bool) {
	for _, f := range p.Files {
		if f.Name == name && f.Hashes["sha256"] == sum {
			return f, true
		}
	}
	return pageFile{}, false
}
