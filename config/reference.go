package config

import (
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// A CommandReference says what a command does and how it is called.
type CommandReference struct {
	Name      string
	Help      string
	Arguments []ArgumentReference
	Flags     []FlagReference // in the order of --help
}

// An ArgumentReference describes what follows the name of a command.
type ArgumentReference struct {
	Name     string
	Repeated bool     // any number of them may follow
	Values   []string // what it may be; nil for anything
	Help     string
}

// A FlagReference describes a flag as one command has it.
type FlagReference struct {
	Name        string // without its dashes
	Variable    string // of the environment; "" if it has none
	Placeholder string // what stands for the value; "" if it takes none
	Values      []string
	Default     string // "" if it has none
	Help        string
	Group       string // the title that it stands under; "" for none
}

// Reference describes all commands, in the order of --help. It is what manuals and
// completions are made of.
func Reference() ([]CommandReference, error) {
	var cli commandLine
	parser, err := newParser(&cli, io.Discard, nil)
	if err != nil {
		return nil, err
	}
	var all []CommandReference
	for _, node := range parser.Model.Leaves(false) {
		command := CommandReference{Name: node.Name, Help: node.Help}
		for _, argument := range node.Positional {
			command.Arguments = append(command.Arguments, describeArgument(argument))
		}
		for _, flag := range flagsOf(parser.Model, Command(node.Name)) {
			command.Flags = append(command.Flags, describeFlag(Command(node.Name), flag))
		}
		all = append(all, command)
	}
	return all, nil
}

func describeArgument(argument *kong.Positional) ArgumentReference {
	described := ArgumentReference{Name: argument.Name, Repeated: argument.IsCumulative(), Help: argument.Help}
	if _, ok := argument.Target.Interface().(Shell); ok {
		described.Values = []string{string(ShellBash), string(ShellZsh), string(ShellFish)}
	}
	return described
}

func describeFlag(command Command, flag *kong.Flag) FlagReference {
	described := FlagReference{Name: flag.Name, Default: flag.Default}
	if value, ok := commandDefault(command, flag.Name); ok {
		described.Default = value
	}
	described.Help = strings.Replace(flag.Help, " (default "+flag.Default+")", "", 1)
	if settable(flag) {
		described.Variable = variable(flag.Name)
	}
	if !flag.IsBool() {
		described.Placeholder = flag.FormatPlaceHolder()
		described.Values = choices(described.Placeholder)
	}
	if flag.Group != nil {
		described.Group = strings.TrimSuffix(flag.Group.Title, ":")
	}
	return described
}

// choices are the values that a placeholder such as "on|off" lists. Words in capitals
// stand for others.
func choices(placeholder string) []string {
	if !strings.Contains(placeholder, "|") {
		return nil
	}
	return slices.DeleteFunc(strings.Split(placeholder, "|"), func(value string) bool { return strings.ToUpper(value) == value })
}
