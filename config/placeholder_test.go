package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestPlaceholders gives every flag of every command, and its variable, the
// placeholder of a client whose user has left the setting empty: it must be as if
// nothing had been given.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for _, command := range commands {
		base := append([]string{string(command)}, argumentsOf(command)...)
		want, err := Parse(base, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range strings.Fields(honoured[command]) {
			for _, value := range []string{"${user_config.x}", " ${user_config.x_y} ", "${user_config.x}GiB", "/data/${user_config.x}", ""} {
				for _, args := range [][]string{{"--" + flag + "=" + value}, {"--" + flag, value}} {
					if len(args) == 2 && isSwitch(flag) {
						continue
					}
					got, err := Parse(append(base, args...), nil)
					checkUnset(t, got, want, err, fmt.Sprint(command, args))
				}
				got, err := Parse(base, []string{variable(flag) + "=" + value})
				checkUnset(t, got, want, err, fmt.Sprint(command, variable(flag), value))
			}
		}
	}
}

func isSwitch(flag string) bool {
	return flag == "json" || strings.HasPrefix(sample[flag], "--"+flag+" ") || sample[flag] == "--"+flag
}

// checkUnset compares two configurations, of which one may tell that there could
// have been folders.
func checkUnset(t *testing.T, got, want Config, err error, what string) {
	t.Helper()
	if len(got.Tools.AllowDir) == 0 {
		got.Tools.AllowDir = nil
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, and not as if nothing had been given", what, err)
	}
}

func TestPlaceholdersAmongArguments(t *testing.T) {
	t.Parallel()
	token := func(c Config) string { return c.PoolToken + c.AuthToken + c.SessionKey }
	folders := func(c Config) string { return strings.Join(c.Tools.AllowDir, "|") }
	for _, tt := range []struct {
		args    []string
		environ []string
		got     func(Config) string
		want    string
	}{
		{[]string{"serve", "${user_config.folders}"}, nil, folders, ""},
		{[]string{"serve", "", "/a"}, nil, folders, "/a"},
		{[]string{"${user_config.folders}"}, nil, folders, ""},
		{[]string{"serve", "--", "${user_config.folders}", "/a"}, nil, folders, "/a"},
		{[]string{"serve", "${user_config.folders}", "--allow-hidden", "--mount=off"}, nil, folders, ""},
		{[]string{"serve", "--allow-hidden"}, []string{"DYNAMIC_SESSIONS_ALLOW_DIR=${user_config.folders}"}, folders, ""},
		{nil, []string{"DYNAMIC_SESSIONS_ALLOW_DIR=/a:${user_config.folder}:/b"}, folders, "/a|/b"},
		{[]string{"serve", "--allow-dir", "${user_config.a}", "--allow-dir=/b", "${user_config.c}"}, nil, folders, "/b"},
		{nil, []string{"DYNAMIC_SESSIONS_POOL_TOKEN=Bearer ${user_config.token}", "DYNAMIC_SESSIONS_AUTH_TOKEN=${user_config.a}"}, token, ""},
		{[]string{"--pool-endpoint=${user_config.endpoint}"}, []string{"POOL_MANAGEMENT_ENDPOINT=" + poolURL},
			func(c Config) string { return c.Azure.PoolEndpoint }, poolURL},
		{[]string{"--memory=${user_config.memory}"}, []string{"DYNAMIC_SESSIONS_MEMORY=3GiB"},
			func(c Config) string { return c.Pool.Memory.String() }, "3GiB"},
	} {
		c, err := parseNative(tt.args, tt.environ)
		if err != nil {
			t.Errorf("%q %q: %v", tt.args, tt.environ, err)
			continue
		}
		if got := tt.got(c); got != native(tt.want) {
			t.Errorf("%q %q: got %q, want %q", tt.args, tt.environ, got, tt.want)
		}
	}
}
