package notebook

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"dynamic-sessions-mcp/tools/prose"
)

// maxEmbedded is the size of the largest file whose contents a notebook has, in bytes.
const maxEmbedded = 256 << 10

// An Upload is a file that was stored in a session.
type Upload struct {
	Name string // below the folder of files
	Size int64
	Sum  [sha256.Size]byte
	// Content is all of a file of up to 256 KiB, and else nil.
	Content []byte
	Stored  time.Time
}

// A Reading is a file that is read in order to be stored. It learns what an [Upload] has
// to say, also if the file is read again from its beginning.
type Reading struct {
	from io.ReadSeeker
	sum  hash.Hash
	size int64
	head bytes.Buffer
}

// Read returns a reading of what follows in from.
func Read(from io.ReadSeeker) *Reading { return &Reading{from: from, sum: sha256.New()} }

// Read implements [io.Reader].
func (r *Reading) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.sum.Write(p[:n])
	r.size += int64(n)
	if r.head.Len() <= maxEmbedded {
		r.head.Write(p[:min(n, maxEmbedded+1-r.head.Len())])
	}
	return n, err
}

// Seek implements [io.Seeker]. What is read afterwards counts as the whole file.
func (r *Reading) Seek(offset int64, whence int) (int64, error) {
	r.sum.Reset()
	r.size = 0
	r.head.Reset()
	return r.from.Seek(offset, whence)
}

// Upload returns what was read, stored under a name.
func (r *Reading) Upload(name string) Upload {
	u := Upload{Name: name, Size: r.size, Stored: time.Now()}
	r.sum.Sum(u.Sum[:0])
	if r.size <= maxEmbedded {
		u.Content = bytes.Clone(r.head.Bytes())
		if u.Content == nil {
			u.Content = []byte{}
		}
	}
	return u
}

// uploadCells are the n-th upload: what it was, and code that makes it elsewhere.
func uploadCells(u Upload, n int) []cell {
	text := fmt.Sprintf("**Uploaded** %s, %s, SHA-256 `%s`.", codeSpan(u.Name), prose.Size(u.Size), hex.EncodeToString(u.Sum[:]))
	about := markdownCell(fmt.Sprintf("upload-%d", n), text)
	if u.Content == nil {
		about.Source = lines(text + " It is too large to be in this notebook: put it into the folder of the files yourself.")
		return []cell{about}
	}
	code := "# Makes the file as it was uploaded.\n" +
		"def _store(path, data):\n" +
		"    import base64, os\n" +
		"    os.makedirs(os.path.dirname(path) or '.', exist_ok=True)\n" +
		"    with open(path, 'wb') as file:\n" +
		"        file.write(base64.b64decode(data))\n" +
		"_store(" + prose.QuoteASCII(u.Name) + ",\n       '" + base64.StdEncoding.EncodeToString(u.Content) + "')\n" +
		"del _store"
	file := codeCell(fmt.Sprintf("upload-%d-file", n), code)
	file.Metadata["jupyter"] = map[string]any{"source_hidden": true}
	return []cell{about, file}
}

// codeSpan is a name in Markdown, in which nothing of it means anything.
func codeSpan(name string) string {
	text := prose.Name(name)
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if fence == "`" {
		return fence + text + fence
	}
	return fence + " " + text + " " + fence
}

// setupCell is the first cell: it goes to a folder like that of the session. It leaves no
// name behind that the session did not have.
func setupCell() cell {
	c := codeCell("setup", "# Goes to the folder in which the session had its files, where this machine allows it.\n"+
		"def _setup():\n"+
		"    import os\n"+
		"    try:\n"+
		"        os.makedirs('/mnt/data/out', exist_ok=True)\n"+
		"        os.chdir('/mnt/data')\n"+
		"    except OSError:\n"+
		"        os.makedirs('out', exist_ok=True)\n"+
		"_setup()\n"+
		"del _setup")
	c.Metadata["jupyter"] = map[string]any{"source_hidden": true}
	return c
}
