//go:build mcpclients

package mcpclients

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// mcpServer is the program as the clients call it.
type mcpServer struct{ *e2etest.Web }

// gauges are what the server's metrics say of conversations and sessions, by name
// and labels.
func (s mcpServer) gauges(t *testing.T) map[string]float64 {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.Token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("metrics: %s", answer.Status)
	}
	values := map[string]float64{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if !strings.HasPrefix(name, "dynamic_sessions_conversations") && !strings.HasPrefix(name, "dynamic_sessions_sessions") {
			continue
		}
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			values[name] = number
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

func conversationsGauge(kind string) string {
	return fmt.Sprintf("dynamic_sessions_conversations{kind=%q}", kind)
}

func sessionsGauge(state string) string {
	return fmt.Sprintf("dynamic_sessions_sessions{state=%q}", state)
}

// waitFor looks at the gauges until they are as they should be.
func (s mcpServer) waitFor(t *testing.T, what string, as func(gauges map[string]float64) bool) {
	t.Helper()
	const patience = time.Minute
	late := time.After(patience)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		gauges := s.gauges(t)
		if as(gauges) {
			return
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("%s: not after %v; there is %v", what, patience, gauges)
		}
	}
}
