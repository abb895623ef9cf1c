// Package local is the embedded pool: sessions on this machine, each an
// interpreter in a sandbox of its own, with no account, no Docker and no daemon.
//
// [New] returns at once. The interpreter's packages are installed and a first
// sandbox is started in the background; calls that need them wait, and learn what
// for through [sessions.Request.Events].
//
// # Parts
//
// This package has the lives of sessions: their phases, how many may be awake, the
// spares, the timers, the named session. What a session has is in packages that
// cannot name the pool: its files in datadir, its interpreter in interpreter. The
// pool's lock guards what the pool knows of its sessions. Nobody holds it while the
// disk is used, a process is waited for, or an interpreter is asked anything.
//
// # Instances
//
// An instance is a folder and the interpreter that runs over it. The pool keeps a
// few spare instances whose interpreters have everything imported, so that the
// first call of a session does not wait. A session takes a spare when it begins
// and keeps it until it ends; no instance ever serves a second session. When the
// interpreter dies or has to be killed, the next execution starts another one over
// the same folder: files stay, variables are lost, and the execution says so. With
// [Options.Rollback] it has the variables that there were before the execution that
// killed it, if its state could be kept.
//
//	     New          taken by a session       cooldown, Stop, Close
//	──────────▶ spare ──────────────────▶ used ───────────────────▶ removed
//
// One session can outlive its pool, see [Options.Named]: its instance is in the
// cache folder, and is neither made from a spare nor removed in the end.
//
// # Limits
//
// The sandbox limits processes and the size of a file. Memory and disk are watched:
// code is stopped soon after it exceeds a limit, not at the very byte, and what it
// added to the disk beyond its limit is taken back. Without isolation, files that
// were deleted and are still open are not seen. The pool limits output, time and
// the number of sessions.
package local
