package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Command names a command.
type Command string

// The commands.
const (
	CommandServe   Command = "serve"
	CommandPool    Command = "pool"
	CommandDemo    Command = "demo"
	CommandBench   Command = "bench"
	CommandSetup   Command = "setup"
	CommandDoctor  Command = "doctor"
	CommandVersion Command = "version"

	CommandLicenses     Command = "licenses"
	CommandRequirements Command = "requirements"
	CommandVerify       Command = "verify"
	CommandReplay       Command = "replay"
	CommandCompletion   Command = "completion"
	CommandMan          Command = "man"
)

// commands are all of them, in the order of --help.
var commands = [...]Command{CommandServe, CommandPool, CommandDemo, CommandBench, CommandSetup, CommandDoctor, CommandVersion,
	CommandLicenses, CommandRequirements, CommandVerify, CommandReplay, CommandCompletion, CommandMan}

// groups are the groups of flags with the titles that --help shows them under.
var groups = [...]kong.Group{
	{Key: groupSessions, Title: "The Python sessions:"},
	{Key: groupRemote, Title: "A pool elsewhere, such as in Azure:"},
	{Key: groupEngine, Title: "A container for the sandboxes:"},
	{Key: groupTools, Title: "The tools:"},
	{Key: groupLog, Title: "The log, on standard error:"},
	{Key: groupHTTP, Title: "Over HTTP, with --transport=http or sse:"},
}

func groupOf(flag *kong.Flag) string {
	if flag.Group == nil {
		return ""
	}
	return flag.Group.Key
}

// honours reports whether a command does anything with a flag that all commands
// share in kong's model: it is written before the command as well as after it.
//
// setup, doctor and replay open the pool that serve opens with the same flags, and so
// have all that describe it. The demonstration starts a server of its own, which
// it gives the pool's flags; it chooses what its tools may do, and its server has
// a single session. So does bench, which also chooses how long sessions live, since
// that is what it measures. What only prints something has none of these flags, except
// for the one that says where the installation is that licenses looks into.
func (c Command) honours(flag *kong.Flag) bool {
	switch groupOf(flag) {
	case groupSessions:
		return c.opensPool() && (c != CommandDemo || flag.Name != "max-sessions") ||
			c == CommandBench && slices.Contains(benchHonours[:], flag.Name) ||
			c == CommandLicenses && (flag.Name == "cache-dir" || flag.Name == "system-dir")
	case groupRemote:
		return c.mayUseRemote()
	case groupEngine:
		return c.mayUseEngine()
	case groupTools:
		folders := flag.Name == allowDirFlag || flag.Name == "allow-hidden"
		return c == CommandServe || c == CommandPool && folders ||
			c == CommandDoctor && (folders || flag.Name == "mount" || flag.Name == "out")
	default: // --help, --version, --log-level, and the command's own
		return true
	}
}

// honoursVariable reports whether a command also looks at a flag's variable. A pool shows
// the folders that its caller names, and not those that were opened to servers.
func (c Command) honoursVariable(flag *kong.Flag) bool {
	return c.honours(flag) && !(c == CommandPool && groupOf(flag) == groupTools)
}

// opensPool reports whether a command has to do with sessions. The others print
// something.
func (c Command) opensPool() bool {
	switch c {
	case CommandServe, CommandPool, CommandDemo, CommandSetup, CommandDoctor, CommandReplay:
		return true
	}
	return false
}

// mayUseRemote reports whether a command can use a pool elsewhere. The pool
// command always serves the embedded one.
func (c Command) mayUseRemote() bool { return c != CommandPool && c.opensPool() }

// mayUseEngine reports whether a command can have its sandboxes in a container, which
// speaks to it as a pool elsewhere does.
func (c Command) mayUseEngine() bool { return c.mayUseRemote() }

// benchHonours are the flags of sessions that bench hands on to all its servers.
var benchHonours = [...]string{"isolation", "python", "cache-dir", "system-dir", "base-system", "memory", "total-memory", "disk", "processes", "max-upload", "max-output"}

// checkHonoured reports a flag on the command line that the command does not
// honour.
func checkHonoured(parsed *kong.Context, command Command) error {
	for _, step := range parsed.Path {
		if step.Flag != nil && !step.Resolved && !command.honours(step.Flag) {
			return unknownFlag(parsed.Model, command, step.Flag.Name)
		}
	}
	return nil
}

// unknownFlag is the error for a flag of other commands.
func unknownFlag(model *kong.Application, command Command, name string) error {
	var others []string
	for _, c := range commands {
		if hasFlag(model, c, name) {
			others = append(others, string(c))
		}
	}
	return fmt.Errorf("unknown flag --%s: it is a flag of %s, not of %s; %w", name, enumerate(others), command, errUsage)
}

// hasFlag reports whether a command knows a flag.
func hasFlag(model *kong.Application, command Command, name string) bool {
	for _, flag := range flagsOf(model, command) {
		if flag.Name == name {
			return true
		}
	}
	return false
}

// flagsOf returns the flags that a command honours, in the order of --help.
func flagsOf(model *kong.Application, command Command) []*kong.Flag {
	var honoured []*kong.Flag
	for _, node := range model.Leaves(false) {
		if node.Name != string(command) {
			continue
		}
		for _, flag := range slices.Concat(node.Flags, model.Flags) {
			if command.honours(flag) {
				honoured = append(honoured, flag)
			}
		}
	}
	return honoured
}

// removedFlags are those of earlier versions, with what takes their place.
var removedFlags = map[string]string{
	"timeout": "code may go on after an answer, so there are two flags in its place: --answer-within is how long an answer waits, and --max-run how long a run may take",
}

var kongUnknownFlag = regexp.MustCompile(`^unknown flag --([a-z0-9-]+)`)

// explainUnknown adds to kong's error about an unknown flag which commands know
// it. It returns nil if none does.
func explainUnknown(model *kong.Application, err *kong.ParseError) error {
	found := kongUnknownFlag.FindStringSubmatch(err.Error())
	if found == nil {
		return nil
	}
	if instead := removedFlags[found[1]]; instead != "" {
		return fmt.Errorf("unknown flag --%s: %s; %w", found[1], instead, errUsage)
	}
	command := selected(err.Context)
	for _, c := range commands {
		if c != command && hasFlag(model, c, found[1]) {
			return unknownFlag(model, command, found[1])
		}
	}
	return nil
}

// selected returns the command of a command line, which is the default one if it
// names none.
func selected(ctx *kong.Context) Command {
	if ctx != nil {
		if node := ctx.Selected(); node != nil {
			return Command(node.Name)
		}
	}
	return CommandServe
}

// enumerate writes "a", "a and b" or "a, b and c".
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
