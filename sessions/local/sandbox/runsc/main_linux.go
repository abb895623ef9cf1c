// Command runsc is gVisor's runtime alone.
//
// The server does not need it when it was built without cgo: then it is its
// own runtime. A binary that was built with cgo, such as a test with the race
// detector, cannot be: gVisor starts itself in an empty file system, where
// there is no C library to load. Such a binary builds this command and uses it
// in its own place; see [dynamic-sessions-mcp/sessions/local/sandbox.Engine].
package main

import "dynamic-sessions-mcp/sessions/local/sandbox"

func main() { sandbox.Reexec() }
