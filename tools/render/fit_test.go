package render

import (
	"io"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestOutputThatNoFileHolds(t *testing.T) {
	t.Parallel()
	result := rendered(t, sessions.Execution{Stdout: strings.Repeat("x", 100_000),
		Truncated: []sessions.Truncation{{Stream: "stdout", Total: 9_000_000}}})
	toolstest.ExpectText(t, result, "long lines were cut; what was kept of it: /mnt/data/.output/stdout-")
	if strings.Contains(strings.Join(toolstest.Texts(result), ""), "all of it") {
		t.Error("it says that a part is all")
	}
}

func TestLongOutput(t *testing.T) {
	t.Parallel()
	long := "begin " + strings.Repeat("x", 100_000) + " end"
	pool := returning(sessions.Execution{Stdout: long, Text: "42"})
	result := renderedOf(t, pool, false)
	toolstest.ExpectText(t, result, "stdout:\nbegin xxx", "xxx end", "result:\n42",
		" characters …]", "[… long lines were cut; all of it: /mnt/data/.output/stdout-")
	if n := len(toolstest.Texts(result)[0]); n > DefaultMaxText+300 {
		t.Errorf("the text has %d bytes", n)
	}
	if result.Meta.AdditionalFields["truncated"] != true {
		t.Errorf("_meta is %v", result.Meta.AdditionalFields)
	}
	kept, err := pool.List(t.Context(), testSession, sessions.CutDir, false)
	if err != nil || len(kept.Files) != 1 {
		t.Fatalf("kept are %+v, %v", kept, err)
	}
	_, body, err := pool.Download(t.Context(), testSession, kept.Files[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := io.ReadAll(body); err != nil || string(all) != long {
		t.Errorf("the file has %d bytes, %v", len(all), err)
	}
}

func TestLongOutputThePoolKept(t *testing.T) {
	t.Parallel()
	pool := returning(sessions.Execution{Stdout: strings.Repeat("x", 100_000),
		Truncated: []sessions.Truncation{{Stream: "stdout", Total: 9_000_000, File: "all.txt"}}})
	result := renderedOf(t, pool, false)
	toolstest.ExpectText(t, result, "[… long lines were cut; all of it: /mnt/data/all.txt …]")
	if found, err := pool.List(t.Context(), testSession, "", true); err != nil || len(found.Files) != 0 {
		t.Errorf("files %v, %v", found, err)
	}
}
