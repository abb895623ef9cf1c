// Package local is the embedded pool: sessions on this machine, each an
// interpreter in a sandbox of its own, with no account, no Docker and no daemon.
//
// [New] returns at once. The interpreter's packages are installed and a first
// sandbox is started in the background; calls that need them wait, and say for
// what through [sessions.Request.Events].
//
// # Boxes
//
// A box is a folder and the interpreter that runs over it. The pool keeps a few
// spare boxes whose interpreters have everything imported, so that the first
// call of a session does not wait. A session takes a spare box when it begins
// and keeps it until it ends; no box ever serves a second session. When the
// interpreter of a box dies or has to be killed, the next execution starts
// another one in the same folder: files stay, variables are gone, and the
// execution says so.
//
//	     New          taken by a session       cooldown, Stop, Close
//	──────────▶ spare ──────────────────▶ used ───────────────────▶ removed
//
// One session can outlive its pool, see [Options.Keep]: its box is in the cache
// folder, and neither made from a spare nor removed in the end.
//
// # Files
//
// Files are on the host's disk and outlive interpreters. The pool reaches them
// through [os.Root] and opens nothing but regular files, since code in the
// session can put links, pipes and devices where it likes.
//
// # Limits
//
// Processes and the size of a file are limited by the sandbox. Memory and disk
// are watched: code is stopped soon after it has passed a limit, not at the very
// byte, and what it added to the disk beyond its limit is taken back. Without
// isolation files that were deleted and are still open are not seen. Output, time and the number of sessions are
// limited by the pool.
package local
