package sandbox

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
)

// TestNothingOfTheHost looks around in a sandbox.
func TestNothingOfTheHost(t *testing.T) {
	t.Setenv("SANDBOX_SECRET", "in the server's environment")
	secret := t.TempDir() + "/secret"
	if err := os.WriteFile(secret, []byte("on the host's disk"), 0o644); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	host, _ := os.Hostname()
	r := newRuntime(t)
	for _, test := range []struct{ name, script, want string }{
		{"environment", "env | grep -v -e '^PWD=' -e '^_=' -e '^SHLVL=' -e '^OLDPWD=' | sort", "HOME=/tmp\nPATH=/usr/bin:/bin"},
		{"host files", "cat " + secret + " >/dev/null || echo none", "none"},
		{"home folders", "ls -A /home /root /var/lib /srv /opt 2>/dev/null | grep -v ':$' | grep . || echo none", "none"},
		{"shadow", "cat /etc/shadow /etc/gshadow /etc/sudoers 2>/dev/null || echo none", "none"},
		{"passwd", "wc -l </etc/passwd", "2"},
		{"host name", "hostname; cat /etc/hostname 2>/dev/null || true", "box"},
		{"descriptors", "ls /proc/self/fd | grep -v -e '^[012]$' | wc -l", "1"}, // ls's own
		{"processes", "test $(ls -d /proc/[0-9]* | wc -l) -le 6 && echo own", "own"},
		{"signals", "kill -9 -1 2>/dev/null; kill -9 " + fmt.Sprint(os.Getpid()) + " 2>/dev/null || echo none", "none"},
		{"read-only", "touch /usr/x /etc/x /x /opt/x /lib/x 2>/dev/null; ls /usr/x /etc/x /x /opt/x /lib/x 2>/dev/null || echo none", "none"},
		{"capabilities", "grep -e CapEff -e CapBnd /proc/self/status | tr -d '\\n\\t '", "CapEff:0000000000000000CapBnd:0000000000000000"},
		{"mounts", "grep -c -e runsc -e /tmp/ -e workspace /proc/mounts", "0"},
		{"network", "cat /proc/net/dev | grep -v -e lo: -e '|' || echo none", "none"},
		{"loopback", fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d || echo refused", port), "refused"},
		{"the owner's programs", "ls -A /usr/local | grep . || echo none", "none"},
		{"alternatives", "awk 'BEGIN { print 6 * 7 }'", "42"},
		{"device", "mknod /mnt/data/sda b 8 0 2>/dev/null || echo none", "none"},
		{"mount", "mount -t tmpfs x /mnt/data 2>/dev/null || echo none", "none"},
		{"raw memory", "head -c 1 /dev/mem 2>/dev/null || echo none", "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := shell(t, r, "bash -c '"+strings.ReplaceAll(test.script, "'", `'\''`)+"' 2>/dev/null")
			if got != test.want {
				t.Errorf("%s: %q, want %q", test.script, got, test.want)
			}
			if strings.Contains(got, host) {
				t.Errorf("%s tells the host's name: %q", test.script, got)
			}
		})
	}
}

// TestLimits runs into the limits that the sandbox enforces itself.
func TestLimits(t *testing.T) {
	r := newRuntime(t)
	limits := Limits{FileSize: 1 << 20, Processes: 20, Scratch: 4 << 20}
	for _, test := range []struct{ name, script, want string }{
		{"file size", "trap '' XFSZ; head -c 2000000 /dev/zero >f 2>/dev/null; stat -c %s f", "1048576"},
		{"scratch", "for i in 1 2 3 4 5 6 7 8; do head -c 1000000 /dev/zero >/tmp/$i 2>/dev/null; done; test $(cat /tmp/* | wc -c) -le 4194304 && echo full", "full"},
		{"processes", "for i in $(seq 40); do sleep 30 & done 2>&1 | grep -q -i -e fork -e resource && echo limited", "limited"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := shellLimited(t, r, test.script, limits); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
