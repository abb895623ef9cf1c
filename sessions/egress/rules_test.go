package egress

import (
	"net/netip"
	"strings"
	"testing"
)

func parse(t *testing.T, list ...string) Rules {
	t.Helper()
	r, err := ParseRules(list)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"*": "the whole internet", "*.*": "a star stands for the beginning", "a.*.example.com": "a star stands for the beginning", "*.com": "every host below com", "*.local": "this machine or its network", "https://example.com": "address of a page", "example.com/path": "address of a page",
		"ada@example.com": "the name of a user", "127.0.0.1": "addresses cannot be reached", "127.1": "addresses cannot be reached",
		"0x7f.1": "addresses cannot be reached", "2130706433": "addresses cannot be reached", "0177.0.0.1": "addresses cannot be reached",
		"[::1]": "addresses cannot be reached", "::1": "addresses cannot be reached", "::ffff:10.0.0.1": "addresses cannot be reached", "[::1]:443": "addresses cannot be reached", "example.com:80:80": "one port or none", "ask:80": "this machine or its network", "host.docker.internal": "this machine or its network", "localhost": "this machine or its network", "db": "this machine or its network",
		"printer.local": "this machine or its network", "metadata.google.internal": "this machine or its network", "a.localhost.": "this machine or its network",
		"example.com:0": "a port", "example.com:65536": "a port", "example.com:+80": "a port", "example.com:": "a port", "bücher.example": "Punycode",
		"a\x00.example.com": "letters from a to z", "a b.example": "letters from a to z", "": "not the name of a host", ".": "not the name of a host",
		"-a.example": "not the name of a host", strings.Repeat("a.", 127) + "com": "not the name of a host", "a..b": "not the name of a host",
	} {
		if _, err := ParseRules([]string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
}

func TestRulesAllow(t *testing.T) {
	t.Parallel()
	if r := parse(t, "ASK"); !r.Ask || !r.Set() || len(r.Hosts()) != 0 || r.allow("a.example", 443) {
		t.Errorf("ask is %+v", r)
	}
	r := parse(t, "pypi", "Api.Example.com.", "*.files.example", "odd.example:8443")
	if !r.PyPI || strings.Join(r.Hosts(), " ") != "api.example.com *.files.example odd.example:8443" {
		t.Errorf("%+v", r)
	}
	for _, tt := range []struct {
		host string
		port uint16
		want bool
	}{
		{"api.example.com", 443, true}, {"api.example.com", 80, true}, {"api.example.com", 22, false}, {"example.com", 443, false},
		{"evilapi.example.com", 443, false}, {"x.api.example.com", 443, false}, {"a.files.example", 443, true}, {"a.b.files.example", 80, true},
		{"files.example", 443, false}, {"evilfiles.example", 443, false}, {"odd.example", 8443, true}, {"odd.example", 443, false},
	} {
		if got := r.allow(tt.host, tt.port); got != tt.want {
			t.Errorf("%s:%d: %v", tt.host, tt.port, got)
		}
	}
	if (Rules{}).Set() || (Rules{}).allow("a.example", 443) {
		t.Error("nothing allows something")
	}
}

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"93.184.216.34", "1.1.1.1", "100.63.255.255", "172.15.0.1", "172.32.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::200e"} {
		if !public(netip.MustParseAddr(text)) {
			t.Errorf("%s is refused", text)
		}
	}
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.0.1", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
		"3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2606:4700::1111%eth0",
	} {
		if public(netip.MustParseAddr(text)) {
			t.Errorf("%s may be reached", text)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address may be reached")
	}
}

func FuzzRule(f *testing.F) {
	f.Add("api.example.com:8443")
	f.Add("*.0x7f.1.")
	f.Fuzz(func(t *testing.T, text string) {
		one, err := parseRule(text)
		if err != nil {
			return
		}
		if host, err := canonical(one.host); err != nil || host != one.host || private(host) {
			t.Errorf("%q gives the host %q", text, one.host)
		}
		if again, err := parseRule(one.String()); err != nil || again != one {
			t.Errorf("%q gives %q, which gives %+v, %v", text, one, again, err)
		}
	})
}
