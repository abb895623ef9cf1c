package server

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
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
	p := program{cfg: cfg, std: Streams{Out: &out, Err: &bytes.Buffer{}}, log: zerolog.Nop(), open: openerOf(cfg)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = p.doctor(ctx)
	return out.String(), err
}

func TestDoctorElsewhere(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-the-test"
	result := "42"
	fake := &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		return &sessions.Execution{Result: []byte(result)}, nil
	}}
	srv := httptest.NewServer(rest.New(fake, rest.Options{Token: token}))
	t.Cleanup(srv.Close)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	out, err := examined(t, "--pool-endpoint="+srv.URL+"/code/execute?x=y", "--pool-token-file="+file)
	if err != nil || strings.Contains(out, "FAIL") || strings.Count(out, "ok  ") != 7 || !strings.Contains(out, "6*7 is 42") || strings.Contains(out, token) {
		t.Errorf("%v\n%s", err, out)
	}
	for name, tt := range map[string]struct {
		flags []string
		says  string
	}{
		"no token":     {[]string{"--pool-endpoint=" + srv.URL}, "FAIL  role          not signed in to the pool"},
		"no such file": {[]string{"--pool-endpoint=" + srv.URL, "--pool-token-file=" + file + "-not"}, "FAIL  credential    the file with the token"},
		"no pool":      {[]string{"--pool-endpoint=https://westeurope.dynamicsessions.io"}, "FAIL  endpoint      --pool-endpoint"},
		"no service":   {[]string{"--pool-endpoint=http://127.0.0.1:1"}, "Nothing listens there"},
	} {
		out, err := examined(t, tt.flags...)
		if !errors.Is(err, errUnwell) || !strings.Contains(out, tt.says) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
