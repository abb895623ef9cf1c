// Package asking has the built program ask the users of real clients, of both eras and over
// each transport, whether code may connect to a host.
package asking

import (
	"encoding/json"
	"fmt"
	"testing"
)

const modern = "2026-07-28"

// allow is the answer of a user who allows it.
const allow = `{"action":"accept","content":{"answer":"allow"}}`

// A message is one that a server has sent.
type message struct {
	ID     json.RawMessage
	Method string
	Params struct{ Message string }
	Result struct {
		Type     string                     `json:"resultType"`
		Requests map[string]json.RawMessage `json:"inputRequests"`
		State    string                     `json:"requestState"`
		IsError  bool
		Content  []struct{ Text string }
	}
	Error *struct{ Message string }
}

func read(t *testing.T, line string) (m message) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &m); err != nil || m.Error != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return m
}

func (m message) text() (text string) {
	for _, block := range m.Result.Content {
		text += block.Text + "\n"
	}
	return text
}

// answers has the same answer to each question of a result.
func (m message) answers(result string) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for id := range m.Result.Requests {
		all[id] = json.RawMessage(result)
	}
	return all
}

// request is a call of a tool, of an era. more are further members of its parameters.
func request(id int, era, can, tool string, arguments, more map[string]any) string {
	params := map[string]any{"name": tool, "arguments": arguments}
	for name, value := range more {
		params[name] = value
	}
	if era != "" {
		const prefix = "io.modelcontextprotocol/"
		params["_meta"] = map[string]any{prefix + "protocolVersion": era, prefix + "clientCapabilities": json.RawMessage(can), prefix + "clientInfo": map[string]string{"name": "test", "version": "1"}}
	}
	text, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}) // can be marshalled
	return string(text)
}

// fetching is code that connects to a host and prints what came of it.
func fetching(host string) string {
	return fmt.Sprintf("import urllib.request\ntry:\n    urllib.request.urlopen('https://%s/')\nexcept OSError as e:\n    print(e)", host)
}
