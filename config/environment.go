package config

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// environment are the variables that begin with prefix and are set to something,
// by name.
type environment map[string]string

func newEnvironment(environ []string) environment {
	e := make(environment)
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if ok && strings.HasPrefix(name, prefix) && !unset(value) {
			e[name] = value
		}
	}
	return e
}

// variable returns the name of a flag's environment variable.
func variable(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// resolve is a kong.ResolverFunc. It does not look at a variable that does not
// concern the command. A list of folders is separated as in PATH, any other by
// commas: URLs and addresses have colons in them.
func (e environment) resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	command := selected(ctx)
	value, ok := e[variable(flag.Name)]
	if !ok {
		value, ok = commandDefault(command, flag.Name)
	}
	if !ok || !settable(flag) || !command.honours(flag) {
		return nil, nil
	}
	if flag.IsSlice() {
		return items(flag, value), nil
	}
	return value, nil
}

func items(flag *kong.Flag, value string) (list []any) {
	if flag.Tag.Sep == -1 { // names of folders may have commas in them
		for _, item := range filepath.SplitList(value) {
			list = append(list, item)
		}
		return list
	}
	for item := range strings.SplitSeq(value, string(flag.Tag.Sep)) {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// settable tells settings from the flags that make the program print something
// and exit, which the environment must not be able to do.
func settable(flag *kong.Flag) bool { return flag.Name != "help" && flag.Name != "version" }

// unknown returns the variables that belong to no flag, sorted.
func (e environment) unknown(parser *kong.Kong) []string {
	known := map[string]bool{tokenVariable: true, authTokenVariable: true, sessionKeyVariable: true}
	add := func(list []*kong.Flag) {
		for _, flag := range list {
			if settable(flag) {
				known[variable(flag.Name)] = true
			}
		}
	}
	add(parser.Model.Flags)
	for _, command := range parser.Model.Leaves(false) {
		add(command.Flags)
	}
	var names []string
	for name := range e {
		if !known[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
