package egress

import (
	"errors"
	"io"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
)

// parseHTML reads the files in a page of an index that has no other form (PEP 503): links
// whose fragments have hashes.
func parseHTML(r io.Reader) ([]pageFile, error) {
	var files []pageFile
	z := html.NewTokenizer(r)
	z.SetMaxBuf(1 << 20)
	for {
		switch z.Next() {
		case html.ErrorToken:
			if errors.Is(z.Err(), io.EOF) {
				return files, nil
			}
			return nil, z.Err()
		case html.StartTagToken:
			if t := z.Token(); t.Data == "a" {
				if f, ok := linkedFile(t.Attr); ok {
					files = append(files, f)
				}
			}
		}
	}
}

func linkedFile(attributes []html.Attribute) (pageFile, bool) {
	var f pageFile
	for _, a := range attributes {
		switch a.Key {
		case "href":
			f.URL = a.Val
		case "data-requires-python":
			f.RequiresPython = a.Val
		case "data-yanked":
			f.Yanked = a.Val
			if a.Val == "" {
				f.Yanked = true
			}
		}
	}
	to, err := url.Parse(f.URL)
	if err != nil {
		return f, false
	}
	sum, ok := strings.CutPrefix(to.Fragment, "sha256=")
	f.Name, f.Hashes = path.Base(to.Path), map[string]string{"sha256": sum}
	return f, ok
}
