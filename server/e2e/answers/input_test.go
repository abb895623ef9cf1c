package answers

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// An input is a file of the table: calls, and the answer to each.
type input struct {
	name, path string
	comment    string
	sections   []e2etest.Section
	fresh      bool     // it needs a session of its own
	flags      []string // of the server
	seconds    int      // that each run may take; 0 for the default
}

// readInputs reads a folder of the table.
func readInputs(t *testing.T, folder ...string) []input {
	t.Helper()
	paths, err := filepath.Glob(e2etest.Testdata(t, append(append([]string{"answers"}, folder...), "*.txtar")...))
	if err != nil {
		t.Fatal(err)
	}
	var inputs []input
	for _, path := range paths {
		in := input{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path}
		in.comment, in.sections = e2etest.ReadSections(t, path)
		for _, s := range in.sections {
			switch s.Name {
			case "fresh":
				in.fresh = true
			case "flags":
				in.flags = strings.Fields(s.Body)
			case "seconds":
				in.seconds = int(s.Body[0] - '0')
			}
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// A column is one of the ways in which the table is asked.
type column struct {
	section string // the name of its answers, which may have reasons behind it
	start   func(t *testing.T, flags []string) *e2etest.Agent
}

// play makes the calls of an input and compares the answers.
func (in *input) play(t *testing.T, c column, agent *e2etest.Agent) {
	t.Helper()
	var got []e2etest.Section
	var reply *e2etest.Reply
	for _, s := range in.sections {
		if r, asked := in.call(t, agent, s); asked {
			reply = &r
		}
		if s.Name != "answer" {
			continue
		}
		if reply == nil {
			t.Fatalf("%s: an answer to nothing", in.path)
		}
		got = append(got, e2etest.Section{Name: "answer", Body: in.timely(written(t, *reply))})
	}
	in.compare(t, c, got)
}

// timely is an answer without what a busy machine adds to one that came after a
// time-out: stopping the code may take longer there than such an answer waits.
func (in *input) timely(answer string) string {
	if in.seconds == 0 {
		return answer
	}
	return untold.ReplaceAllString(answer, "")
}

var untold = regexp.MustCompile(`(?m)^` + mark + `text\nMore files may have changed: .*\n`)

// call makes the call that a section asks for.
func (in *input) call(t *testing.T, agent *e2etest.Agent, s e2etest.Section) (e2etest.Reply, bool) {
	t.Helper()
	kind, name, _ := strings.Cut(s.Name, " ")
	arguments := map[string]any{}
	switch kind {
	case "run":
		arguments["code"] = s.Body
		if in.seconds > 0 {
			arguments["timeout_seconds"] = in.seconds
		}
		return agent.Call("run_python", arguments), true
	case "upload":
		return agent.Call("upload_file", map[string]any{"filename": name, "content": s.Body}), true
	case "list", "download":
		if err := json.Unmarshal([]byte(s.Body), &arguments); err != nil {
			t.Fatalf("%s: %v", in.path, err)
		}
		return agent.Call(kind+map[string]string{"list": "_files", "download": "_file"}[kind], arguments), true
	}
	return e2etest.Reply{}, false
}
