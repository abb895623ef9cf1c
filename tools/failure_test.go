package tools

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

var update = flag.Bool("update", false, "write the golden file of what a model is told of failures")

// TestFailuresGolden compares what a model reads of each kind of failure with a
// file. Above all what is said of an outcome that is not known must not change by
// accident: whether code is run twice hangs on it.
func TestFailuresGolden(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, kind := range []error{
		sessions.ErrOutcomeUnknown, sessions.ErrStoreUnknown, sessions.ErrNotPython, sessions.ErrNoCapacity, &sessions.CapacityError{Limit: 3, RetryAfter: 30 * time.Second},
		sessions.ErrUnavailable, sessions.ErrUnauthorized, sessions.ErrForbidden, sessions.ErrDiskFull, sessions.ErrTooLarge,
		sessions.ErrInvalidName, sessions.ErrInvalidRequest, sessions.ErrInvalidID, sessions.ErrNoSession, sessions.ErrClosed,
		fs.ErrNotExist, context.Canceled, context.DeadlineExceeded,
	} {
		err := fmt.Errorf("%w: the reason", kind)
		result := converse(t, Options{Pool: &sessionstest.Fake{Err: err}}, "test").call("run_python", `{"code":"x"}`)
		said := texts(result)
		if !result.IsError || len(said) != 1 {
			t.Errorf("%v: %q, error %t", kind, said, result.IsError)
			continue
		}
		fmt.Fprintf(&got, "%v\n    %s\n\n", kind, said[0])
	}
	for _, class := range poolErrors(sessions.DataDir) {
		if !bytes.Contains(got.Bytes(), []byte(class.kind.Error()+"\n")) || !bytes.Contains(got.Bytes(), []byte(class.next+"\n")) {
			t.Errorf("nothing is tried for %v, %q: add it to the list", class.kind, class.next)
		}
	}
	path := filepath.Join("testdata", "failures.txt")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%v; what a model is told has changed; if that is meant, run the test with -update:\n%s", err, got.Bytes())
	}
}
