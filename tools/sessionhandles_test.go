package tools

import (
	"encoding/json"
	"testing"
)

func TestTakeSessionHandle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ given, handle, rest string }{
		{`{"code":"1","session_id":"py-x"}`, "py-x", `{"code":"1"}`},
		{`{"session_id":"py-x","code":"\u0000<","n":[1, 2]}`, "py-x", `{"code":"\u0000<","n":[1, 2]}`},
		{`{"session_id":null}`, "", `{}`},
		{`{"a":1,"a":2}`, "", `{"a":1,"a":2}`},
		{``, "", `{}`},
		{`null`, "", `{}`},
	} {
		handle, rest, err := takeSessionHandle(json.RawMessage(tt.given))
		if err != nil || handle != tt.handle || string(rest) != tt.rest {
			t.Errorf("%s: got %q and %s, %v", tt.given, handle, rest, err)
		}
	}
	for _, given := range []string{`{"session_id":{}}`, `{"session_id":"a","session_id":"b"}`, `[]`, `{"session_id"`} {
		if _, _, err := takeSessionHandle(json.RawMessage(given)); err == nil {
			t.Errorf("%s was taken", given)
		}
	}
}

func FuzzTakeSessionHandle(f *testing.F) {
	f.Add([]byte(`{"code":"1","session_id":"py-x"}`))
	f.Add([]byte(`{"session_id":null,"a":{"session_id":1}}`))
	f.Fuzz(func(t *testing.T, given []byte) {
		handle, rest, err := takeSessionHandle(given)
		if err != nil {
			return
		}
		if !json.Valid(rest) {
			t.Fatalf("%q left %q", given, rest)
		}
		var before, after map[string]any
		if json.Unmarshal(given, &before) == nil && json.Unmarshal(rest, &after) == nil {
			if s, _ := before["session_id"].(string); s != handle {
				t.Errorf("%q gave %q", given, handle)
			}
			if _, left := after["session_id"]; left {
				t.Errorf("%q left %q", given, rest)
			}
		}
	})
}
