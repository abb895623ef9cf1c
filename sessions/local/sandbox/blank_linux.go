package sandbox

import "fmt"

// A Blank is a sandbox in which no program runs yet: its processes are starting or
// have started. A blank that is created in advance saves about half of the time
// until a restored program answers. It costs the memory of two idle processes,
// about 30 MB.
//
// Call exactly one of Start, Restore and Kill, once.
type Blank struct {
	sandbox *Sandbox
}

// Create creates a blank for spec.
func (r *Runtime) Create(spec Spec) (*Blank, error) {
	s, err := r.newSandbox(spec)
	if err != nil {
		return nil, fmt.Errorf("starting a sandbox: %w", err)
	}
	return &Blank{sandbox: s}, nil
}

// Start starts the program, as [Runtime.Start] does.
func (b *Blank) Start() (*Sandbox, error) { return b.use(opStart, "") }

// Restore starts a program from a state, as [Runtime.Restore] does.
func (b *Blank) Restore(dir string) (*Sandbox, error) { return b.use(opRestore, dir) }

// Kill ends the blank and waits until its processes are gone.
func (b *Blank) Kill() { b.sandbox.Kill() }

func (b *Blank) use(op, image string) (*Sandbox, error) {
	if err := b.sandbox.request(op, image); err != nil {
		b.sandbox.Kill()
		return nil, fmt.Errorf("starting a sandbox: %w", err)
	}
	return b.sandbox, nil
}
