package sandbox

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
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
	t.Cleanup(func() { listener.Close() }) // behind the subtests, which run in parallel
	port := listener.Addr().(*net.TCPAddr).Port
	host, _ := os.Hostname()
	r := newRuntime(t)
	for _, test := range []struct{ name, script, want string }{
		{"environment", "env | grep -v -e '^PWD=' -e '^_=' -e '^SHLVL=' -e '^OLDPWD=' | sort", "HOME=/tmp\nPATH=/usr/bin:/bin"},
		{"host files", "cat " + secret + " >/dev/null || echo none", "none"},
		{"home folders", "ls -A /home /root /var/lib /srv /opt 2>/dev/null | grep -v ':$' | grep . || echo none", "none"},
		{"shadow", "cat /etc/shadow /etc/gshadow /etc/sudoers 2>/dev/null || echo none", "none"},
		{"passwd", "wc -l </etc/passwd", "2"},
		{"host name", "hostname; cat /etc/hostname 2>/dev/null || true", "host"},
		{"descriptors", "ls /proc/self/fd | grep -v -e '^[012]$' | wc -l", "1"}, // ls's own
		{"processes", "test $(ls -d /proc/[0-9]* | wc -l) -le 6 && echo own", "own"},
		{"signals", "kill -9 -1 2>/dev/null; kill -9 " + fmt.Sprint(os.Getpid()) + " 2>/dev/null || echo none", "none"},
		{"read-only", "touch /usr/x /etc/x /x /opt/x /lib/x 2>/dev/null; ls /usr/x /etc/x /x /opt/x /lib/x 2>/dev/null || echo none", "none"},
		{"capabilities", "grep -e CapEff -e CapBnd /proc/self/status | tr -d '\\n\\t '", "CapEff:0000000000000000CapBnd:0000000000000000"},
		{"mounts", "grep -c -e runsc -e /tmp/ -e workspace /proc/mounts", "0"},
		{"network", "perl -e '" + interfaces + "'", "lo"},
		{"loopback", fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d && echo connected || echo refused", port), "refused"},
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

// interfaces asks the kernel for the names of the network interfaces, as
// if_nameindex does: what is below /proc need not show them all.
const interfaces = `socket(S, 16, 3, 0) or die;
send(S, pack("LSSLLCx3", 20, 18, 0x301, 1, 0, 0), 0);
while (recv(S, $answer, 65536, 0), length $answer) {
	for (; length $answer >= 16; $answer = substr($answer, ($size + 3) & ~3)) {
		($size, $type) = unpack("LS", $answer);
		exit if $type == 3;
		for ($rest = substr($answer, 32, $size - 32); length $rest >= 4; $rest = substr($rest, ($n + 3) & ~3)) {
			($n, $kind) = unpack("SS", $rest);
			print unpack("Z*", substr($rest, 4, $n - 4)), "\n" if $kind == 3;
		}
	}
}`

// TestEachWall checks what TestNothingOfTheHost cannot tell, since each of these
// keeps the host away by itself: gVisor's own settings, and the namespaces.
func TestEachWall(t *testing.T) {
	t.Parallel()
	flags := hostFlags("/dir", UserNamespace)
	for _, flag := range []string{"--network=none", "--host-uds=none", "--host-fifo=none"} {
		if !slices.Contains(flags, flag) {
			t.Errorf("gVisor is started without %s: %q", flag, flags)
		}
	}
	bundle := t.TempDir()
	if err := writeBundle(bundle, "/rootfs", nil, Spec{Args: []string{"/bin/true"}, Data: "/data"}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(bundle, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var config specs.Spec
	if err := json.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	if p := config.Process; !p.NoNewPrivileges || !config.Root.Readonly || !reflect.DeepEqual(*p.Capabilities, specs.LinuxCapabilities{}) {
		t.Errorf("no new privileges: %t, root read-only: %t, capabilities: %+v", p.NoNewPrivileges, config.Root.Readonly, p.Capabilities)
	}
	var own []specs.LinuxNamespaceType
	for _, namespace := range config.Linux.Namespaces {
		if namespace.Path == "" {
			own = append(own, namespace.Type)
		}
	}
	for _, kind := range []specs.LinuxNamespaceType{specs.NetworkNamespace, specs.PIDNamespace, specs.MountNamespace, specs.IPCNamespace, specs.UTSNamespace} {
		if !slices.Contains(own, kind) {
			t.Errorf("a sandbox has no %s namespace of its own: %v", kind, own)
		}
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
