package azure_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// TestNoRestart: Azure has no restart that keeps files, and code that was to run in a new
// interpreter does not run in the old one.
func TestNoRestart(t *testing.T) {
	t.Parallel()
	ran := false
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/restartSession") {
			answerWith(w, http.StatusNotFound, `{"error":{"code":"NotFound","message":"Not found"}}`)
			return
		}
		ran = true
		answerWith(w, http.StatusOK, succeeded)
	})
	_, err := pool.Execute(t.Context(), sessions.NewID(), sessions.Request{Code: "1", Restart: true})
	if !errors.Is(err, sessions.ErrInvalidRequest) || !strings.Contains(err.Error(), "%reset -f") {
		t.Errorf("got %v", err)
	}
	if ran {
		t.Error("the code ran")
	}
}
