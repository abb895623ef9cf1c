package manual

import (
	"fmt"
	"strings"

	"dynamic-sessions-mcp/config"
)

// fish writes a script for the completions folder of fish.
func fish(name string, commands []config.CommandReference) string {
	var lines strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&lines, "complete -c %s -n %s -a %s -d %s\n", name, fishQuoted("not "+function(name)+"_named"), c.Name, fishQuoted(summary(c.Help)))
	}
	for _, c := range commands {
		is := fishQuoted("test (" + function(name) + "_command) = " + c.Name)
		for _, flag := range c.Flags {
			fmt.Fprintf(&lines, "complete -c %s -n %s -l %s%s -d %s\n", name, is, flag.Name, fishValue(flag), fishQuoted(summary(flag.Help)))
		}
		for _, a := range c.Arguments {
			answer := "(__fish_complete_directories)"
			if a.Values != nil {
				answer = strings.Join(a.Values, " ")
			}
			fmt.Fprintf(&lines, "complete -c %s -n %s -a %s\n", name, is, fishQuoted(answer))
		}
	}
	return fmt.Sprintf(fishScript, name, function(name), strings.Join(names(commands), " "), defaultCommand, lines.String())
}

const fishScript = `# Completes %[1]s in fish.
function %[2]s_named
	for word in (commandline -opc)[2..]
		contains -- $word %[3]s; and echo $word; and return 0
	end
	return 1
end
function %[2]s_command
	%[2]s_named; or echo %[4]s
end
complete -c %[1]s -f
%[5]s`

func fishValue(flag config.FlagReference) string {
	switch {
	case flag.Placeholder == "":
		return ""
	case kindOf(flag) == folders:
		return " -x -a '(__fish_complete_directories)'"
	case kindOf(flag) == files:
		return " -r -F"
	case kindOf(flag) == values:
		return " -x -a " + fishQuoted(strings.Join(flag.Values, " "))
	}
	return " -x"
}

// fishQuoted writes text between single quotes as fish reads it.
func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
