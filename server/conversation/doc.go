// Package conversation gives every conversation over HTTP a session of the pool
// that nobody else can reach.
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
// The HMAC is over the principal too, so a name is nothing to anyone else: for
// another principal it is as unknown as one that was made up. The pool's session
// is named by a second HMAC, which no client ever sees. There is no way to reach
// a conversation without its name, not even when there is only one.
//
// # Life
//
// A conversation ends by [Registry.End], or when nobody has called for
// Options.Idle; never while a call runs. Its session is stopped then, and its
// name is unknown from then on. The number of conversations of a principal is
// bounded.
//
// With Options.Shared, other servers have the same key: names of theirs are
// taken, and a conversation is idle only if the pool says so too.
package conversation
