package tools

import (
	"slices"
	"strings"
	"testing"
)

// TestWhatCodeReaches asserts what models are told of the hosts that code reaches.
func TestWhatCodeReaches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env  Environment
		want string
	}{
		{Environment{Index: true}, "pip installs from the package index. There is no other network."},
		{Environment{Hosts: []string{"a.example", "*.b.example:8443"}}, "Only these hosts can be reached, by HTTP and HTTPS: a.example, *.b.example:8443."},
		{Environment{Index: true, Hosts: []string{"1.x.example", "2.x.example", "3.x.example", "4.x.example", "5.x.example", "6.x.example", "7.x.example"}},
			"pip installs from the package index. Only these hosts can be reached, by HTTP and HTTPS: 1.x.example, 2.x.example, 3.x.example, 4.x.example, 5.x.example and 2 more."},
		{Environment{Asks: true}, "Code reaches a host, by HTTP and HTTPS, if the user allows it. When it connects, the user is asked, if the client can ask, while the code waits: just try it."},
		{Environment{Hosts: []string{"a.example"}, Asks: true}, "Only these hosts can be reached, by HTTP and HTTPS: a.example. When code connects to another one, the user is asked, if the client can ask, while the code waits: just try it."},
		{Environment{Hosts: []string{"a.example"}, Secrets: []Secret{{"KEY", "a.example"}}},
			"Only these hosts can be reached, by HTTP and HTTPS: a.example. Use os.environ['KEY'] for a.example as the key in headers or the query over HTTPS: it is a placeholder, which the server replaces on the way."},
		{Environment{Hosts: []string{"a.example"}, Secrets: []Secret{{"A", "a.example"}, {"B", "a.example"}, {"C", "a.example"}, {"D", "a.example"}, {"E", "a.example"}}},
			"Only these hosts can be reached, by HTTP and HTTPS: a.example. Use os.environ['A'] for a.example, os.environ['B'] for a.example, os.environ['C'] for a.example, os.environ['D'] for a.example and 1 more as the key in headers or the query over HTTPS: it is a placeholder, which the server replaces on the way."},
	} {
		if got := tt.env.egress(); got != tt.want || !tt.env.reaches() {
			t.Errorf("%+v: %s", tt.env, got)
		}
	}
	asking := Environment{Index: true, Asks: true, Packages: []string{strings.Repeat("x", 2000), "y"}, Hosts: slices.Repeat([]string{strings.Repeat("long.", 20) + "example"}, 9)}
	if text := (&Tools{env: asking}).runPythonDescription(false); len(text) > maxDescription || !strings.Contains(text, "the user is asked") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
	if (Environment{}).reaches() {
		t.Error("nothing is open, and something can be reached")
	}
}
