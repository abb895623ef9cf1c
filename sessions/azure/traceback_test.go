package azure

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

func TestSplitTraceback(t *testing.T) {
	t.Parallel()
	const rule = "---------------------------------------------------------------------------\n"
	const plain = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    1/0\n"
	for _, tt := range []struct{ name, stderr, before, class, message, begins string }{
		{"ipython", "warned\n" + rule + "KeyError            Traceback (most recent call last)\nCell In[1], line 1\n\nKeyError: 'a'", "warned\n", "KeyError", "'a'", "-----"},
		{"coloured", "\x1b[0;31m" + rule + "\x1b[0m\x1b[0;31mValueError\x1b[0m     Traceback (most recent call last)\n\x1b[0;31mValueError\x1b[0m: bad", "", "ValueError", "bad", "-----"},
		{"python", "warned\n" + plain + "ZeroDivisionError: division by zero\n", "warned\n", "ZeroDivisionError", "division by zero", "Traceback"},
		{"with a module", plain + "json.decoder.JSONDecodeError: Expecting value: line 1", "", "JSONDecodeError", "Expecting value: line 1", "Traceback"},
		{"without a text", plain + "KeyboardInterrupt", "", "KeyboardInterrupt", "", "Traceback"},
		{"text of lines", rule + "ValueError       Traceback (most recent call last)\nCell In[1], line 1\n\nValueError: first\nsecond: third", "", "ValueError", "first\nsecond: third", "-----"},
		{"an earlier one was printed", plain + "OSError: logged\nthen\n" + plain + "ValueError: x", plain + "OSError: logged\nthen\n", "ValueError", "x", "Traceback"},
		{"chained", "w\n" + plain + "KeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\n" + plain + "ValueError: x", "w\n", "ValueError", "x", "Traceback"},
		{"syntax error", "w\n  Cell In[1], line 1\n    x = \n        ^\nSyntaxError: invalid syntax\n", "w\n", "SyntaxError", "invalid syntax", "  Cell In[1]"},
		{"nothing known", "it went wrong, somehow!", "", "Exception", "it went wrong, somehow!", "it went"},
		{"nothing", "", "", "Exception", "the pool reported that the code failed, but not why", "Exception"},
	} {
		e, before := splitTraceback(tt.stderr)
		if before != tt.before || e.Name != tt.class || e.Message != tt.message || !strings.HasPrefix(e.Traceback, tt.begins) {
			t.Errorf("%s: %q and %+v", tt.name, before, e)
		}
	}
}

func TestTruncations(t *testing.T) {
	t.Parallel()
	asked := int64(100)
	for _, tt := range []struct {
		stdout string
		asked  *int64
		cut    bool
	}{
		{strings.Repeat("x", 4096), nil, true},
		{strings.Repeat("ü", 4096), nil, true},
		{strings.Repeat("x", 4097), nil, false},
		{strings.Repeat("x", 100), nil, false},
		{strings.Repeat("x", 100), &asked, true},
	} {
		if got := truncations(&sessions.Execution{Stdout: tt.stdout}, tt.asked); (len(got) == 1) != tt.cut {
			t.Errorf("%d bytes: %+v", len(tt.stdout), got)
		}
	}
}

func TestReadClaims(t *testing.T) {
	t.Parallel()
	// {"aud":"https://dynamicsessions.io","tid":"tenant","oid":"object","idtyp":"user"}
	const token = "e30.eyJhdWQiOiJodHRwczovL2R5bmFtaWNzZXNzaW9ucy5pbyIsInRpZCI6InRlbmFudCIsIm9pZCI6Im9iamVjdCIsImlkdHlwIjoidXNlciJ9.c2ln"
	c, ok := ReadClaims(token)
	if !ok || c != (Claims{Audience: "https://dynamicsessions.io", Tenant: "tenant", Object: "object", Kind: "user"}) {
		t.Errorf("got %+v, %t", c, ok)
	}
	for _, bad := range []string{"", "opaque", "a.b", "a.!.c", "e30.e30.e30"} {
		if c, ok := ReadClaims(bad); ok || c != (Claims{}) {
			t.Errorf("%q gave %+v", bad, c)
		}
	}
}

// Whatever a service answers, what comes of it keeps the promises of
// sessions.Execution.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"status":"Succeeded","result":{"stdout":"a","stderr":"","executionResult":42}}`,
		`{"properties":{"status":"Failure","stderr":"Traceback (most recent call last):\nKeyError: 1"}}`,
		`{"status":"Failed","result":{"stderr":"Execution aborted"}}`,
		`{"status":"Succeeded","result":{},"dynamicSessions":{"status":"odd","files":[{"Name":"../x"}],"displays":[{}],"truncated":[{"File":"/etc"},{},{}]}}`,
		`{"status":"Succeeded","result":{"executionResult":{"type":"image","base64_data":"AAAA"}}}`,
		`{"error":{"error":{"code":"x"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var a answer
		if json.Unmarshal(body, &a) != nil {
			return
		}
		p := &Pool{incarnations: newIncarnations()}
		x, err := p.outcome(t.Context(), &call{effect: runs}, http.Header{}, a, nil)
		if err != nil {
			if x != nil || !utf8.ValidString(err.Error()) {
				t.Errorf("%+v with %q", x, err)
			}
			return
		}
		if x.Status == "" || len(x.Result) == 0 || !json.Valid(x.Result) || x.Duration < 0 {
			t.Errorf("%+v", x)
		}
		if (x.Status == sessions.Failed) != (x.Error != nil) {
			t.Errorf("%s with %+v", x.Status, x.Error)
		}
		for _, file := range x.Files {
			if name, err := sessions.CleanName(file.Name); err != nil || name != file.Name {
				t.Errorf("the file %q", file.Name)
			}
		}
		if len(x.Truncated) > maxTruncations || len(x.Displays) > maxDisplays || len(x.Files) > maxFiles {
			t.Errorf("too much: %+v", x)
		}
	})
}
