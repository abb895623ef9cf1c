// Package conversation gives every conversation over HTTP its own session of the
// pool, which no other client can reach.
//
//	registry, err := conversation.New(conversation.Options{Pool: pool, Key: key})
//	defer registry.Close()
//	c, err := registry.Begin(principal, conversation.Session, about)   // c.Name() goes to the client
//	c, err := registry.Find(principal, conversation.Session, name)     // and comes back with each request
//	ctx, leave, err := c.Enter(ctx, key)                           // a call begins
//	id := c.Session()                                              // the session it may use
//
// A conversation is named by the client in one of three ways ([Kind]): by the
// session ID of MCP up to 2025-11-25, by the stream of the SSE transport, or by
// a handle, which the model gets with the first answer and passes back, since
// MCP 2026-07-28 has no sessions.
//
// # Names
//
// A name is base64url of
//
//	kind (1 byte) | seconds since 1970 (4) | random (8, handles; 16, others) | about (others) | HMAC-SHA256 (16)
//
// The HMAC covers the principal too, so a name is worthless to anyone else: for
// another principal it is as unknown as an invented one. A second HMAC, which no
// client ever sees, names the pool's session. A conversation can be reached only
// by its name, even if there is just one.
//
// # Life
//
// A conversation ends with [Registry.End], or after Options.Idle without a call;
// one with calls in flight is not idle. When it ends, its session is stopped and
// its name becomes unknown. The number of conversations of a principal is bounded.
//
// With Options.Shared, other servers have the same key: this one accepts their
// names, and a conversation is idle only if the pool agrees.
package conversation
