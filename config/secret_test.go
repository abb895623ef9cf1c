package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestSecrets reads values from the environment, refuses what cannot be used, and shows no
// value.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const value = "a value of enough characters"
	environ := []string{"API_KEY=" + value + "\n", "SHORT=1234", "EMPTY=${user_config.key}", "DYNAMIC_SESSIONS_EGRESS=api.example.com,*.files.example"}
	for _, tt := range []struct{ args, secrets, fails string }{
		{"", "", ""},
		{"--secret=API_KEY@api.example.com", "API_KEY@api.example.com", ""},
		{"pool --secret=API_KEY@api.example.com,SHORT2@a.files.example", "", "has no variable SHORT2"},
		{"--secret=API_KEY@a.files.example", "API_KEY@a.files.example", ""},
		{"--secret=API_KEY@api.example.com --egress=pypi", "", "add --egress api.example.com"},
		{"--secret=SHORT@api.example.com", "", "less than 8 characters"},
		{"--secret=EMPTY@api.example.com", "", "has no variable EMPTY"},
		{"--secret=API_KEY=hunter2@api.example.com", "", "never an argument"},
		{"--secret=hunter-2", "", "NAME@host"},
		{"--secret=API_KEY@api.example.com --secret=API_KEY@a.files.example", "", "is there twice"},
		{"--secret=${user_config.secret}", "", ""},
	} {
		c, err := Parse(strings.Fields(tt.args), environ)
		var shown []string
		for _, s := range c.Secrets {
			shown = append(shown, s.Name+"@"+s.Host())
		}
		if got := strings.Join(shown, ","); err == nil != (tt.fails == "") || got != tt.secrets {
			t.Errorf("%s: %s, %v", tt.args, got, err)
		}
		var setting *settingError
		if err != nil && (!errors.As(err, &setting) || setting.Field != "secret" || !strings.Contains(err.Error(), tt.fails) || strings.Contains(err.Error(), "hunter")) {
			t.Errorf("%s: %v, want %q", tt.args, err, tt.fails)
		}
		if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, value) {
			t.Errorf("%s: the value is shown", tt.args)
		}
	}
	first, err := Parse([]string{"demo", "--secret=API_KEY@api.example.com"}, environ)
	if err != nil {
		t.Fatal(err)
	}
	if flags := strings.Join(append(first.Flags, first.PoolFlags...), " "); strings.Count(flags, "--secret=API_KEY@api.example.com") != 2 || strings.Contains(flags, value) {
		t.Errorf("the flags of other processes are %s", flags)
	}
}
