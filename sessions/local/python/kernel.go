package python

import _ "embed"

//go:embed kernel.py
var kernelSource []byte

// KernelSource returns the program that turns the interpreter into a session:
// the other end of package kernel's frames, which the program documents. The
// caller writes it to a file that the interpreter can read and must not change
// the bytes.
func KernelSource() []byte { return kernelSource }
