//go:build restclients

// Package restclients runs clients of Azure's dynamic sessions that others wrote
// against the program's REST API.
//
//	go test -tags restclients ./server/e2e/restclients
package restclients

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// poolClient is a client of Azure's dynamic sessions that others wrote. Its
// program is in testdata/clients.
type poolClient struct {
	name    string   // of its folder
	program string   // in testdata/clients; by default that of its folder
	file    string   // that it sends and fetches
	flags   []string // of the pool that it is run against
	raised  []string // what it makes of 1 / 0 has these
	want    string   // the rest of what it prints, as checked has it
}

const (
	unicodeName  = "Umsätze 2024.bin"
	zeroDivision = "ZeroDivisionError: division by zero"

	// What checked leaves of a picture and of a file that was fetched.
	aPlot   = `"a plot"`
	theFile = `"the file"`
)

func poolClients() []poolClient {
	return []poolClient{{
		name:   "langchain",
		file:   unicodeName,
		raised: []string{zeroDivision, `"result":""`},
		want: `{
			"image": "a plot",
			"downloaded": "the file",
			"executed": {"result": 42, "stdout": "hello\n", "stderr": ""},
			"fenced": {"result": "", "stdout": "", "stderr": ""},
			"kept": {"result": 21, "stdout": "", "stderr": ""},
			"text": {"result": "äää", "stdout": "", "stderr": ""},
			"none": {"result": "", "stdout": "", "stderr": ""},
			"shown": {"type": "image", "format": "png"},
			"uploaded": ["Umsätze 2024.bin", 102407, "/mnt/data/Umsätze 2024.bin"],
			"seen": "b'\\x00\\x01\\x02\\x03'",
			"listed": [["Umsätze 2024.bin", 102407], ["copy.bin", 102407]],
			"missing": 404,
			"deleted": true
		}`,
	}, {
		name: "langchain-shell",
		file: unicodeName,
		want: `{
			"downloaded": "the file",
			"executed": {"stdout": "hello\n", "stderr": "oops\n", "exitCode": 0},
			"fenced": {"stdout": "fenced\n", "stderr": "", "exitCode": 0},
			"failed": {"stdout": "", "stderr": "", "exitCode": 3},
			"unknown": 127,
			"long": 4096,
			"uploaded": ["Umsätze 2024.bin", 102407],
			"seen": "102407\n",
			"listed": [["Umsätze 2024.bin", 102407], ["copy.bin", 102407]],
			"missing": 404,
			"sandbox": {
				"ran": ["out\nerr\n", 4, false],
				"written": [null, true],
				"size": "110000\n",
				"edited": [null, 1],
				"read": "     1\talpha\n     2\tgamma",
				"listed": ["notes.txt", "small.txt"],
				"found": ["notes.txt", "small.txt"],
				"sent": [null, "sent", "file_not_found"]
			}
		}`,
	}, {
		name:   "semantic-kernel",
		file:   unicodeName,
		flags:  []string{"--tls-self-signed"},
		raised: []string{zeroDivision, `Status:\nFailure\nResult:\n\nStdout:\n\nStderr:\nTraceback`},
		want: `{
			"image": "a plot",
			"downloaded": "the file",
			"executed": "Status:\nSuccess\nResult:\n42\nStdout:\nhello\n\nStderr:\n",
			"kept": "Status:\nSuccess\nResult:\n21\nStdout:\n\nStderr:\n",
			"text": "Status:\nSuccess\nResult:\näää\nStdout:\n\nStderr:\n",
			"uploaded": ["Umsätze 2024.bin", 102407, "/mnt/data/Umsätze 2024.bin"],
			"listed": [["Umsätze 2024.bin", 102407]],
			"missing": 404
		}`,
	}, {
		name:   "llama-index",
		file:   unicodeName,
		raised: []string{zeroDivision, `"status":"Failure"`, `"result":""`},
		want: `{
			"image": "a plot",
			"downloaded": "the file",
			"executed": {"status": "Success", "result": 42, "stdout": "hello\n", "stderr": ""},
			"kept": {"status": "Success", "result": 21, "stdout": "", "stderr": ""},
			"text": {"status": "Success", "result": "äää", "stdout": "", "stderr": ""},
			"shown": {"type": "image", "format": "png", "saved_to_local_path": true},
			"uploaded": [["Umsätze 2024.bin", 102407, "/mnt/data/Umsätze 2024.bin"]],
			"listed": [["Umsätze 2024.bin", 102407, "/mnt/data/Umsätze 2024.bin"]],
			"missing": 404
		}`,
	}, {
		name:   "autogen",
		file:   "sales.bin",
		raised: []string{zeroDivision, `[1,"Traceback`},
		want: `{
			"image": "a plot",
			"downloaded": "the file",
			"executed": [0, "hello\n42"],
			"blocks": [0, "20\n21"],
			"kept": [0, "21"],
			"function": [0, "42.5"],
			"folder": [0, "/mnt/data"],
			"text": [0, "äää"],
			"packages": ["matplotlib", "numpy", "pandas", "setuptools"],
			"listed": ["sales.bin"],
			"cancelled": true,
			"after": [0, "22"],
			"restarted": [0, "False"]
		}`,
	}, {
		name:   "llamaindex-azure",
		file:   unicodeName,
		raised: []string{zeroDivision, `"status":"Failure"`, `"result":""`},
		want: `{
			"image": "a plot",
			"downloaded": "the file",
			"executed": {"status": "Success", "result": 42, "stdout": "hello\n", "stderr": ""},
			"assigned": {"status": "Success", "result": "", "stdout": "", "stderr": ""},
			"kept": {"status": "Success", "result": 21, "stdout": "", "stderr": ""},
			"text": {"status": "Success", "result": "äää", "stdout": "", "stderr": ""},
			"uploaded": ["Umsätze 2024.bin", 102407],
			"listed": [["Umsätze 2024.bin", 102407]]
		}`,
	}, {
		name:   "azure-cli",
		file:   unicodeName,
		flags:  []string{"--tls-self-signed"}, // it has no token for any other
		raised: []string{zeroDivision, `["Failed","Traceback`},
		want: `{
			"image": "a plot",
			"downloaded": "the file",
			"keys": ["$id", "id", "identifier", "executionType", "status", "result"],
			"executed": ["azure-cli-session", "synchronous", "Succeeded", {"$id": "2", "stdout": "Hello world\n", "stderr": "", "executionResult": "", "executionTimeInMilliseconds": true}],
			"value": {"$id": "2", "stdout": "", "stderr": "", "executionResult": 42, "executionTimeInMilliseconds": true},
			"empty": {"$id": "1", "value": []},
			"uploaded": {"$id": "1", "name": "Umsätze 2024.bin", "type": "file", "contentType": "application/octet-stream", "sizeInBytes": 102407, "lastModifiedAt": 28},
			"root": {
				"uploaded": {"$id": "1", "name": "cert.txt", "type": "file", "contentType": "text/plain; charset=utf-8", "sizeInBytes": 7, "lastModifiedAt": 28},
				"listed": ["Umsätze 2024.bin", "cert.txt"],
				"content": "testing",
				"metadata": {"$id": "1", "name": "cert.txt", "type": "file", "contentType": "text/plain; charset=utf-8", "sizeInBytes": 7, "lastModifiedAt": 28},
				"deleted": 204,
				"after": ["Umsätze 2024.bin"]
			},
			"folder": {
				"uploaded": {"$id": "1", "name": "sub/cert.txt", "type": "file", "contentType": "text/plain; charset=utf-8", "sizeInBytes": 7, "lastModifiedAt": 28},
				"listed": ["cert.txt"],
				"content": "testing",
				"metadata": {"$id": "1", "name": "cert.txt", "type": "file", "contentType": "text/plain; charset=utf-8", "sizeInBytes": 7, "lastModifiedAt": 28},
				"deleted": 204,
				"after": []
			},
			"missing": "Not Found",
			"deleted": [204, ["sub"]]
		}`,
	}, notebooks("langchain"), notebooks("langchain-0.1")}
}

