package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/tools/mistake"
)

// exampleEnvironment is that of a server on the embedded pool.
func exampleEnvironment() Environment {
	return Environment{
		Python: "3.14", Cooldown: 5 * time.Minute,
		Packages: []string{"numpy", "pandas", "scipy", "matplotlib", "seaborn", "plotly", "scikit-learn", "statsmodels",
			"sympy", "pyarrow", "polars", "networkx", "pillow", "openpyxl", "XlsxWriter", "python-docx", "python-pptx",
			"reportlab", "lxml", "beautifulsoup4", "requests", "pyyaml", "tabulate", "tqdm"},
	}
}

func listTools(t *testing.T, opts Options) []mcp.Tool {
	t.Helper()
	list, err := converse(t, opts, "test").ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Tools
}

// sessionHandlesWanted are those of a client of MCP 2026-07-28, which has no sessions.
type sessionHandlesWanted struct{}

func (sessionHandlesWanted) Wanted(context.Context) bool { return true }

func (sessionHandlesWanted) Life() time.Duration { return time.Hour }

func (sessionHandlesWanted) Open(context.Context, string) (Conversation, error) {
	return Conversation{}, mistake.New("nothing is called here")
}

// TestToolsWithSessionHandles checks that handles are an argument where they are needed, and
// only there. What the program tells of its tools is compared with files by the
// tests of package server.
func TestToolsWithSessionHandles(t *testing.T) {
	t.Parallel()
	for _, opts := range []Options{{Environment: exampleEnvironment()}, {Environment: exampleEnvironment(), SessionHandles: sessionHandlesWanted{}}} {
		for _, tool := range listTools(t, opts) {
			checkTool(t, tool)
			_, has := tool.InputSchema.Properties["session_id"]
			if want := opts.SessionHandles != nil; has != want || strings.Contains(tool.Description, "session_id") != want || slices.Contains(tool.InputSchema.Required, "session_id") {
				t.Errorf("%s: session_id is an argument: %t", tool.Name, has)
			}
		}
	}
}

func TestEveryTool(t *testing.T) {
	t.Parallel()
	bare := Options{}
	full := Options{AllowDirs: []string{t.TempDir()}, Environment: exampleEnvironment()}
	full.Environment.Network = true
	full.Environment.Warning = "Nothing isolates the code: it can read and change everything on this computer that the server may."
	full.Environment.Packages = append(full.Environment.Packages, strings.Split(strings.Repeat("package-", 400), "-")...)
	for name, opts := range map[string]Options{"bare": bare, "full": full} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var names []string
			for _, tool := range listTools(t, opts) {
				names = append(names, tool.Name)
				checkTool(t, tool)
			}
			slices.Sort(names)
			if want := []string{"download_file", "list_files", "run_python", "upload_file", "wait_for_run"}; !slices.Equal(names, want) {
				t.Errorf("the tools are %v, want %v", names, want)
			}
		})
	}
}

func checkTool(t *testing.T, tool mcp.Tool) {
	t.Helper()
	if n := len(tool.Description); n == 0 || n >= maxDescription {
		t.Errorf("%s: the description has %d bytes", tool.Name, n)
	}
	if tool.Title == "" || tool.Annotations.Title != tool.Title {
		t.Errorf("%s: titles %q and %q", tool.Name, tool.Title, tool.Annotations.Title)
	}
	a := tool.Annotations
	if a.ReadOnlyHint == nil || a.DestructiveHint == nil || a.IdempotentHint == nil || a.OpenWorldHint == nil {
		t.Errorf("%s: not all annotations are there: %+v", tool.Name, a)
	} else if *a.ReadOnlyHint == *a.DestructiveHint {
		t.Errorf("%s: it must be read-only or destructive: %+v", tool.Name, a)
	}
	raw, err := json.Marshal(tool.InputSchema)
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]json.RawMessage
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"anyOf", "oneOf", "allOf", "$ref"} {
		if bytes.Contains(raw, []byte(word)) {
			t.Errorf("%s: the schema has %s, which clients refuse", tool.Name, word)
		}
	}
	if string(schema["additionalProperties"]) != "false" || string(schema["type"]) != `"object"` {
		t.Errorf("%s: the schema is open: %s", tool.Name, raw)
	}
	var properties map[string]struct{ Type, Description string }
	if err := json.Unmarshal(schema["properties"], &properties); err != nil {
		t.Fatal(err)
	}
	for name, p := range properties {
		if p.Type == "" || p.Description == "" {
			t.Errorf("%s: argument %s is not described: %+v", tool.Name, name, p)
		}
	}
	if tool.OutputSchema.Type != "" {
		t.Errorf("%s: it has an output schema, with which clients hide text and images", tool.Name)
	}
}

func TestDescriptionTellsTheEnvironment(t *testing.T) {
	t.Parallel()
	describe := func(e Environment) string {
		for _, tool := range listTools(t, Options{Environment: e}) {
			if tool.Name == "run_python" {
				return tool.Description
			}
		}
		return ""
	}
	isolated := describe(exampleEnvironment())
	for _, part := range []string{"Python 3.14", "numpy", "no network", "5 minutes", "longer than 45 s", "30 minutes", "wait_for_run", "/mnt/data"} {
		if !strings.Contains(isolated, part) {
			t.Errorf("the description does not say %q: %s", part, isolated)
		}
	}
	open := describe(Environment{Network: true, Warning: "Nothing isolates the code."})
	if !strings.Contains(open, "WARNING: Nothing isolates the code.") || strings.Contains(open, "no network") {
		t.Errorf("the description is %s", open)
	}
}
