// Package web carries MCP conversations over HTTP: streamable HTTP at /mcp, in
// both eras of the protocol, and the older SSE transport at /sse and /message.
//
//	h := web.New(web.Options{Server: mcp, Conversations: registry})
//	mux.Handle("/", h)               // behind a guard, which says who calls
//
// The library's own HTTP servers are not used. In them all requests of a session
// read one channel of notifications, so that progress reaches the wrong one; a
// cancellation without a session reaches the requests of others; a stream that
// is gone leaves its calls running; and bodies have no bounds. Here every request
// has a [jsonrpc.Session] of its own, cancellations are looked up in the
// conversation that they came with, and nothing of the library is shared.
//
// # Eras
//
// A request is of the modern era (2026-07-28) if its _meta or its
// MCP-Protocol-Version header says so. It stands alone: there is no session, a
// client that disconnects has cancelled it, and tools name conversations by
// handles. In the older era initialize makes a session, whose ID comes with all
// that follows; to disconnect cancels nothing, notifications/cancelled does.
//
// # Answers
//
// A request is answered with one JSON object, unless it has something to report
// before or takes long, and the client takes event streams: then the answer is a
// stream, with a comment now and then to keep it alive. There is no stream for
// its own sake (GET /mcp is refused), since the server says nothing but about
// calls.
//
// Batches are of MCP 2025-03-26 alone, and of streamable HTTP: in a session that
// agreed on that version, up to 50 messages come as an array. Their answers go
// back as one array, or each as an event if there is something to report before.
//
// # Questions
//
// A call of the older era may ask the client for something while it runs
// (elicitation, sampling, roots), if the client has declared that it can be
// asked and takes event streams. The request is an event on the stream of the
// call, or of the SSE transport; its answer is a message of the same
// conversation, sent to the same server: another one knows of no such question
// and drops it. So servers that share conversations and have tools that ask need
// a proxy that keeps a session at one of them. A question ends with its call,
// with its conversation, and when the client disconnects. Calls of the modern
// era ask in their results instead, which any server can go on from.
//
// # Bounds
//
// The requests that are under way, and the memory for long messages and for the
// files in answers, are divided among principals: one can have half of what
// there is. What is beyond waits or is refused with 503, and others go on.
package web