// title tells the client's programs apart.
func (c poolClient) title() string {
	if c.program == "" {
		return c.name
	}
	return c.name + "-" + strings.TrimSuffix(filepath.Base(c.program), ".py")
}

// notebooks are those of LangChain's documentation, with the packages of a folder.
func notebooks(name string) poolClient {
	return poolClient{
		name:    name,
		program: filepath.Join("langchain", "notebooks.py"),
		file:    unicodeName,
		want: `{
			"uploaded": ["Umsätze 2024.bin", 102407, "/mnt/data/Umsätze 2024.bin"],
			"downloaded": "the file",
			"printed": [
				"'{\\n  \"result\": 42,\\n  \"stdout\": \"\",\\n  \"stderr\": \"\"\\n}'",
				"{'$id': '2', 'status': 'Success', 'stdout': '', 'stderr': '', 'result': 42, 'executionTimeInMilliseconds': 'MS'}",
				"{'$id': '2', 'status': 'Success', 'stdout': '', 'stderr': '', 'result': -1530, 'executionTimeInMilliseconds': 'MS'}",
				"dict_keys(['type', 'format', 'base64_data'])",
				"('image', 'png')"
			],
			"image": "a plot",
			"decoded": "PNG",
			"agent": {
				"tools": ["Python_REPL"],
				"number": true,
				"printed": "\n\n> Entering new AgentExecutor chain...\n\nInvoking: ` + "`Python_REPL` with `SINE`" + `\n\n\n{\n  \"result\": \"{'sin_pi': 1.2246467991473532e-16, 'random_number': NUMBER}\",\n  \"stdout\": \"\",\n  \"stderr\": \"\"\n}The sine of pi is effectively zero.\n\n> Finished chain.\n",
				"output": "The sine of pi is effectively zero."
			},
			"parallel": [20, 22, "third", 42],
			"analyst": {
				"tools": ["create_df_from_sql", "python_shell"],
				"answers": [
					{"$id": "2", "status": "Success", "stdout": "{'model-0': 2.834, 'model-1': 3.342, 'model-2': 3.958}\n", "stderr": ""},
					{"$id": "2", "status": "Success", "stdout": "0.1423\n", "stderr": ""},
					{"$id": "2", "status": "Success", "stdout": "model-0 0.2539\nmodel-1 0.2136\nmodel-2 0.0161\n", "stderr": ""},
					{"$id": "2", "status": "Success", "stdout": "model-0 0.9378\nmodel-1 0.9244\nmodel-2 0.9036\n", "stderr": ""},
					{"$id": "2", "status": "Success", "stdout": "", "stderr": "", "result": true}
				],
				"mistakes": 1,
				"displayed": [["PNG", true], ["PNG", true], ["PNG", true], ["PNG", true]],
				"files": ["Umsätze 2024.bin", "df.csv", "important_data.json"]
			}
		}`,
	}
}

