package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"dynamic-sessions-mcp/tools/hostpath"
)

// allowDirFlag is the flag for which serve's arguments stand.
const allowDirFlag = "allow-dir"

// addFolders adds serve's arguments to the folders of --allow-dir. They win over
// the variable, as the flag does. empty says that folders could have been given but
// the user left them empty.
func (c *Config) addFolders(parsed *kong.Context, empty bool) {
	if len(c.Serve.Dirs) > 0 && fromVariable(parsed, allowDirFlag) {
		c.Tools.AllowDir = nil
	}
	c.Tools.AllowDir = append(c.Tools.AllowDir, c.Serve.Dirs...)
	if c.Tools.AllowDir == nil && empty {
		c.Tools.AllowDir = []string{}
	}
}

// fromVariable reports whether a flag has its value from the environment.
func fromVariable(parsed *kong.Context, name string) bool {
	return !slices.ContainsFunc(parsed.Path, func(step *kong.Path) bool {
		return step.Flag != nil && step.Flag.Name == name && !step.Resolved
	})
}

// An argumentError is a folder among the arguments that cannot be opened.
type argumentError struct {
	value  string
	reason string
}

// Error names the argument (only the beginning of a long one) and what is allowed.
func (e *argumentError) Error() string {
	return fmt.Sprintf("the folder %s among the arguments: %s; %v", quote(e.value), e.reason, errUsage)
}

// Unwrap makes it an error of usage.
func (e *argumentError) Unwrap() error { return errUsage }

// validateArguments reports an argument that is no folder. A single word is most
// likely a command that was written wrong.
func (s *Serve) validateArguments() error {
	for _, dir := range s.Dirs {
		if !strings.ContainsAny(dir, `/\~.`) {
			return fmt.Errorf("%s is neither a command (%s) nor the absolute path of a folder, such as %s; %w",
				quote(dir), commandNames(), hostpath.Example("data"), errUsage)
		}
		if reason := closed(dir); reason != "" {
			return &argumentError{dir, reason}
		}
	}
	return nil
}

func commandNames() string {
	var names []string
	for _, c := range commands {
		names = append(names, string(c))
	}
	return enumerate(names)
}
