package preview

import (
	"bytes"
	"path"
	"strings"
)

// A Kind is a kind of file that Python can look at.
type Kind string

// The kinds of files. The zero value is a kind that nobody can look at.
const (
	Image    Kind = "image" // of any kind that Pillow reads
	SVG      Kind = "svg"
	PDF      Kind = "pdf"
	Word     Kind = "docx"
	Slides   Kind = "pptx"
	Workbook Kind = "workbook" // xlsx, xlsb, xls, ods
	Notebook Kind = "ipynb"
	SQLite   Kind = "sqlite"
	Parquet  Kind = "parquet"
	Archive  Kind = "zip"
	Tar      Kind = "tar"
)

// Text reports a kind that is text as well, which can be read in lines.
func (k Kind) Text() bool { return k == SVG || k == Notebook }

// KindOf tells the kind of a file by its beginning and, where that does not say,
// by its name.
func KindOf(name string, head []byte) Kind {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	switch {
	case starts(head, "%PDF-"):
		return PDF
	case starts(head, "SQLite format 3\x00"):
		return SQLite
	case starts(head, "PAR1"):
		return Parquet
	case starts(head, "PK\x03\x04"), starts(head, "PK\x05\x06"):
		return zipped(ext)
	case starts(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") && (ext == "xls" || ext == "xlt"):
		return Workbook
	case len(head) > 262 && string(head[257:262]) == "ustar", tarred(name, head):
		return Tar
	case ext == "ipynb" && starts(bytes.TrimLeft(head, " \t\r\n\ufeff"), "{"):
		return Notebook
	case isSVG(ext, head):
		return SVG
	case isImage(ext, head):
		return Image
	}
	return ""
}

func starts(head []byte, magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }

// zipped is what the name of a ZIP archive says that it is.
func zipped(ext string) Kind {
	switch ext {
	case "docx", "docm", "dotx":
		return Word
	case "pptx", "pptm", "ppsx", "potx":
		return Slides
	case "xlsx", "xlsm", "xltx", "xlsb", "ods":
		return Workbook
	}
	return Archive
}

// tarred reports an archive that is compressed as a whole.
func tarred(name string, head []byte) bool {
	name = strings.ToLower(name)
	for _, end := range []string{".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"} {
		if strings.HasSuffix(name, end) {
			return starts(head, "\x1f\x8b") || starts(head, "BZh") || starts(head, "\xfd7zXZ\x00")
		}
	}
	return false
}

// isSVG reports a drawing: text in which svg is the first element.
func isSVG(ext string, head []byte) bool {
	if ext == "svgz" {
		return starts(head, "\x1f\x8b")
	}
	start := bytes.ToLower(head[:min(len(head), 4096)])
	at := bytes.Index(start, []byte("<svg"))
	return at >= 0 && (ext == "svg" || at == 0 || starts(bytes.TrimLeft(start, " \t\r\n\ufeff"), "<?xml") && !bytes.Contains(start[:at], []byte("<html")))
}

// isImage reports a picture that Pillow reads, by its first bytes or, where its kind
// has none of its own, by its name.
func isImage(ext string, head []byte) bool {
	for _, magic := range []string{
		"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a", "II*\x00", "MM\x00*", "II+\x00", "MM\x00+", "8BPS\x00\x01", "icns", "DDS ",
		"\x00\x00\x00\x0cjP  ", "\xff\x4f\xff\x51", "qoif", "\x01\xda", "\x59\xa6\x6a\x95", "\x00\x00\x02\x00", "BLP2", "SIMPLE  =", "\x0a\x05\x01",
	} {
		if starts(head, magic) && (len(magic) > 3 || ext != "" && strings.Contains(" jpg jpeg jfif sgi rgb bw pcx ", " "+ext+" ")) {
			return true
		}
	}
	switch {
	case starts(head, "RIFF") && len(head) >= 12 && string(head[8:12]) == "WEBP",
		starts(head, "BM") && len(head) >= 26 && head[6]|head[7]|head[8]|head[9] == 0,
		len(head) >= 12 && string(head[4:8]) == "ftyp" && (string(head[8:12]) == "avif" || string(head[8:12]) == "avis"),
		len(head) > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' && bytes.IndexByte([]byte(" \t\r\n"), head[2]) >= 0 && netpbm(ext),
		starts(head, "\x00\x00\x01\x00") && ext == "ico", ext == "tga" && len(head) > 18, ext == "xbm", ext == "xpm", ext == "cur":
		return true
	}
	return false
}

func netpbm(ext string) bool {
	return ext == "ppm" || ext == "pgm" || ext == "pbm" || ext == "pnm" || ext == "pam" || ext == "pfm"
}
