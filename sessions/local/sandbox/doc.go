// Package sandbox runs one program in one gVisor sandbox, with nothing of the
// host but what the caller names, as root and as an ordinary user, and without
// any other program installed: gVisor is linked into the binary, which
// re-executes itself in its place.
//
// # Use
//
// The first thing in main, and in TestMain of a package whose tests start
// sandboxes, is a call of [Reexec]. It returns at once in an ordinary process;
// in one that this package started it does that process's work and never
// returns.
//
//	func main() {
//		sandbox.Reexec()
//		…
//	}
//
// [NewWorkspace] makes a private folder, [NewRuntime] prepares a [Runtime] in it,
// [Runtime.Start] starts a program and gives its standard input and output as
// pipes, and [Sandbox.Kill] ends it with all that it started. [Sandbox.Checkpoint]
// writes a program's state, from which [Runtime.Restore] starts any number of
// programs.
//
// # What the program finds
//
// A file system that is read-only but for /tmp, which is memory, and the
// folder that [Spec] binds to /mnt/data: the host's /usr, the folders that Spec
// names, all without what is mounted below them, and a handful of files of /etc that the loader, the fonts and TLS
// need. A host name of its own, its own process list, a loopback interface and
// no other, no capabilities, no environment but Spec's, and no descriptor but
// its three streams.
//
// # Whose processes
//
// A runtime has one sandbox host: this binary again, in the namespaces that
// sandboxes need, which does the work of gVisor's command line for all of them.
// The server asks it over a socket, and hands it each program's streams.
//
//	server ── sandbox-host ─┬─ runsc-sandbox   the sentry, gVisor's kernel, with the
//	                        │                  processes in which the program runs
//	                        ├─ runsc-gofer     opens files for it
//	                        └─ …               two for each sandbox
//
// Each dies with its parent, so that all end when the server does, however it
// ends. If the host dies, its sandboxes end, their Diagnostics say so, and the
// next one to be started starts another host. The folders are removed by
// [Sandbox.Kill] and [Workspace.Close], and by a janitor process when the server
// is killed.
//
// The sandboxes of an ordinary user, and of a root that may not mount, run in a
// user namespace of their own, in which the user is root. They hold no privilege on the host beyond the user's.
//
// # What a start costs
//
// Most of the time that a start takes goes into the two processes, each of which
// executes itself twice as it drops its rights. [Runtime.Create] makes them
// ahead of need. A restored program runs while its memory is still being read.
//
// # Limits
//
// The number of processes and the size of a file are enforced by gVisor. Memory
// is watched: [Sandbox.Memory] tells what the host holds for the program, and the
// caller kills it in time. Control groups, where they can be had, are a backstop.
package sandbox

// dataDir is where the program finds the folder that it may write.
const dataDir = "/mnt/data"
