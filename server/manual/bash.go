package manual

import (
	"fmt"
	"slices"
	"strings"

	"dynamic-sessions-mcp/config"
)

// bash writes a script that needs nothing but bash 3.2, which macOS has.
func bash(name string, commands []config.CommandReference) string {
	var flags, args, values strings.Builder
	for _, c := range commands {
		var own []string
		for _, flag := range c.Flags {
			own = append(own, "--"+flag.Name)
		}
		fmt.Fprintf(&flags, "\t%s) flags=%s ;;\n", c.Name, inQuotes(strings.Join(own, " ")))
		for _, a := range c.Arguments {
			if a.Values != nil {
				fmt.Fprintf(&args, "\t%s) words=%s ;;\n", c.Name, inQuotes(strings.Join(a.Values, " ")))
			}
		}
	}
	for _, action := range bashValues(commands) {
		fmt.Fprintf(&values, "\t%s) %s; return ;;\n", strings.Join(action.flags, " | "), action.do)
	}
	return fmt.Sprintf(bashScript, name, function(name), inQuotes(strings.Join(names(commands), " ")),
		strings.Join(names(commands), " | "), flags.String(), args.String(), values.String(), defaultCommand)
}

const bashScript = `# Completes %[1]s in bash.
# shellcheck disable=SC2207 # bash 3.2 has no mapfile, and no word has a space
%[2]s() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=%[8]s flags="" words=%[3]s word named=""
	# bash takes --flag=value apart.
	if [[ $cur == = ]]; then
		cur=""
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		%[4]s) command=$word named=yes words=""; break ;;
		esac
	done
	case $command in
%[5]s	esac
	[[ -z $named ]] || case $command in
%[6]s	esac
	case $prev in
%[7]s	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$flags" -- "$cur"))
		return
	fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
	if [[ $command == %[8]s ]]; then
		compopt -o filenames 2>/dev/null
		COMPREPLY+=($(compgen -d -- "$cur"))
	fi
}
complete -F %[2]s %[1]s
`

// A bashAction is what completes the values of some flags.
type bashAction struct {
	do    string
	flags []string
}

func bashValues(commands []config.CommandReference) (actions []*bashAction) {
	add := func(do, flag string) {
		for _, action := range actions {
			if action.do == do {
				if !slices.Contains(action.flags, flag) {
					action.flags = append(action.flags, flag)
				}
				return
			}
		}
		actions = append(actions, &bashAction{do, []string{flag}})
	}
	for _, c := range commands {
		for _, flag := range c.Flags {
			if flag.Placeholder != "" {
				add(bashAnswer(flag), "--"+flag.Name)
			}
		}
	}
	return actions
}

func bashAnswer(flag config.FlagReference) string {
	switch kindOf(flag) {
	case folders:
		return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur"))`
	case files:
		return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur"))`
	case values:
		return fmt.Sprintf(`COMPREPLY=($(compgen -W %s -- "$cur"))`, inQuotes(strings.Join(flag.Values, " ")))
	}
	return "COMPREPLY=()"
}
