package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// PyPI is the rule that opens the package index, and Ask the one that opens nothing: the
// user is asked about each host.
const (
	PyPI = "pypi"
	Ask  = "ask"
)

// Rules say what may be reached. The zero value is nothing.
type Rules struct {
	// PyPI says that the package index may be.
	PyPI bool
	// Ask says that there is something to reach although nothing is open: what the user
	// allows.
	Ask   bool
	hosts []rule
}

// A rule is a host with a port, 0 for those of HTTP and HTTPS.
type rule struct {
	host string // its name, without the star
	all  bool   // all names below it, and not itself
	port uint16
}

// Set reports whether anything may be reached, perhaps when the user has allowed it.
func (r Rules) Set() bool { return r.PyPI || r.Ask || len(r.hosts) > 0 }

// Hosts are the hosts that may be reached, as they were given.
func (r Rules) Hosts() []string {
	hosts := make([]string, 0, len(r.hosts))
	for _, one := range r.hosts {
		hosts = append(hosts, one.String())
	}
	return hosts
}

func (r rule) String() string {
	text := r.host
	if r.all {
		text = "*." + text
	}
	if r.port != 0 {
		text += ":" + strconv.Itoa(int(r.port))
	}
	return text
}

// ParseRules reads a list of hosts: "pypi", "ask", "api.example.com", "*.example.com" for all
// below it, each with a port or for those of HTTP and HTTPS. The error says what is wrong
// with one, and what is right.
func ParseRules(list []string) (Rules, error) {
	var rules Rules
	for _, text := range list {
		switch strings.ToLower(text) {
		case PyPI:
			rules.PyPI = true
			continue
		case Ask:
			rules.Ask = true
			continue
		}
		one, err := parseRule(text)
		if err != nil {
			return Rules{}, fmt.Errorf("%.200q: %w", text, err)
		}
		if !slices.Contains(rules.hosts, one) {
			rules.hosts = append(rules.hosts, one)
		}
	}
	return rules, nil
}

func parseRule(text string) (rule, error) {
	switch {
	case text == "*":
		return rule{}, errors.New("it would open the whole internet to code that nobody has read; name the hosts that the work is about, such as api.example.com, or give ask, so that the user is asked about each")
	case strings.ContainsAny(text, "/?#") || strings.Contains(text, "://"):
		return rule{}, errors.New("it is an address of a page; name its host alone, such as api.example.com")
	case strings.Count(text, ":") > 1 || strings.ContainsAny(text, "[]"):
		return rule{}, errors.New("addresses cannot be reached, only hosts by their names, with one port or none, such as api.example.com:8443")
	case strings.Contains(text, "@"):
		return rule{}, errors.New("it has the name of a user; name the host alone, such as api.example.com")
	}
	var one rule
	name, port, hasPort := strings.Cut(text, ":")
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || port != strconv.FormatUint(n, 10) {
			return rule{}, errors.New("after the colon there must be a port, from 1 to 65535; addresses cannot be named, only hosts")
		}
		one.port = uint16(n)
	}
	name, one.all = strings.CutPrefix(name, "*.")
	if strings.Contains(name, "*") {
		return rule{}, errors.New("a star stands for the beginning of a name alone, as in *.example.com")
	}
	host, err := canonical(name)
	if err != nil {
		return rule{}, err
	}
	if one.all && !strings.Contains(host, ".") && !reserved(host) {
		return rule{}, fmt.Errorf("it would open every host below %s; name more of it, such as *.example.com", host)
	}
	if private(host) {
		return rule{}, fmt.Errorf("%s is a name of this machine or its network, which sessions never reach; name a host of the internet", host)
	}
	one.host = host
	return one, nil
}

const (
	maxHost  = 253 // characters of a host's name
	maxLabel = 63
)

// canonical returns the name of a host as rules have it: in small letters, and without the
// dot at the end. The error says why a text is none, as an address is not, in whatever
// spelling.
func canonical(text string) (string, error) {
	host := strings.TrimSuffix(strings.ToLower(text), ".")
	if host == "" || len(host) > maxHost {
		return "", errors.New("it is not the name of a host, such as api.example.com")
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return "", errors.New("addresses cannot be reached, only hosts by their names, such as api.example.com")
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if err := checkLabel(label); err != nil {
			return "", err
		}
	}
	if last := labels[len(labels)-1]; isNumber(last) {
		return "", errors.New("addresses cannot be reached, in whatever spelling, only hosts by their names, such as api.example.com")
	}
	return host, nil
}

func checkLabel(label string) error {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return errors.New("it is not the name of a host, such as api.example.com")
	}
	for _, c := range []byte(label) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return errors.New("the name of a host has letters from a to z, digits, hyphens and dots alone; write another one in Punycode, such as xn--bcher-kva.example")
		}
	}
	return nil
}

// isNumber reports whether resolvers may take a name with this last part for an address:
// 127.1, 0x7f.1, 2130706433, 0177.0.0.1.
func isNumber(label string) bool {
	if strings.HasPrefix(label, "0x") {
		return true
	}
	return strings.Trim(label, "0123456789") == ""
}

// private reports whether a name is one that only this machine or its network knows.
func private(host string) bool {
	return !strings.Contains(host, ".") || reserved(host)
}

// reserved reports whether a name is, or lies in, a domain that is none of the internet's.
func reserved(host string) bool {
	for _, domain := range []string{"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "in-addr.arpa", "ip6.arpa", "onion"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// allow reports whether a canonical name may be reached at a port.
func (r Rules) allow(host string, port uint16) bool {
	return slices.ContainsFunc(r.hosts, func(one rule) bool {
		named := host == one.host
		if one.all {
			named = strings.HasSuffix(host, "."+one.host)
		}
		return named && (port == one.port || one.port == 0 && (port == 80 || port == 443))
	})
}
