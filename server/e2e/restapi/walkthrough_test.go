package restapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/wire"
)

// walkthrough calls a service as those do who read about Azure's REST API: with
// curl, by an address such as Azure's.
type walkthrough struct {
	t        *testing.T
	endpoint string
	dir      string // where curl runs
}

func newWalkthrough(t *testing.T) *walkthrough {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	return &walkthrough{t, serveLocalREST(t, local.Options{}) + "/subscriptions/s/resourceGroups/g/sessionPools/p", t.TempDir()}
}

// curl calls a path of the service and returns what it prints.
func (w *walkthrough) curl(path string, args ...string) string {
	w.t.Helper()
	url := w.endpoint + path + "?api-version=2024-02-02-preview&identifier=walk-through-1"
	cmd := exec.CommandContext(w.t.Context(), "curl", append([]string{"--silent", "--show-error", "--noproxy", "*", "-H", "Authorization: Bearer token", url}, args...)...)
	cmd.Dir = w.dir
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("curl %s: %v", path, err)
	}
	return string(out)
}

// execute runs code.
func (w *walkthrough) execute(code string) string {
	w.t.Helper()
	body, err := json.Marshal(wire.WrappedRequest{Properties: &wire.WrappedProperties{CodeInputType: "inline", ExecutionType: "synchronous", Code: code}})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.curl("/code/execute", "-X", "POST", "-H", "Content-Type: application/json", "--data-binary", string(body))
}

// upload sends a file of that content.
func (w *walkthrough) upload(name, content string) string {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return w.curl("/files/upload", "-X", "POST", "-F", "file=@"+name)
}

var (
	walkTime     = regexp.MustCompile(`"lastModifiedTime":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{7}Z"`)
	walkDuration = regexp.MustCompile(`"executionTimeInMilliseconds":[0-9]+\}`)
)