// TestClients runs each client against the real program. The clients are
// installed, once, into the user's cache folder.
func TestClients(t *testing.T) {
	program := e2etest.Program(t)
	for _, c := range poolClients() {
		t.Run(c.title(), func(t *testing.T) {
			command := c.install(t)
			said := c.run(t, command, e2etest.StartPool(t, program, c.flags...))
			if c.raised != nil {
				assertRaised(t, said["raised"], c.raised)
				delete(said, "raised")
			}
			checked(t, said)
			assertSaid(t, said, c.want)
		})
	}
}

// checked looks at the picture and the file that a client got, and puts short
// words in their places.
func checked(t *testing.T, said map[string]json.RawMessage) {
	t.Helper()
	if image, ok := said["image"]; ok {
		e2etest.AssertPlot(t, decoded(t, image))
		said["image"] = json.RawMessage(aPlot)
	}
	if file, ok := said["downloaded"]; ok {
		if got := decoded(t, file); !bytes.Equal(got, clientData()) {
			t.Errorf("it fetched %d other bytes than it had sent, which were %d", len(got), len(clientData()))
		}
		said["downloaded"] = json.RawMessage(theFile)
	}
}

// clientData has every byte, and what looks like the end of a part.
func clientData() []byte {
	var every [256]byte
	for i := range every {
		every[i] = byte(i)
	}
	return append(bytes.Repeat(every[:], 400), "\r\n--x\r\n"...)
}

// install installs the client and returns the command that runs its program.
func (c poolClient) install(t *testing.T) []string {
	t.Helper()
	if c.name == "llamaindex-azure" {
		return []string{"node", filepath.Join(e2etest.NodeClient(t, c.name), "client.mjs"), c.file}
	}
	program := e2etest.Testdata(t, "clients", cmp.Or(c.program, filepath.Join(c.name, "client.py")))
	return []string{e2etest.PythonClient(t, c.name), "-W", "ignore", program, c.file}
}

// run runs the client's program and returns what it prints.
func (c poolClient) run(t *testing.T, command []string, pool *e2etest.Pool) map[string]json.RawMessage {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, c.file), clientData(), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8",
		"POOL_ENDPOINT=" + pool.Endpoint, "POOL_TOKEN=" + pool.Token}
	if pool.CABundle != "" {
		cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+pool.CABundle, "REQUESTS_CA_BUNDLE="+pool.CABundle)
	}
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, diagnostics.Bytes())
	}
	var said map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &said); err != nil {
		t.Fatalf("%v: it printed %.1000q", err, out.Bytes())
	}
	return said
}

// decoded is a JSON string's Base64.
func decoded(t *testing.T, text json.RawMessage) []byte {
	t.Helper()
	var encoded string
	if err := json.Unmarshal(text, &encoded); err != nil {
		t.Fatalf("%v: %.100q", err, text)
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func assertRaised(t *testing.T, said json.RawMessage, want []string) {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, said); err != nil {
		t.Fatal(err)
	}
	for _, part := range want {
		if !strings.Contains(compact.String(), part) {
			t.Errorf("1 / 0: got %s without %s", &compact, part)
		}
	}
}

// assertSaid compares JSON objects by value.
func assertSaid(t *testing.T, said map[string]json.RawMessage, want string) {
	t.Helper()
	var expected map[string]any
	if err := json.Unmarshal([]byte(want), &expected); err != nil {
		t.Fatal(err)
	}
	for key := range said {
		if _, ok := expected[key]; !ok {
			t.Errorf("%s: not expected, got %.500s", key, said[key])
		}
	}
	for key, value := range expected {
		var got any
		if err := json.Unmarshal(said[key], &got); err != nil || !reflect.DeepEqual(got, value) {
			t.Errorf("%s: got %.500s, want %v (%v)", key, said[key], value, err)
		}
	}
}
