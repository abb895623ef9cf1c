package jsonrpc

import (
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

func TestMessagesMeanOneThing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{`{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}`, `"method" more than once`},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}`, `"Method" more than once`},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","m\u0065thod":"tools/call"}`, `"method" more than once`},
		{`{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}`, `"id" more than once`},
		{`{"jsonrpc":"2.0","Id":1,"method":"tools/call","params":{}}`, `a member "Id"; it must be "id"`},
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","param\u017f":{}}`, `it must be "params"`},
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"},"params":{"_meta":{}}}`, `"params" more than once`},
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","NAME":"b"}}`, `params has the member "NAME" more than once`},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{},"_Meta":{}}}`, `"_Meta" more than once`},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a/v":1,"a/v":2}}}`, `_meta has the member "a/v" more than once`},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","other":1,"params":{"Name":{"a":1,"A":2},"_meta":{"x":1}}}`, ""},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","params":[{"a":1},{"a":2}]}`, ""},
	} {
		_, refusal := Parse([]byte(tt.text))
		switch {
		case refusal == nil:
			if tt.want != "" {
				t.Errorf("%s was taken", tt.text)
			}
		case tt.want == "" || refusal.Error.Code != mcp.INVALID_REQUEST || !strings.Contains(refusal.Error.Message, tt.want):
			t.Errorf("%s: got %+v, want %s", tt.text, refusal.Error, tt.want)
		}
	}
}

// Anything but arguments becomes objects of the library, at fifty times its
// length in memory.
func TestOnlyArgumentsMayBeLong(t *testing.T) {
	t.Parallel()
	long := `[` + strings.Repeat(`{},`, bigMessage/2) + `{}]`
	for name, text := range map[string]string{
		"a ping":            `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":` + long + `}}`,
		"arguments of ping": `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"arguments":{"a":` + long + `}}}`,
		"a notification":    `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"t","arguments":{"a":` + long + `}}}`,
		"_meta":             `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{},"_meta":{"a":` + long + `}}}`,
		"twice":             `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a":` + long + `},"Arguments":{}}}`,
		"another member":    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{}},"x":` + long + `}`,
		"an id":             `{"jsonrpc":"2.0","id":"` + long + `","method":"tools/call","params":{"name":"t","arguments":{}}}`,
		"a list":            long,
	} {
		if _, refusal := Parse([]byte(text)); refusal == nil || refusal.Error.Code != mcp.INVALID_REQUEST {
			t.Errorf("%s: got %+v", name, refusal)
		}
	}
	if m, refusal := Parse([]byte(`{"jsonrpc":"2.0","id":"q","result":{"a":` + long + `}}`)); refusal != nil || m.Kind != Response {
		t.Errorf("a response: got %+v", refusal)
	}
	if _, refusal := Parse([]byte(`{"jsonrpc":"2.0","id":"q","result":{"a":"` + strings.Repeat("a", maxResponse) + `"}}`)); refusal == nil {
		t.Error("a response of more than a MiB was taken")
	}
	m, refusal := Parse([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a":` + long + `}}}`))
	if refusal != nil || m.Tool != "t" || len(m.Raw) > 200 {
		t.Errorf("a tool call: got %+v, %d bytes left", refusal, len(m.Raw))
	}
}
