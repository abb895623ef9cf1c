package tools

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"
)

// mediaType guesses a file's type from its name. The table is our own, since
// that of the host differs from machine to machine.
func mediaType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".log", ".text":
		return "text/plain"
	case ".csv":
		return "text/csv"
	case ".tsv":
		return "text/tab-separated-values"
	case ".md":
		return "text/markdown"
	case ".html", ".htm":
		return "text/html"
	case ".py":
		return "text/x-python"
	case ".json", ".ipynb":
		return "application/json"
	case ".xml":
		return "application/xml"
	case ".yaml", ".yml":
		return "application/yaml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".svg":
		return "image/svg+xml"
	case ".bmp":
		return "image/bmp"
	case ".tif", ".tiff":
		return "image/tiff"
	default:
		return binaryType(name)
	}
}

func binaryType(name string) string {
	const office = "application/vnd.openxmlformats-officedocument."
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf":
		return "application/pdf"
	case ".xlsx":
		return office + "spreadsheetml.sheet"
	case ".docx":
		return office + "wordprocessingml.document"
	case ".pptx":
		return office + "presentationml.presentation"
	case ".ods":
		return "application/vnd.oasis.opendocument.spreadsheet"
	case ".xls":
		return "application/vnd.ms-excel"
	case ".db", ".sqlite", ".sqlite3":
		return "application/vnd.sqlite3"
	case ".zip":
		return "application/zip"
	case ".gz":
		return "application/gzip"
	case ".parquet":
		return "application/vnd.apache.parquet"
	default:
		return "application/octet-stream"
	}
}

// textual reports whether data is text that a model can read.
func textual(data []byte) bool {
	return utf8.Valid(data) && !bytes.ContainsRune(data, 0)
}
