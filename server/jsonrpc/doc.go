// Package jsonrpc is what the transports have in common: reading JSON-RPC 2.0
// messages that nobody has checked, and asking an MCP server for the answers.
//
//	m, refusal := jsonrpc.Parse(text)
//	if refusal != nil { … }          // answer it so
//	answer := jsonrpc.Ask(ctx, srv, m, log)
//
// [Parse] looks into a message as far as transports need it and refuses what is
// no message. [Ask] never panics, whatever a tool does. The arguments of a big
// tool call do not go through the library, which would read them about ten
// times: [HandOver] must be a tool middleware of the server. What a client says
// about itself is kept in a [Session], which also asks the client for what tools
// want to know, over a [ClientRequester]. The answers come as messages of the kind
// [Response], which go to [Questions.Answer]. [SplitBatch] takes a batch apart.
package jsonrpc
