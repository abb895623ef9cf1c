package main

import "fmt"

const (
	title   = "Python sessions"
	summary = "A code interpreter for AI agents: runs Python in isolated sessions that keep variables and files"
)

// readme is what package registries show.
func (r release) readme(command string) string {
	return fmt.Sprintf(`# %s

A code interpreter for AI agents: an MCP server that runs Python in isolated sessions. Each conversation owns one session, which
keeps its variables and files from call to call.

Register this command with your client; each folder behind it may be read by code:

    %s serve /home/ada/data

The manual is at https://%s.
`, program, command, r.names.repository())
}
