package render

import (
	"encoding/json"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestLangChainFormat(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		run  sessions.Execution
		want string
	}{
		{sessions.Execution{Result: json.RawMessage(`42`), Text: "42"}, `{"result": 42, "stdout": "", "stderr": ""}`},
		{sessions.Execution{}, `{"result": "", "stdout": "", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`2`), Stdout: "hello world\n"}, `{"result": 2, "stdout": "hello world\n", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`1.2246467991473532e-16`)}, `{"result": 1.2246467991473532e-16, "stdout": "", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`12345678901234567890123`)}, `{"result": 12345678901234567890123, "stdout": "", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`{"b":[1,true,null],"a":"é<😀"}`)}, `{"result": {"b": [1, true, null], "a": "\u00e9<\ud83d\ude00"}, "stdout": "", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`{"type":"image","format":"png","base64_data":"AAAA"}`)}, `{"result": {"type": "image", "format": "png"}, "stdout": "", "stderr": ""}`},
		{sessions.Execution{Status: sessions.Failed, Stdout: "before\n", Stderr: "w", Error: &sessions.PythonError{Traceback: "T: t"}}, `{"result": "", "stdout": "before\n", "stderr": "w\nT: t"}`},
		{sessions.Execution{Stdout: "\n"}, `{"result": "", "stdout": "\n", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`{"cut`)}, `{"result": "", "stdout": "", "stderr": ""}`},
	} {
		result := renderedOf(t, returning(test.run), true)
		if got := toolstest.Texts(result)[0]; got != test.want {
			t.Errorf("got %s\nwant %s", got, test.want)
		}
		if result.IsError != (test.run.Status == sessions.Failed) {
			t.Errorf("isError is %v", result.IsError)
		}
	}
}
