package sessionpath

import (
	"testing"

	"dynamic-sessions-mcp/sessions"
)

func TestNamesAsModelsWriteThem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		dir         Dir
		given, want string
	}{
		{sessions.DataDir, "a.csv", "a.csv"},
		{sessions.DataDir, "sandbox:///mnt/data/a%20b/%C3%BC%23.csv", "a b/ü#.csv"},
		{sessions.DataDir, "sandbox:/mnt/data/x", "x"},
		{sessions.DataDir, "sandbox://mnt/data/x", "x"},
		{sessions.DataDir, "sandbox:/mnt/data/100%.txt", "100%.txt"},
		{sessions.DataDir, "file:///mnt/data/my%20report.txt", "my report.txt"},
		{sessions.DataDir, "file://localhost/mnt/data/x", "x"},
		{sessions.DataDir, "/mnt/data/file:/mnt/data/x", "file:/mnt/data/x"},
		{sessions.DataDir, "mnt/data/x2", "x2"},
		{sessions.DataDir, "/mnt/data/mnt/data/x", "mnt/data/x"},
		{sessions.DataDir, " lead.txt", " lead.txt"},
		{workingDir, "/mnt/data/x", "x"},
		{workingDir, "./mnt/data/x", "mnt/data/x"},
		{workingDir, "sandbox:///mnt/data/x", "x"},
		{"/srv/files", "/srv/files/x", "x"},
		{"/srv/files", "/mnt/data/x", "x"},
	} {
		got, err := test.dir.File(test.given)
		if err != nil || got != test.want {
			t.Errorf("in %s, %q is %q, %v; want %q", test.dir, test.given, got, err, test.want)
		}
		if again, err := test.dir.File(test.dir.Path(got)); err != nil || again != got {
			t.Errorf("in %s, the path %q of %q is %q, %v", test.dir, test.dir.Path(got), got, again, err)
		}
		if again, err := test.dir.File(test.dir.Relative(got)); err != nil || again != got {
			t.Errorf("in %s, %q listed as %q is %q, %v", test.dir, got, test.dir.Relative(got), again, err)
		}
	}
	for _, given := range []string{"sandbox:///etc/passwd", "sandbox:/mnt/data/%2e%2e/x", "sandbox://elsewhere/mnt/data/x", "/etc/passwd", "file:///etc/passwd", "file:///mnt/data/../x"} {
		for _, dir := range []Dir{sessions.DataDir, workingDir, "/srv/files"} {
			if got, err := dir.File(given); err == nil {
				t.Errorf("in %s, %q is %q", dir, given, got)
			}
		}
	}
}
