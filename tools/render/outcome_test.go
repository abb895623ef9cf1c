package render

import (
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		run  sessions.Execution
		want []string
	}{
		{sessions.Execution{Status: sessions.OutOfMemory, VariablesLost: true}, []string{"Out of memory", "Variables and imports are gone, files were kept"}},
		{sessions.Execution{Status: sessions.DiskFull}, []string{"Disk full", "Variables were kept", "Delete files"}},
		{sessions.Execution{Status: sessions.DiskFull, Disk: &sessions.Disk{Used: 50_000_000, Limit: 50_000_000, Removed: 3}},
			[]string{"3 files and folders were written beyond the disk limit and then removed, or cut back", "at its disk limit", "of 50000000 bytes (50.0 MB)", "only code that deletes files can finish"}},
		{sessions.Execution{Disk: &sessions.Disk{Limit: 1, Files: 300, MaxFiles: 200}}, []string{"has 300 of 200 files and folders: only code that deletes some can finish"}},
		{sessions.Execution{Disk: &sessions.Disk{Limit: 1, MaxFiles: 1, HostFull: true}}, []string{"The disk of the machine that runs the sessions is nearly full"}},
		{sessions.Execution{Status: sessions.Died, VariablesLost: true}, []string{"exited while the code ran", "gone"}},
		{sessions.Execution{Status: "melted"}, []string{`status "melted"`}},
		{sessions.Execution{Restart: sessions.RestartMemory}, []string{"new interpreter because the interpreter was killed for using too much memory", "files were kept"}},
		{sessions.Execution{Truncated: []sessions.Truncation{{Stream: "stdout", Total: 5_000_000, File: "out.txt"}}, Stdout: "x"},
			[]string{"stdout was cut: the program wrote 5000000 bytes (5.0 MB); all of it is in /mnt/data/out.txt."}},
		{sessions.Execution{Truncated: []sessions.Truncation{{Stream: "stderr", Total: 5}}}, []string{"stderr was cut", "not kept"}},
		{sessions.Execution{DisplaysDropped: 1}, []string{"1 figure or display was left out"}},
		{sessions.Execution{DisplaysDropped: 7}, []string{"7 figures or displays were left out"}},
	} {
		result := rendered(t, test.run)
		fails := test.run.Status != "" && test.run.Status != sessions.Succeeded
		if result.IsError != fails {
			t.Errorf("%q: isError is %v", test.run.Status, result.IsError)
		}
		notice := toolstest.Texts(result)[0]
		for _, part := range append(test.want, "Notice from the server:\n- ") {
			if !strings.Contains(notice, part) {
				t.Errorf("the notice does not say %q: %q", part, notice)
			}
		}
	}
}
