package local

import (
	"path/filepath"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/datadir"
	"dynamic-sessions-mcp/sessions/local/interpreter"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// An instance is a folder on the disk, with a session's files in it, and the
// interpreter that runs over it.
type instance struct {
	dir         string
	incarnation string
	named       bool // the folder outlives the server
	files       *datadir.Dir
	interpreter *interpreter.Interpreter
	folders     folders
}

// newInstance makes an instance in a new folder, without starting its interpreter.
func (p *Pool) newInstance(w *sandbox.Workspace) (*instance, error) {
	dir, err := p.opts.folders.MkdirTemp(w.Dir(), "box-")
	if err != nil {
		return nil, err
	}
	i, err := p.openInstance(interpreter.Place{Dir: dir, Hostname: interpreter.NewHostname(), Incarnation: string(sessions.NewID()), Key: newKey()})
	if err != nil {
		_ = p.opts.folders.RemoveTree(dir)
		return nil, err
	}
	return i, nil
}

// openInstance opens the instance at a place, whose folder may be new or one that an
// earlier server has left.
func (p *Pool) openInstance(at interpreter.Place) (*instance, error) {
	at.Data = filepath.Join(at.Dir, "data")
	i := &instance{
		dir: at.Dir, incarnation: at.Incarnation, named: at.Durable,
		interpreter: p.engine.At(at),
		folders:     p.opts.folders,
	}
	if err := datadir.MakeFolder(filepath.Join(at.Dir, "scratch")); err != nil {
		return nil, err
	}
	var err error
	i.files, err = datadir.Open(at.Data, datadir.Options{
		Bytes: p.opts.Disk, Files: p.opts.maxFiles, MaxUpload: p.opts.MaxUpload,
		Process: i.onDisk, Owner: &p.work, HostDisk: p.opts.hostDisk,
	})
	return i, err
}

// onDisk returns what runs over the folder, nil if nothing does that can tell what
// it does to the disk.
func (i *instance) onDisk() datadir.Process {
	live, ok := i.interpreter.Live()
	if !ok {
		return nil
	}
	return live.OnDisk()
}

// remove kills the interpreter, also one that is just starting, and removes the
// folder. The pool must not hand out the instance any more.
func (i *instance) remove() {
	i.close()
	_ = i.folders.RemoveTree(i.dir)
}

// close kills the interpreter and closes the folder without removing it.
func (i *instance) close() {
	i.interpreter.Kill()
	i.files.Close()
}
