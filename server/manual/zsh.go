package manual

import (
	"fmt"
	"strings"

	"dynamic-sessions-mcp/config"
)

// zsh writes a script that is a function of zsh's completion, to be put where zsh
// looks for them or to be sourced.
func zsh(name string, commands []config.CommandReference) string {
	var described, cases strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&described, "\t\t%s\n", inQuotes(c.Name+":"+summary(c.Help)))
		fmt.Fprintf(&cases, "\t%s)\n\t\t_arguments \\\n", c.Name)
		for _, flag := range c.Flags {
			fmt.Fprintf(&cases, "\t\t\t%s \\\n", inQuotes(zshFlag(flag)))
		}
		fmt.Fprintf(&cases, "\t\t\t%s\n\t\t;;\n", zshArguments(name, c))
	}
	return fmt.Sprintf(zshScript, name, function(name), described.String(), strings.Join(names(commands), "|"), cases.String(), defaultCommand)
}

const zshScript = `#compdef %[1]s
# Completes %[1]s in zsh.
%[2]s_commands() {
	local -a commands=(
%[3]s	)
	_describe -t commands command commands
}
%[2]s_first() {
	_alternative 'commands:command:%[2]s_commands' 'folders:folder:_files -/'
}
%[2]s() {
	local command=%[6]s word
	for word in ${words[2,CURRENT-1]}; do
		case $word in
		(%[4]s) command=$word; break ;;
		esac
	done
	case $command in
%[5]s	esac
}
if [ "$funcstack[1]" = %[2]s ]; then
	%[2]s "$@"
else
	compdef %[2]s %[1]s
fi
`

// zshFlag is a flag as _arguments reads it.
func zshFlag(flag config.FlagReference) string {
	text := "--" + flag.Name
	if flag.Placeholder == "" {
		return text + "[" + zshText(summary(flag.Help)) + "]"
	}
	text = "*" + text + "=[" + zshText(summary(flag.Help)) + "]:" + zshText(strings.ToLower(flag.Name)) + ":"
	switch kindOf(flag) {
	case folders:
		return text + "_files -/"
	case files:
		return text + "_files"
	case values:
		return text + "(" + strings.Join(flag.Values, " ") + ")"
	}
	return text + " "
}

func zshArguments(name string, c config.CommandReference) string {
	if c.Name == defaultCommand {
		return inQuotes("1:command or folder:"+function(name)+"_first") + " " + inQuotes("*:folder:_files -/")
	}
	text := inQuotes("1:command:" + function(name) + "_commands")
	for _, a := range c.Arguments {
		text += " " + inQuotes("2:"+strings.ToLower(a.Name)+":("+strings.Join(a.Values, " ")+")")
	}
	return text
}

// zshText is text in which nothing means something to _arguments.
func zshText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(text)
}
