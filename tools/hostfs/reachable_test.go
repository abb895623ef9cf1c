package hostfs

import (
	"strings"
	"testing"
)

// TestStrayPaths asserts, on any system, which paths of Windows are refused.
func TestStrayPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		`C:\data\a.csv`:                  "",
		`C:/data/*.csv`:                  "",
		`data\a.csv`:                     "",
		`\Users\ada\a.csv`:               "",
		`\\server\share\a.csv`:           "",
		`..\a.csv`:                       "",
		`C:`:                             "current folder of the drive C:",
		`C:a.csv`:                        "current folder of the drive C:",
		`c:..\a.csv`:                     "current folder of the drive C:",
		`C:\data\a.csv:stream`:           "for a stream",
		`C:\data\a.csv::$DATA`:           "for a stream",
		`data:$I30:$INDEX_ALLOCATION\a`:  "for a stream",
		`C:\data\D:\a.csv`:               "for a stream",
		`NUL`:                            "takes NUL",
		`C:\data\con.csv`:                "takes CON",
		`C:\data\COM1 .csv`:              "takes COM1",
		`C:\lpt²\a.csv`:                  "takes LPT²",
		`C:\data\conin$`:                 "takes CONIN$",
		`\\.\COM1`:                       "a device of Windows",
		`\\.\pipe\x`:                     "a device of Windows",
		`//?/GLOBALROOT/Device/Harddisk`: "a device of Windows",
		`\??\C:\data`:                    "a device of Windows",
	} {
		got := strayPath(path)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{
		`\\server\share\a`: `\\server\share`, `//server/share/a`: `\\server\share`, `\\server`: `\\server`,
		`C:\a`: "", `\a`: "", `a`: "", ``: "", `\\?\C:\a`: `\\?\C:`,
	} {
		if got := shareOf(path); got != want {
			t.Errorf("%s is on the share %q, want %q", path, got, want)
		}
	}
}
