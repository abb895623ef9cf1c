package config

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Desktop clients start the server with a command in which they replace
// ${user_config.NAME} by what their user has set. What the user left empty they
// pass as "" or as the placeholder itself. Both mean, wherever they stand, that
// nothing was set: in a flag, in an argument, and in a variable.

// unset reports whether a value means nothing.
func unset(value string) bool {
	value = strings.TrimSpace(value)
	return value == "" || strings.HasPrefix(value, "${") && strings.HasSuffix(value, "}") ||
		strings.Contains(value, "${user_config.")
}

// given returns value, or "" if it means nothing.
func given(value string) string {
	if unset(value) {
		return ""
	}
	return value
}

// paths cleans a list of folders, without those that mean nothing. The result is
// nil only if dirs is: an empty list tells that the setting was given.
func paths(dirs []string) []string {
	if dirs == nil {
		return nil
	}
	cleaned := []string{}
	for _, dir := range dirs {
		if !unset(dir) {
			cleaned = append(cleaned, filepath.Clean(dir))
		}
	}
	return cleaned
}

// withoutPlaceholders returns the arguments that mean something. Those that are
// neither flags nor the command come last: kong would not take a folder behind a
// flag that is behind another folder. folders says that one that means nothing stood
// for a folder.
func withoutPlaceholders(model *kong.Application, args []string) (kept []string, folders bool) {
	var last []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		name, value, joined := strings.Cut(arg, "=")
		flag := flagNamed(model, name)
		switch {
		case arg == "--": // no flag follows
			for _, rest := range args[i+1:] {
				folders = folders || unset(rest)
			}
			return slices.Concat(kept, []string{arg}, last, withoutUnset(args[i+1:])), folders
		case flag != nil && joined && unset(value):
			folders = folders || flag.Name == allowDirFlag
		case flag != nil && !joined && !flag.IsBool() && i+1 < len(args):
			i++
			if unset(args[i]) {
				folders = folders || flag.Name == allowDirFlag
			} else {
				kept = append(kept, arg, args[i])
			}
		case strings.HasPrefix(arg, "-") || len(last) == 0 && isCommand(arg):
			kept = append(kept, arg)
		case unset(arg):
			folders = true
		default:
			last = append(last, arg)
		}
	}
	return append(kept, last...), folders
}

func withoutUnset(args []string) []string {
	return slices.DeleteFunc(slices.Clone(args), unset)
}

// isCommand reports whether an argument is the name of a command.
func isCommand(arg string) bool { return slices.Contains(commands[:], Command(arg)) }

// flagNamed returns the flag that an argument names, of whatever command; nil if it
// names none.
func flagNamed(model *kong.Application, arg string) *kong.Flag {
	name, ok := strings.CutPrefix(arg, "--")
	if !ok {
		return nil
	}
	for _, node := range append(model.Leaves(false), model.Node) {
		for _, flag := range node.Flags {
			if flag.Name == name {
				return flag
			}
		}
	}
	return nil
}
