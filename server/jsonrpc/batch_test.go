package jsonrpc

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

func TestSplitBatch(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]int{
		`[]`: mcp.INVALID_REQUEST, ` [ ] `: mcp.INVALID_REQUEST, `[1,]`: mcp.PARSE_ERROR, `[`: mcp.PARSE_ERROR, `[1] 2`: mcp.PARSE_ERROR,
		"[1" + strings.Repeat(",1", maxBatch) + "]": mcp.INVALID_REQUEST,
		"[" + strings.Repeat("[", 20_000):           mcp.PARSE_ERROR,
	} {
		if got, refusal := SplitBatch([]byte(text)); refusal == nil || refusal.Error.Code != code {
			t.Errorf("%.20s: got %s, %+v", text, got, refusal)
		}
	}
	if got, refusal := SplitBatch([]byte("[1" + strings.Repeat(",1", maxBatch-1) + "]")); len(got) != maxBatch {
		t.Errorf("the longest: %d, %+v", len(got), refusal)
	}
}

func FuzzSplitBatch(f *testing.F) {
	for _, text := range []string{`[1]`, ` [ {"a":"]\""} , [1,[2]] ,"x,y", -1e5,null ] `, `[]`, `[{},]`, `["\\",""]`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !IsBatch(text) {
			return
		}
		var want []json.RawMessage
		err := json.Unmarshal(text, &want)
		got, refusal := SplitBatch(text)
		if refusal != nil {
			if err == nil && len(want) > 0 && len(want) <= maxBatch {
				t.Errorf("%s was refused: %s", text, refusal.Error.Message)
			}
			return
		}
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: %d messages instead of %d, %v", text, len(got), len(want), err)
		}
		for i := range got {
			if !bytes.Equal(bytes.TrimSpace(got[i]), want[i]) {
				t.Errorf("%s: %s instead of %s", text, got[i], want[i])
			}
		}
	})
}
