package tools

import "testing"

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
	} {
		if got := tt.env.egress(); got != tt.want || !tt.env.reaches() {
			t.Errorf("%+v: %s", tt.env, got)
		}
	}
	if (Environment{}).reaches() {
		t.Error("nothing is open, and something can be reached")
	}
}
