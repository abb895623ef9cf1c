// Package about is what the program says about itself.
//
// To MCP clients and the models behind them: [Name], [Title], [Summary] and
// [Instructions]. To people and to Azure, as the user agent: [ReadBuild].
// What a single tool says stands in package tools, what a flag says in package
// config.
package about

const (
	// Name is the program's name, also in front of its messages to people.
	Name = "dynamic-sessions-mcp"
	// Title is its name in the user interface of a client.
	Title = "Python sessions"
)

// Summary describes the server in one sentence. isolated says whether sessions
// run in a sandbox.
func Summary(isolated bool) string {
	if !isolated {
		return "Runs Python code on the user's machine, in sessions that keep their variables and files."
	}
	return "Runs Python code in isolated sessions that keep their variables and files."
}
