package egress

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	// maxSecrets is how many secrets there may be.
	maxSecrets = 32
	// minSecret and maxSecret are how many bytes a secret may have. What is shorter is found
	// by chance in what a host answers, and could be guessed.
	minSecret = 8
	maxSecret = 8 << 10
	maxName   = 64
	// securePort is that of a secret whose host was named without one.
	securePort = 443
)

// A Secret is a value that requests to one host carry in the place of a placeholder. Its
// value is not shown by fmt, nor by what encodes structs.
type Secret struct {
	// Name is that of the variable that has the value in the environment of the server, and
	// the placeholder in that of a session.
	Name string
	host string
	port uint16
	// value is behind a pointer since fmt prints fields of structs in structs, also those
	// that only their package sees.
	value *string
}

// Host is where the secret goes, with its port if that is not the one of HTTPS.
func (s Secret) Host() string {
	one := rule{host: s.host, port: s.port}
	if s.port == securePort {
		one.port = 0
	}
	return one.String()
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// settings are variables that mean something to the programs of a session, whole or by how
// they begin.
var (
	settings = []string{"PATH", "HOME", "TMPDIR", "LANG", "TERM", "NO_COLOR", "MPLCONFIGDIR", "PLOTLY_RENDERER", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
		"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"}
	settingsBegin = []string{"DYNAMIC_SESSIONS_", "LD_", "LC_", "PYTHON", "PIP_", "UV_", "SSL_", "MALLOC_", "IFS", "BASH_"}
)

// ParseSecrets reads a list of "NAME@host" or "NAME@host:port", whose hosts must be among
// those that rules open. value returns what a variable of the server has. The error says
// what is wrong with one, and what to do; it has no value.
func ParseSecrets(list []string, rules Rules, value func(name string) string) ([]Secret, error) {
	var secrets []Secret
	for _, text := range list {
		one, err := parseSecret(text, rules)
		if err == nil && slices.ContainsFunc(secrets, func(s Secret) bool { return s.Name == one.Name }) {
			err = fmt.Errorf("%s is there twice, and a secret goes to one host; give the other one a name of its own", one.Name)
		}
		if err == nil {
			one.value, err = checkValue(one.Name, value(one.Name))
		}
		if err == nil && len(secrets) == maxSecrets {
			err = fmt.Errorf("there are more than %d secrets", maxSecrets)
		}
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, one)
	}
	return secrets, nil
}

func parseSecret(text string, rules Rules) (Secret, error) {
	name, where, ok := strings.Cut(text, "@")
	if !ok || where == "" {
		return Secret{}, errors.New("each must be NAME@host: the name of a variable in the environment of the server, and the one host that its value goes to, such as API_KEY@api.example.com")
	}
	if err := checkName(name); err != nil {
		return Secret{}, err
	}
	to, err := parseRule(where)
	switch {
	case where == PyPI:
		return Secret{}, errors.New("pypi is the package index, which the server asks itself, with the user and password of PIP_INDEX_URL; a secret goes to a host that --egress names")
	case err != nil:
		return Secret{}, fmt.Errorf("its host: %w", err)
	case to.all:
		return Secret{}, errors.New("a secret goes to one host, not to all below a name; name the host, such as api." + to.host)
	case to.port == 80:
		return Secret{}, errors.New("port 80 is that of plain HTTP, and a secret goes over HTTPS alone; leave out the port")
	}
	if to.port == 0 {
		to.port = securePort
	}
	if !rules.allow(to.host, to.port) {
		return Secret{}, notAmongHosts(name, to, rules)
	}
	return Secret{Name: name, host: to.host, port: to.port}, nil
}

// notAmongHosts says that a secret's host is not open, and how to open it.
func notAmongHosts(name string, to rule, rules Rules) error {
	for _, open := range rules.hosts {
		if open.host == to.host && !open.all && open.port != 0 {
			return fmt.Errorf("of %s --egress opens port %d alone; write --secret %s@%s", to.host, open.port, name, open)
		}
	}
	if to.port == securePort {
		to.port = 0
	}
	return fmt.Errorf("its host is not among those that code may reach; add --egress %s", to)
}

func checkName(name string) error {
	if !variableName.MatchString(name) || len(name) > maxName {
		return errors.New("before the @ there must be the name of a variable, such as API_KEY: letters, digits and underscores; the value is never an argument, which every program of the machine could read")
	}
	upper := strings.ToUpper(name)
	if slices.Contains(settings, upper) || slices.ContainsFunc(settingsBegin, func(begin string) bool { return strings.HasPrefix(upper, begin) }) {
		return fmt.Errorf("%s is a setting of programs, and no secret; put the value into a variable with another name", name)
	}
	return nil
}

// checkValue returns a value as it goes into headers.
func checkValue(name, value string) (*string, error) {
	value = strings.TrimSpace(value) // files end with a line end
	switch {
	case value == "":
		return nil, fmt.Errorf("the environment of the server has no variable %s; set it where the server is started, as in \"env\" of the client's configuration", name)
	case len(value) < minSecret:
		return nil, fmt.Errorf("the value of %s has less than %d characters, which is too short to be told from other text in what the host answers", name, minSecret)
	case len(value) > maxSecret:
		return nil, fmt.Errorf("the value of %s has more than %d characters, which no header takes", name, maxSecret)
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
		return nil, fmt.Errorf("the value of %s has a line end or another character that a header cannot have; put the key alone into it", name)
	}
	return &value, nil
}
