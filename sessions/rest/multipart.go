package rest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"strings"

	"dynamic-sessions-mcp/sessions/wire"
)

const (
	uploadBuffer = 256 << 10 // so that a system call moves more than the 4 KiB of multipart
	maxBoundary  = 70        // characters of a boundary (RFC 2046)
	filePart     = "file"
)

// A form is a body of multipart/form-data with one part that is a file. It
// reads as the contents of that part, and ends without error only if the body
// has come whole and had no other such part.
type form struct {
	parts    *multipart.Reader
	part     *multipart.Part
	names    map[string]string // what the part says of its names
	filename string            // as sent
	length   int64             // that the part says it has, or -1
	read     int64
	end      error
}

// newForm finds the file in body. The boundary is that of the content type, or
// what the body begins with: some clients leave the type of an earlier request
// in place.
func newForm(contentType string, body io.Reader) (*form, error) {
	buffered := bufio.NewReaderSize(body, uploadBuffer)
	boundary := boundaryOf(contentType, buffered)
	if boundary == "" {
		return nil, refuse(wire.CodeValidationFailed, "Content-Type",
			`an upload must be multipart/form-data with a part named "file" that has a filename`)
	}
	f := &form{parts: multipart.NewReader(buffered, boundary), length: -1}
	if err := f.next(); err != nil {
		return nil, err
	}
	return f, f.describe()
}

func boundaryOf(contentType string, body *bufio.Reader) string {
	line, _ := body.Peek(maxBoundary + 4)
	first, _, _ := strings.Cut(string(line), "\n")
	first = strings.TrimRight(first, " \t\r")
	sniffed, ok := strings.CutPrefix(first, "--")
	if ok && sniffed != "" && len(sniffed) <= maxBoundary && len(first) < len(line) {
		return sniffed
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.HasPrefix(kind, "multipart/") || len(params["boundary"]) > maxBoundary {
		return ""
	}
	return params["boundary"]
}

// next goes to the next part that is a file; io.EOF says that there is none.
func (f *form) next() error {
	for {
		part, err := f.parts.NextRawPart()
		switch {
		case err == io.EOF && f.part == nil:
			return refuse(wire.CodeValidationFailed, filePart, `the form has no part named "file"`)
		case err == io.EOF:
			return io.EOF
		case err != nil:
			return formError(err)
		}
		names, err := namesOf(part)
		switch {
		case err != nil:
			return refuse(wire.CodeFileName, filePart,
				`the Content-Disposition of a part is malformed; put names in double quotes, as in filename="my file.txt". Nothing was stored`)
		case names["name"] != filePart:
			continue
		case f.part != nil:
			return refuse(wire.CodeValidationFailed, filePart, `the form has two parts named "file"; upload one file at a time. Nothing was stored`)
		}
		f.part, f.names = part, names
		return nil
	}
}

// namesOf returns the parameters of a part's Content-Disposition, none for a part
// that is no field of a form. They cannot be read if a name has a space and no
// quotes, for example.
func namesOf(part *multipart.Part) (map[string]string, error) {
	disposition := part.Header.Get("Content-Disposition")
	if disposition == "" {
		return nil, nil
	}
	kind, names, err := mime.ParseMediaType(disposition)
	if err != nil || kind != "form-data" {
		return nil, err
	}
	return names, nil
}

// describe takes the file's name and length from the header of its part.
func (f *form) describe() error {
	if kind, _, err := mime.ParseMediaType(f.part.Header.Get("Content-Type")); err == nil && kind == "multipart/mixed" {
		return refuse(wire.CodeValidationFailed, filePart,
			`the part "file" itself has parts, like a folder of files; upload one file at a time. Nothing was stored`)
	}
	if f.filename = f.names["filename"]; f.filename == "" {
		return f.unnamed()
	}
	if last := f.filename[strings.LastIndex(f.filename, "/")+1:]; last == "" || last == "." {
		return refuse(wire.CodeFileName, filePart,
			"the filename ends like that of a folder; end it with the name of the file. Folders are created with the files in them. Nothing was stored")
	}
	if said := f.part.Header.Get("Content-Length"); said != "" {
		n, err := strconv.ParseInt(said, 10, 64)
		if err != nil || n < 0 {
			return refuse(wire.CodeValidationFailed, filePart, "the Content-Length of the part is not a number of bytes")
		}
		f.length = n
	}
	return nil
}

// unnamed is the error for a part whose filename is not there, or not understood.
func (f *form) unnamed() error {
	if strings.Contains(strings.ToLower(f.part.Header.Get("Content-Disposition")), "filename*") {
		return refuse(wire.CodeFileName, filePart,
			`the filename* of the part "file" is not UTF-8 with %-escapes (RFC 8187); send the name as filename="…", in UTF-8. Nothing was stored`)
	}
	return refuse(wire.CodeFileName, filePart, `the part "file" has no filename, which names the file in the session`)
}

// Read fills p as far as it can: a part comes in small pieces, and whoever
// stores it makes a system call for each.
func (f *form) Read(p []byte) (n int, err error) {
	if f.end != nil {
		return 0, f.end
	}
	for n < len(p) && err == nil {
		var m int
		m, err = f.part.Read(p[n:])
		n += m
	}
	f.read += int64(n)
	if err == nil {
		return n, nil
	}
	if f.end = f.finish(err); n > 0 {
		return n, nil
	}
	return 0, f.end
}

// broken returns what was wrong with the form as far as it was read.
func (f *form) broken() error {
	if f.end == io.EOF {
		return nil
	}
	return f.end
}

// finish looks at what follows the part that err has ended.
func (f *form) finish(err error) error {
	if err != io.EOF {
		return formError(err)
	}
	if f.length >= 0 && f.length != f.read {
		return refuse(wire.CodeValidationFailed, filePart,
			fmt.Sprintf("the part announces %d bytes and has %d. Nothing was stored", f.length, f.read))
	}
	return f.next()
}

// formError is the error for a form that is cut, late or malformed.
func formError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return refuse(wire.CodeValidationFailed, "body",
			fmt.Sprintf("no more of the form arrived for %v. Nothing was stored", readPause))
	}
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return tooLarge(large.Limit)
	}
	return refuse(wire.CodeValidationFailed, "body", "the form is malformed or ends before its last boundary. Nothing was stored")
}
