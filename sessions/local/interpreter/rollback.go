package interpreter

import (
	"os"
	"path/filepath"

	"dynamic-sessions-mcp/sessions"
)

// A RolledBack says to what an interpreter went back.
type RolledBack struct {
	// Runs is how many runs it knows nothing of.
	Runs int
	// Variables are those that it has, nil if that is not known.
	Variables *sessions.Variables
}

// rollBack restores the interpreter from the kept state, if there is one. One that cannot
// be restored is given up.
func (in *Interpreter) rollBack(k *kit) (*Live, bool) {
	in.kept.mu.Lock()
	writing := in.kept.writing
	in.kept.mu.Unlock()
	if writing != nil {
		<-writing
	}
	in.kept.mu.Lock()
	path, after, variables := in.kept.path, in.kept.after, in.kept.variables
	in.kept.mu.Unlock()
	if path == "" {
		return nil, false
	}
	live, err := in.restoreState(k, path, true)
	if err != nil {
		if in.engine.ctx.Err() == nil {
			in.engine.opts.Logger.Warn().Err(err).Msg("a session could not be rolled back; its variables are lost, its files are kept")
		}
		in.DropKept()
		return nil, false
	}
	in.kept.mu.Lock()
	defer in.kept.mu.Unlock()
	live.rolledBack = &RolledBack{Runs: in.kept.runs - after, Variables: variables}
	in.kept.runs, in.kept.has = after, variables
	return live, true
}

// removeKept removes what an earlier server has left of a kept state.
func (p Place) removeKept() {
	left, _ := filepath.Glob(p.kept("*"))
	for _, path := range left {
		_ = os.Remove(path)
	}
}

// TakeRolledBack returns to what the interpreter was rolled back, once; nil if it was not.
func (l *Live) TakeRolledBack() *RolledBack {
	rolledBack := l.rolledBack
	l.rolledBack = nil
	return rolledBack
}
