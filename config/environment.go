package config

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// environment are the variables that begin with prefix, by name. Some mean nothing,
// see [unset].
type environment map[string]string

func newEnvironment(environ []string) environment {
	e := make(environment)
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if ok && strings.HasPrefix(name, prefix) {
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
	value := e[variable(flag.Name)]
	ok := !unset(value) || flag.IsSlice() && len(items(flag, value)) > 0
	if !ok {
		value, ok = commandDefault(command, flag.Name)
	}
	if !ok || !settable(flag) || !command.honoursVariable(flag) {
		return nil, nil
	}
	if flag.IsSlice() {
		return items(flag, value), nil
	}
	return value, nil
}

// items are the parts of a list that mean something.
func items(flag *kong.Flag, value string) (list []any) {
	parts := strings.Split(value, string(flag.Tag.Sep))
	if flag.Tag.Sep == -1 { // names of folders may have commas in them
		parts = filepath.SplitList(value)
	}
	for _, item := range parts {
		if !unset(item) {
			list = append(list, strings.TrimSpace(item))
		}
	}
	return list
}

// leftEmpty reports whether the variable of a flag is there and means nothing.
func (e environment) leftEmpty(flag string) bool {
	value, ok := e[variable(flag)]
	return ok && unset(value)
}

// settable tells settings from the flags that make the program print something
// and exit, which the environment must not be able to do.
func settable(flag *kong.Flag) bool { return flag.Name != "help" && flag.Name != "version" }

// WhyUnknown says of one of [Config.Unknown] why it is there.
func WhyUnknown(name string) string {
	for flag, instead := range removedFlags {
		if variable(flag) == name {
			return "no setting has this environment variable any more: " + instead
		}
	}
	return "no setting has this environment variable; --help lists the flags"
}

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
	for name, value := range e {
		if !known[name] && !unset(value) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
