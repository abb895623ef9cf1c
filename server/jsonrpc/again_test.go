package jsonrpc

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWith(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", bigMessage)
	for _, arguments := range []string{`{"a":1}`, `{"a":"` + long + `"}`} {
		m, refusal := Parse([]byte(`{"jsonrpc":"2.0","id":"7","method":"tools/call","params":{"name":"t","old":1,"arguments":` + arguments + `}}`))
		if refusal != nil {
			t.Fatal(refusal)
		}
		again, err := m.With(map[string]json.RawMessage{"old": json.RawMessage("2"), "new": json.RawMessage(`"x"`)})
		if err != nil {
			t.Fatal(err)
		}
		if m.args != nil {
			m.args.take()
		}
		var read struct {
			ID     string
			Params struct {
				Name, New string
				Old       int
				Arguments json.RawMessage
			}
		}
		if err := json.Unmarshal(again.Raw, &read); err != nil {
			t.Fatal(err)
		}
		if big := again.BigArguments(); big != nil {
			read.Params.Arguments = big
		}
		if read.ID != "7" || read.Params.Name != "t" || read.Params.Old != 2 || read.Params.New != "x" || string(read.Params.Arguments) != arguments {
			t.Errorf("got %.300s", again.Raw)
		}
	}
}
