// Package landlock confines a process with Landlock, the one wall that the kernel
// lets every process build around itself, without any right: [Policy.Exec] gives up
// what the process may do with the machine's files, with TCP, with other processes and
// with abstract sockets, and then becomes another program, which cannot take it back.
//
// What the kernel knows of Landlock depends on its version, which [Version] returns.
// A policy is applied as far as the kernel can.
//
//	1  5.13  files
//	2  5.19  files are moved and linked between folders; before, they are not
//	3  6.2   files are truncated
//	4  6.7   TCP
//	5  6.10  commands to devices
//	6  6.12  signals and abstract sockets
//
// The package uses the standard library only, and little of it, since package early
// needs it before others are initialised.
package landlock
