// Package kernel talks to the Python process of a session.
//
// The process runs the program that package python embeds; its frames.py draws
// the conversation and the frames. [Args] gives the arguments to start it with.
// Whoever starts it owns it: a [Conn] only reads what the process writes to its
// descriptor 1 and writes what it reads from 0.
//
//	conn, err := kernel.Connect(ctx, stdout, stdin, kernel.Options{})
//	outcome, err := conn.Execute("6 * 7", nil)
//
// One goroutine executes, any other may interrupt. A program that hangs is
// stopped by [Conn.Interrupt] and, where that does not help, by killing the
// process; then r yields its end, and Execute returns [ErrDied] with what had
// come so far.
//
// Nothing that arrives is trusted. Code in the session can write to the
// kernel's descriptors, so every size is bounded before it is believed, text is
// made valid UTF-8, and the first frame that is not as it should be ends the
// connection with [ErrProtocol].
package kernel
