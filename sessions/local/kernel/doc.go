// Package kernel talks to the Python process of a session.
//
// The process runs the program that package python embeds, whose frames.py
// documents the protocol. [Args] returns the arguments to start it with. The
// caller starts and owns the process: a [Conn] only reads from its descriptor 1
// and writes to its descriptor 0.
//
//	conn, err := kernel.Connect(ctx, stdout, stdin, kernel.Options{})
//	outcome, err := conn.Execute("6 * 7", nil)
//
// One goroutine executes while any other may interrupt. Code that hangs is
// stopped with [Conn.Interrupt] and, if that does not help, by killing the
// process: then the input ends, and Execute returns [ErrDied] with what it has
// received.
//
// Nothing that arrives is trusted, since code in the session can write to the
// kernel's descriptors. Sizes are checked against bounds, text is made valid
// UTF-8, and the first frame that breaks the protocol ends the connection with
// [ErrProtocol].
package kernel
