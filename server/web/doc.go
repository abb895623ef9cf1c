// Package web carries MCP conversations over HTTP: streamable HTTP at /mcp, in
// both eras of the protocol, and the older SSE transport at /sse and /message.
//
//	h := web.New(web.Options{Server: mcp, Conversations: registry})
//	mux.Handle("/", h)               // behind a guard, which says who calls
//
// The library's own HTTP servers are not used. In them all requests of a session
// read one channel of notifications, so progress can reach the wrong request; a
// cancellation without a session reaches other clients' requests; calls keep
// running when their stream is gone; and bodies are unbounded. Here every request
// has its own [jsonrpc.Session], a cancellation reaches only calls of its own
// conversation, and requests share nothing of the library.
//
// # Eras
//
// A request belongs to the modern era (2026-07-28) if its _meta or its
// MCP-Protocol-Version header says so. It stands alone: there is no session,
// disconnecting cancels it, and tools name conversations by session handles. In
// the older era initialize begins a session, whose ID comes with every later
// request; disconnecting cancels nothing, notifications/cancelled does.
//
// # Answers
//
// The answer to a request is one JSON object. It is an event stream, with
// comments to keep it alive, if the client accepts streams and the call reports
// something first or takes long. There is no separate stream (GET /mcp is
// refused), since the server has nothing to say outside of calls.
//
// Batches exist only in MCP 2025-03-26 over streamable HTTP: in a session that
// agreed on that version, up to 50 messages come as an array. Their answers go
// back as one array, or each as an event if something is reported first.
//
// # Questions
//
// A call of the older era may ask the client for something while it runs
// (elicitation, sampling, roots), if the client has declared that it can be
// asked and accepts event streams. The request is an event on the stream of the
// call, or of the SSE transport; the client answers with a message of the same
// conversation to the same server, since any other server would drop it. So
// servers that share conversations and have tools that ask need a proxy that
// keeps each session at one of them. A question ends with its call, with its
// conversation, and when the client disconnects. Calls of the modern era ask in
// their results instead, and any server can continue from those.
//
// # Bounds
//
// Requests in flight, memory for large bodies, and the response budget are
// divided among principals: each can have at most half. Requests beyond that wait
// or are refused with 503, while those of others proceed.
package web
