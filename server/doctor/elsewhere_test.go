package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// examined is what the doctor prints about a pool elsewhere.
func examined(t *testing.T, flags ...string) (string, error) {
	t.Helper()
	cfg, err := config.Parse(append([]string{"doctor"}, flags...), nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = Run(ctx, Options{Config: cfg, Out: &out, Logger: zerolog.Nop(), Open: backend.Open})
	return out.String(), err
}

func TestDoctorElsewhere(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-the-test"
	result := "42"
	fake := &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		return &sessions.Execution{Result: []byte(result)}, nil
	}}
	api := rest.New(fake, rest.Options{})
	srv := httptest.NewServer(guard.New(guard.Options{AnyAddress: true, Who: guard.NewTokens(token),
		WriteRefusal: func(w http.ResponseWriter, r *http.Request, refusal guard.Refusal) {
			api.Refuse(w, r, refusal.Status, refusal.Header, refusal.Message)
		}}).Wrap(api))
	t.Cleanup(srv.Close)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	out, err := examined(t, "--pool-endpoint="+srv.URL+"/code/execute?x=y", "--pool-token-file="+file)
	if err != nil || strings.Contains(out, "FAIL") || strings.Count(out, "ok  ") != 8 || !strings.Contains(out, "6*7 is 42") || strings.Contains(out, token) {
		t.Errorf("%v\n%s", err, out)
	}
	for name, tt := range map[string]struct {
		flags []string
		says  string
	}{
		"no token":     {[]string{"--pool-endpoint=" + srv.URL}, "FAIL  role          not signed in to the pool"},
		"no such file": {[]string{"--pool-endpoint=" + srv.URL, "--pool-token-file=" + file + "-not"}, "FAIL  credential    the token file"},
		"no pool":      {[]string{"--pool-endpoint=https://westeurope.dynamicsessions.io"}, "FAIL  endpoint      --pool-endpoint"},
		"no service":   {[]string{"--pool-endpoint=http://127.0.0.1:1"}, "Nothing listens there"},
	} {
		out, err := examined(t, tt.flags...)
		if !errors.Is(err, errUnwell) || !strings.Contains(out, tt.says) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// A pool that runs something else than Python is named for what it is.
func TestDoctorOfAnotherKindOfPool(t *testing.T) {
	t.Parallel()
	executed := func(status, result, stderr string) string {
		return fmt.Sprintf(`{"id":"e","identifier":"i","status":%q,"result":{"stdout":"","stderr":%q,"executionResult":%s}}`, status, stderr, result)
	}
	for name, tt := range map[string]struct {
		execute func(code string) (int, string)
		says    []string
	}{
		"Node": {func(code string) (int, string) {
			if code == "process.version" {
				return 200, executed("Succeeded", `"v20.2.4"`, "")
			}
			return 200, executed("Failed", `""`, "something went wrong")
		}, []string{"Node.js v20.2.4", "NodeLTS", "PythonLTS"}},
		"Node with a traceback": {func(string) (int, string) {
			return 200, executed("Failed", `""`, "evalmachine.<anonymous>:1\nsum(range(4)) * 7\n^\n\nReferenceError: sum is not defined\n    at evalmachine.<anonymous>:1:1")
		}, []string{"ReferenceError: sum is not defined", "Node.js", "PythonLTS"}},
		"Shell": {func(string) (int, string) {
			return 400, `{"error":{"code":"SessionPropertiesMissing","message":"properties are missing"}}`
		}, []string{"SessionPropertiesMissing", "such as Shell", "PythonLTS"}},
		"another language": {func(string) (int, string) { return 200, executed("Succeeded", "7", "") }, []string{"gave 7", "PythonLTS"}},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			status, body := 204, ""
			switch {
			case strings.HasSuffix(r.URL.Path, "/files"):
				status, body = 200, `{"value":[]}`
			case r.Method == http.MethodPost:
				var request struct{ Code string }
				_ = json.NewDecoder(r.Body).Decode(&request)
				status, body = tt.execute(request.Code)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(srv.Close)
		out, err := examined(t, "--pool-endpoint="+srv.URL)
		if !errors.Is(err, errUnwell) || !strings.Contains(out, "FAIL  session") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		for _, text := range tt.says {
			if !strings.Contains(out, text) {
				t.Errorf("%s: it does not say %q:\n%s", name, text, out)
			}
		}
	}
}
