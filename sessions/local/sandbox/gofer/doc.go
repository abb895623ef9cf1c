// Package gofer opens files for a sandbox that has no mounts of its own, where gVisor's
// gofer cannot run, which needs a root that holds nothing but the sandbox's files.
//
// It speaks gVisor's protocol for files, lisafs, and serves each mount of a sandbox from
// the folder of the host where that lies. What mounts do elsewhere, it does itself:
//
//   - Nobody leaves a mount. A file is opened by its folder's descriptor and its name, one
//     name at a time, and links are never followed: the sandbox resolves them in its own
//     files.
//   - What is [Mount.Covered] is not what lies there but an empty folder or file.
//   - What [Mount.Links] names is the links of another folder, and nothing else of that.
//   - The user's folders are found in one mount, whether they exist or not, and what is
//     hidden in them is closed: it can be seen, and not be read.
//
// The user and the group of the process are root in the sandbox, and all others are
// nobody, as in a user namespace. So a sandbox sees the same whoever runs the server.
//
// [Config] says what to serve, and [Serve] serves it. The process should be confined
// before: the package is what a sandbox talks to that has got out of its program.
package gofer
