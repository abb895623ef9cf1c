package config

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var (
	helpFlag    = regexp.MustCompile(`(?m)^\s+(?:-\w, )?--([a-z][a-z-]*)`)
	helpDefault = regexp.MustCompile(`\(default ([^ )]+)\)`)
)

// TestHelpTellsDefaults checks, for every command and flag, that the default in
// the help is the value that the command has without the flag.
func TestHelpTellsDefaults(t *testing.T) {
	t.Parallel()
	for _, command := range commands {
		opensPool, arguments := command.opensPool(), argumentsOf(command)
		command := string(command)
		shown := shownDefaults(t, command)
		if len(shown) < 9 && opensPool {
			t.Fatalf("%s: the help tells %d defaults: %v", command, len(shown), shown)
		}
		for flag, value := range shown {
			args := append([]string{command}, arguments...)
			switch {
			case flag == "mount":
				args = append(args, "--allow-dir=/data") // without it it has no effect
			case command == "serve" && flag != "transport":
				args = append(args, "--transport=http") // without it some flags have no effect
			}
			bare, err := parseNative(args, nil)
			if err != nil {
				t.Fatal(err)
			}
			given, err := parseNative(append(args, "--"+flag+"="+value), nil)
			if err != nil {
				t.Errorf("%s --%s: the help tells the default %s: %v", command, flag, value, err)
				continue
			}
			if !reflect.DeepEqual(given, bare) {
				t.Errorf("%s --%s: the help tells the default %s, which is not what holds without the flag", command, flag, value)
			}
		}
	}
}

// shownDefaults returns the defaults that the help of a command tells.
func shownDefaults(t *testing.T, command string) map[string]string {
	t.Helper()
	_, err := Parse([]string{command, "--help"}, nil)
	var help Help
	if !errors.As(err, &help) {
		t.Fatalf("%s --help: %v", command, err)
	}
	shown := map[string]string{}
	text := string(help)
	flags := helpFlag.FindAllStringSubmatchIndex(text, -1)
	for i, at := range flags {
		end := len(text)
		if i+1 < len(flags) {
			end = flags[i+1][0]
		}
		told := strings.Join(strings.Fields(text[at[0]:end]), " ")
		if value := helpDefault.FindStringSubmatch(told); value != nil {
			shown[text[at[2]:at[3]]] = value[1]
		}
	}
	return shown
}

// TestEveryDefaultIsTold checks that no flag has a default that its help keeps
// to itself.
func TestEveryDefaultIsTold(t *testing.T) {
	t.Parallel()
	var walk func(reflect.Type)
	walk = func(group reflect.Type) {
		for field := range group.Fields() {
			if field.Type.Kind() == reflect.Struct {
				walk(field.Type)
				continue
			}
			if _, ok := field.Tag.Lookup("default"); ok && !strings.Contains(field.Tag.Get("help"), "default ${default}") {
				t.Errorf("%s has a default that its help does not tell", field.Name)
			}
		}
	}
	walk(reflect.TypeFor[Config]())
}
