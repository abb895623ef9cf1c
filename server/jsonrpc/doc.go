// Package jsonrpc is the half that the transports of MCP share: it reads
// untrusted JSON-RPC 2.0 messages, keeps track of calls, asks an MCP server for
// answers, and asks clients questions.
//
//	m, refusal := jsonrpc.Parse(text)
//	if refusal != nil { … }                                // send it as the answer
//	ctx, end, err := calls.Begin(ctx, m.Key())             // so that it can be cancelled
//	answer := jsonrpc.AskWithin(ctx, srv, m, log)
//	cancelled := end()                                     // then there is no answer
//	text := jsonrpc.Marshal(answer, log)
//
// [Parse] looks into a message as far as transports need it and refuses anything
// that is not a message; [SplitBatch] takes a batch apart. [Ask] answers a
// message and never panics, whatever a tool does; [AskWithin] also waits for
// memory. [Calls] are the calls of one client in flight. [Relay] passes on what a
// call says before its answer: notifications, and questions to the client.
//
// The arguments of a large tool call bypass the library, which would read them
// about ten times: [HandOver] must be a tool middleware of the server.
//
// A [Session] is what the library knows about a client. Through a
// [ClientRequester] it asks the client what tools want to know; the answers
// arrive as messages of the kind [Response] and go to [Questions.Answer].
package jsonrpc
