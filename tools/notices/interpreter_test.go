package notices

import (
	"testing"

	"dynamic-sessions-mcp/sessions"
)

func TestInterpreter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		run  *sessions.Execution
		want string
	}{
		{nil, ""},
		{&sessions.Execution{Status: sessions.Failed}, ""},
		{&sessions.Execution{Restart: sessions.RestartMemory, VariablesLost: true},
			"It began in a new interpreter, because the interpreter was killed for using too much memory: earlier variables and imports are gone. " +
				"The interpreter did not survive it: variables and imports are gone, files were kept."},
		{&sessions.Execution{Rollback: &sessions.Rollback{Runs: 1}},
			"It killed the interpreter, which was rolled back to before it: variables and imports are as they were then, files were kept."},
		{&sessions.Execution{Rollback: &sessions.Rollback{Runs: 3}},
			"It killed the interpreter, which was rolled back to before it and the 2 runs that preceded it: variables and imports are as they were then, files were kept."},
		{&sessions.Execution{Rollback: &sessions.Rollback{Pending: true}}, "It killed the interpreter, which is being rolled back to before it."},
		{&sessions.Execution{Rollback: &sessions.Rollback{Why: sessions.RestartDied}}, "Before it the interpreter was rolled back to what the run before had left."},
		{&sessions.Execution{Rollback: &sessions.Rollback{Runs: 2, Why: sessions.RestartDied}},
			"Before it the interpreter was rolled back to before the 2 runs that preceded it, because the interpreter had died: variables and imports are as they were then, files were kept."},
	} {
		if got := Interpreter(tt.run); got != tt.want {
			t.Errorf("%+v: %q", tt.run, got)
		}
	}
}
