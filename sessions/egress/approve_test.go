package egress

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestApproved asks about hosts that the rules do not have, through the proxy: what the user
// allows is reached, what not is refused, with the reason, and what is of this machine's
// network is reached by nobody's leave.
func TestApproved(t *testing.T) {
	t.Parallel()
	address, requests := serve(t)
	b := newBench(t, address, map[string]string{"inside.example": "10.0.0.1"}, "ok.example:PORT", "ask")
	answers := map[string]bool{"yes.example": true, "no.example": false, "inside.example": true}
	var asked []string
	var approvals Approvals
	defer approvals.AskThrough(func(q Question) bool {
		asked = append(asked, fmt.Sprintf("%s:%d", q.Host, q.Port))
		allow, ok := answers[q.Host]
		if ok {
			q.Answer(allow)
		}
		return ok
	})()
	say := func(a *Approvals, host string) string {
		conn := b.connect(t, &Client{proxy: b.Proxy, approvals: a})
		fmt.Fprintf(conn, "GET http://%s:%s/ HTTP/1.1\r\nHost: x\r\n\r\n", host, b.port)
		_ = conn.CloseWrite()
		answer, _ := io.ReadAll(conn)
		return string(answer)
	}
	for _, tt := range []struct{ host, want string }{
		{"ok.example", "hello "},
		{"YES.example.", "hello "},
		{"yes.example", "hello "},
		{"no.example", " 403 the user was asked, and does not allow this conversation to connect to no.example:" + b.port + " until it ends; starting the server with --egress no.example:" + b.port + " would open it"},
		{"nobody.example", " 403 nobody.example:" + b.port + " is not open to this session; the user can open it by starting the server with --egress nobody.example:" + b.port},
		{"inside.example", " 403 inside.example cannot be reached: its name leads to this machine or its network"},
		{"localhost", " 403 localhost is a name of this machine or its network, which sessions never reach"},
		{"metadata.google.internal", "which sessions never reach"},
		{"host.docker.internal", "which sessions never reach"},
		{"db", "which sessions never reach"},
		{"127.0.0.1", "addresses cannot be reached"},
		{"169.254.169.254", "addresses cannot be reached"},
		{"2852039166", "addresses cannot be reached"},
	} {
		before := b.asked.Load()
		answer := say(&approvals, tt.host)
		if !strings.Contains(answer, tt.want) {
			t.Errorf("%s: %q, want %q", tt.host, answer, tt.want)
		}
		if allowed := answers[strings.ToLower(strings.TrimSuffix(tt.host, "."))] || tt.host == "ok.example"; !allowed && b.asked.Load() != before {
			t.Errorf("%s: a name was looked up that nobody has allowed", tt.host)
		}
	}
	var want []string
	for _, host := range []string{"yes", "no", "nobody", "inside"} {
		want = append(want, host+".example:"+b.port)
	}
	if !slices.Equal(asked, want) {
		t.Errorf("asked about %q, want %q", asked, want)
	}
	if len(*requests) != 3 {
		t.Errorf("the server was asked %q", *requests)
	}
	var other Approvals
	if answer := say(&other, "yes.example"); !strings.Contains(answer, " 403 yes.example:"+b.port+" is not open to this session") {
		t.Errorf("another session: %q", answer)
	}
	b.work.Wait()
	b.work.Wait()
	if log := b.log.String(); !strings.Contains(log, `"host":"yes.example","port":`+b.port+`,"asked":true,"answer":"allowed"`) || !strings.Contains(log, `"answer":"declined"`) {
		t.Errorf("the log is %s", log)
	}
}