// prints expects what curl printed, to the letter but for times.
func (w *walkthrough) prints(got, want string) {
	w.t.Helper()
	got = walkTime.ReplaceAllString(got, `"lastModifiedTime":"TIME"`)
	if got = walkDuration.ReplaceAllString(got, `"executionTimeInMilliseconds":MS}`); got != want {
		w.t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestWalkthrough is Azure's REST API as its users write about it.
func TestWalkthrough(t *testing.T) {
	w := newWalkthrough(t)
	w.headers("true")
	w.prints(w.execute("print('Hello, world!')"),
		`{"$id":"1","properties":{"$id":"2","status":"Success","stdout":"Hello, world!\n","stderr":"","result":"","executionTimeInMilliseconds":MS}}`)
	w.prints(w.execute("a = 5\nb = 8\nx = a * b\nprint(f\"Answer is {x}\")\nx"),
		`{"$id":"1","properties":{"$id":"2","status":"Success","stdout":"Answer is 40\n","stderr":"","result":40,"executionTimeInMilliseconds":MS}}`)
	w.prints(w.execute("x + 2"),
		`{"$id":"1","properties":{"$id":"2","status":"Success","stdout":"","stderr":"","result":42,"executionTimeInMilliseconds":MS}}`)
	w.prints(w.curl("/files"), `{"$id":"1","value":[]}`)
	w.prints(w.upload("test1.txt", "content of test1"),
		`{"$id":"1","value":[{"$id":"2","properties":{"$id":"3","filename":"test1.txt","size":16,"lastModifiedTime":"TIME"}}]}`)
	w.prints(w.upload("test2.txt", "content of test2\n"),
		`{"$id":"1","value":[{"$id":"2","properties":{"$id":"3","filename":"test2.txt","size":17,"lastModifiedTime":"TIME"}}]}`)
	w.prints(w.curl("/files"),
		`{"$id":"1","value":[{"$id":"2","properties":{"$id":"3","filename":"test1.txt","size":16,"lastModifiedTime":"TIME"}},{"$id":"4","properties":{"$id":"5","filename":"test2.txt","size":17,"lastModifiedTime":"TIME"}}]}`)
	w.prints(w.curl("/files/test1.txt"),
		`{"$id":"1","properties":{"$id":"2","filename":"test1.txt","size":16,"lastModifiedTime":"TIME"}}`)
	w.prints(w.curl("/files/content/test2.txt"), "content of test2\n")
	w.upload("important_data.json", `{"important_data": [1, 10, -1541]}`)
	w.prints(w.execute("import json\nwith open('/mnt/data/important_data.json') as f:\n    data = json.load(f)\nsum(data['important_data'])"),
		`{"$id":"1","properties":{"$id":"2","status":"Success","stdout":"","stderr":"","result":-1530,"executionTimeInMilliseconds":MS}}`)
	w.execute("with open('/mnt/data/hello.txt', 'w') as f: f.write('Hello from session!')")
	w.prints(w.curl("/files/content/hello.txt"), "Hello from session!")
	w.prints(w.curl("/files/hello.txt", "-X", "DELETE", "-w", "%{http_code}"), "204")
	w.upload("dir.txt", "in a folder")
	w.prints(w.curl("/files/upload", "-X", "POST", "-F", "file=@dir.txt;filename=sub/dir.txt"),
		`{"$id":"1","value":[{"$id":"2","properties":{"$id":"3","filename":"sub/dir.txt","size":11,"lastModifiedTime":"TIME"}}]}`)
	w.prints(w.curl("/files/content/sub%2Fdir.txt"), "in a folder")
	for filename, why := range map[string]string{"sub": "there is a folder of that name", "sub/": "ends like that of a folder",
		"test1.txt/x": "is a file", "test1.txt/x/y": "is a file"} {
		got := w.curl("/files/upload", "-X", "POST", "-F", "file=@dir.txt;filename="+filename)
		if !strings.HasPrefix(got, `{"error":{"code":"InvalidFileName","message":"`) || !strings.Contains(got, why) {
			t.Errorf("an upload as %s: %s", filename, got)
		}
	}
	w.plots()
	w.raises()
	w.headers("false")
}

// plots has a picture for the result, which is an object without a number.
func (w *walkthrough) plots() {
	w.t.Helper()
	got := w.execute("import numpy as np\nimport matplotlib.pyplot as plt\nx = np.linspace(-1, 1, 400)\nplt.plot(x, np.sin(x))\nplt.title('Plot of sin(x) from -1 to 1')\nplt.show()")
	var answer struct {
		Properties struct {
			Result map[string]any `json:"result"`
		} `json:"properties"`
	}
	if err := json.Unmarshal([]byte(got), &answer); err != nil {
		w.t.Fatalf("%v: %.300s", err, got)
	}
	keys := slices.Sorted(maps.Keys(answer.Properties.Result))
	if strings.Join(keys, " ") != "base64_data format type" || strings.Count(got, `"$id"`) != 2 || answer.Properties.Result["format"] != "png" {
		w.t.Errorf("the result has the keys %v: %.300s", keys, got)
	}
}

// raises has a failure, which is no error of the call.
func (w *walkthrough) raises() {
	w.t.Helper()
	got := w.execute("print('before')\n1/0")
	if !strings.HasPrefix(got, `{"$id":"1","properties":{"$id":"2","status":"Failure","stdout":"before\n","stderr":"`) ||
		!strings.Contains(got, `ZeroDivisionError: division by zero`) || !strings.Contains(got, `,"result":"",`) {
		w.t.Errorf("got %s", got)
	}
}

// headers has the headers of an execution, which makes the session or not.
func (w *walkthrough) headers(made string) {
	w.t.Helper()
	dump := filepath.Join(w.dir, "headers")
	w.curl("/code/execute", "-D", dump, "-H", "Content-Type: application/json", "-d", `{"properties":{"code":"1"}}`)
	data, err := os.ReadFile(dump)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, want := range []string{`X-Ms-New-Allocation: ` + made, `X-Ms-Session-Guid: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
		`Mise-Correlation-Id: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`, `X-Ms-Container-Execution-Duration: [0-9]+`,
		`X-Ms-Overall-Execution-Time: [0-9]+(\.[0-9]{1,4})?`, `X-Ms-Preparation-Time: [0-9]+(\.[0-9]{1,4})?`} {
		if !regexp.MustCompile(`(?m)^` + want + `\r$`).Match(bytes.TrimSpace(data)) {
			w.t.Errorf("there is no %s in %s", want, data)
		}
	}
}
