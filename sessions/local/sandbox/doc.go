// Package sandbox runs a program in a gVisor sandbox, in which it sees nothing of
// the host except the folders that the caller names. It works for root and for
// ordinary users, and needs no other program: gVisor is linked into this binary,
// which re-executes itself to become gVisor's processes.
//
// # Use
//
// Call [Reexec] first in main, and first in TestMain of a package whose tests start
// sandboxes. In an ordinary process it returns at once. In a process that this
// package has started, it does the work of that process and never returns.
//
//	func main() {
//		sandbox.Reexec()
//		…
//	}
//
// [NewWorkspace] creates a private folder, and [NewRuntime] prepares a [Runtime] in
// it. [Runtime.Start] starts a program, whose standard input and output are pipes.
// [Sandbox.Kill] ends the program and every process that it started.
// [Sandbox.Checkpoint] writes the state of a program to disk, and
// [Runtime.Restore] starts any number of programs from that state.
//
// # What the program finds
//
// The file system is read-only, except for /tmp, which is in memory, and /mnt/data,
// which is the folder Data of [Spec]. It shows the host's /usr, the folders that
// Spec names, all without what is mounted below them, and the few files of /etc
// that the loader, fonts and TLS need. The program has its own host name and its
// own process list, a loopback interface and no other, no capabilities, no
// environment except Spec's, and no open files except its three streams.
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
// Each process dies with its parent, so all of them end with the server, however
// the server ends. If the host dies, its sandboxes end, their Diagnostics say so,
// and the next start of a sandbox starts another host. [Sandbox.Kill] and
// [Workspace.Close] remove the folders; if the server is killed, a janitor process
// does.
//
// Sandboxes of an ordinary user, or of root without the right to mount, run in
// their own user namespace, in which the user is root. On the host they have no
// privilege beyond the user's.
//
// # Levels
//
// [FindLevel] says what can be had here. Where there are no namespaces the processes of a
// sandbox confine themselves with Landlock, and a gofer of ours shows the program the same
// files; see packages landlock and gofer.
//
// # What a start costs
//
// A start spends most of its time on the two processes, each of which executes
// itself twice while it drops its privileges. [Runtime.Create] starts them in
// advance. A restored program already runs while its memory is still being read.
//
// # Limits
//
// gVisor enforces the limits of processes and of file sizes. Memory is monitored:
// [Sandbox.Memory] returns what the host holds for the program, and the caller kills
// the program in time. Control groups, where they are available, are a backstop.
package sandbox

// dataDir is where the program finds the folder that it may write.
const dataDir = "/mnt/data"
