package answers

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// mark begins the line that says what a block is.
const mark = "» "

// written is an answer as the table has it: a line for what each block is, then its
// text, or a sketch of its picture.
func written(t *testing.T, r e2etest.Reply) string {
	t.Helper()
	var b strings.Builder
	if r.Failed {
		b.WriteString(mark + "failed\n")
	}
	for _, block := range r.Blocks {
		switch block.Type {
		case "text":
			fmt.Fprintf(&b, "%stext\n%s\n", mark, strings.TrimSuffix(steady(block.Text), "\n"))
		case "image":
			picture := block.Picture(t)
			size := picture.Bounds().Size()
			fmt.Fprintf(&b, "%simage %s %d×%d\n%s", mark, strings.TrimPrefix(block.MIMEType, "image/"), size.X, size.Y, sketch(picture))
		default:
			fmt.Fprintf(&b, "%s%s %s %s %s\n", mark, block.Type, block.Name, block.MIMEType, steady(block.URI))
		}
	}
	return b.String()
}

// volatile is what differs from run to run.
var volatile = []struct {
	what *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`0x[0-9a-fA-F]{6,}`), "0x…"},
	{regexp.MustCompile(`<cell \d+>`), "<cell N>"},
	{regexp.MustCompile(`\b\d+(:\d\d){1,2}<\d+(:\d\d){1,2}, +[\d.]+(it/s|s/it)`), "T<T, N it/s"},
	{regexp.MustCompile(`\d\d\d\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?Z?( UTC)?`), "TIME"},
	{regexp.MustCompile(`\b(after|in|took) [\d.]+ (ms|s)\b`), "$1 N s"},
	{regexp.MustCompile(`\bpid \d+|process \d+`), "pid N"},
	{regexp.MustCompile(`/python3\.\d+/`), "/python3/"},
}

// steady is a text without what differs from run to run.
func steady(text string) string {
	for _, v := range volatile {
		text = v.what.ReplaceAllString(text, v.to)
	}
	text = strings.ReplaceAll(text, os.TempDir(), "/tmp")
	return homes.ReplaceAllString(text, "~")
}

// homes are the home folders of the persons of these tests.
var homes = regexp.MustCompile(`/[^\s'":]*/home-of-ada`)
