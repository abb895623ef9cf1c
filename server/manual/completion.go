package manual

import (
	"fmt"
	"io"
	"strings"

	"dynamic-sessions-mcp/config"
)

// WriteCompletion writes a script that completes the commands and flags of the
// program name in a shell.
func WriteCompletion(to io.Writer, shell config.Shell, name string, commands []config.CommandReference) error {
	write := map[config.Shell]func(string, []config.CommandReference) string{
		config.ShellBash: bash, config.ShellZsh: zsh, config.ShellFish: fish,
	}[shell]
	if write == nil {
		return fmt.Errorf("no completion for the shell %q", shell)
	}
	_, err := io.WriteString(to, write(name, commands))
	return err
}

// defaultCommand has the flags that may be given without a command.
const defaultCommand = string(config.CommandServe)

// names are the names of all commands.
func names(commands []config.CommandReference) (all []string) {
	for _, c := range commands {
		all = append(all, c.Name)
	}
	return all
}

// kind says what completes a value.
type kind int

const (
	anything kind = iota // nothing does
	values
	folders
	files
)

// kindOf tells from the placeholder of a flag what completes its value.
func kindOf(flag config.FlagReference) kind {
	switch first, _, _ := strings.Cut(flag.Placeholder, "|"); {
	case first == "DIR":
		return folders
	case first == "FILE", first == "PATH":
		return files
	case len(flag.Values) > 0:
		return values
	}
	return anything
}

// function turns the name of the program into that of a function.
func function(name string) string { return "_" + strings.ReplaceAll(name, "-", "_") }

// summary is the first sentence of a help text.
func summary(help string) string {
	first, _, _ := strings.Cut(help, ". ")
	return strings.TrimSuffix(first, ".")
}

// inQuotes writes text between single quotes as sh reads it.
func inQuotes(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
