package hostpath

import (
	"os"
	"path/filepath"
	"testing"
)

// TestToWindows asserts which path of Windows is meant, on any system.
func TestToWindows(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`C:\Users\ada\a.csv`:         `C:\Users\ada\a.csv`,
		`c:/Users/ada/a.csv`:         `C:\Users\ada\a.csv`,
		`/mnt/c/Users/ada/a b.csv`:   `C:\Users\ada\a b.csv`,
		`\mnt\c\Users\ada`:           `C:\Users\ada`,
		`/mnt/d`:                     `D:\`,
		`/c/Users/Jürgen/*.csv`:      `C:\Users\Jürgen\*.csv`,
		`/c`:                         `C:\`,
		`/c/`:                        `C:\`,
		`/cygdrive/e/x`:              `E:\x`,
		`/C:/Users/ada`:              `C:\Users\ada`,
		`\\?\C:\Users\ada`:           `C:\Users\ada`,
		`//?/C:/Users/ada`:           `C:\Users\ada`,
		`\??\C:\Users\ada`:           `C:\Users\ada`,
		`\\?\UNC\server\share\x`:     `\\server\share\x`,
		`\\?\unc\server\share\x`:     `\\server\share\x`,
		`\\server\share\x`:           `\\server\share\x`,
		`\\?\GLOBALROOT\Device\Null`: `\\?\GLOBALROOT\Device\Null`,
		`\\.\pipe\x`:                 `\\.\pipe\x`,
		`/mnt/data/a.csv`:            `/mnt/data/a.csv`,
		`/mnt/user/data/a.csv`:       `/mnt/user/data/a.csv`,
		`/home/ada/a.csv`:            `/home/ada/a.csv`,
		`/mnt`:                       `/mnt`,
		`/`:                          `/`,
		`C:x`:                        `C:x`,
		`/1/x`:                       `/1/x`,
		`data/c/x`:                   `data/c/x`,
		``:                           ``,
		`//c/x`:                      `//c/x`,
	} {
		if got := toWindows(given); got != want {
			t.Errorf("%s is taken for %s, and means %s", given, got, want)
		}
	}
}

// TestNative asserts that paths which this system has stay as they are.
func TestNative(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "a.csv"), "a.csv", "", "sub/a.csv"} {
		if got := Native(path); got != filepath.Clean(path) && got != path {
			t.Errorf("%s became %s", path, got)
		}
	}
	if !filepath.IsAbs(Example("data")) {
		t.Errorf("%s is not absolute", Example("data"))
	}
}

// TestDrivesInWSL asserts that drives are found where they are, and nowhere else.
func TestDrivesInWSL(t *testing.T) {
	t.Parallel()
	mounts := filepath.ToSlash(t.TempDir())
	if err := os.Mkdir(mounts+"/c", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mounts+"/f", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{
		`C:\Users\ada\a b.csv`: mounts + "/c/Users/ada/a b.csv",
		`c:/Users/ada`:         mounts + "/c/Users/ada",
		`/C:/Users/ada`:        mounts + "/c/Users/ada",
		`\\?\C:\Users\ada`:     mounts + "/c/Users/ada",
		`C:\`:                  mounts + "/c/",
		`F:\x`:                 `F:\x`,
		`Q:\x`:                 `Q:\x`,
		`C:x`:                  `C:x`,
		`\\server\share\x`:     `\\server\share\x`,
		"/home/ada/C:\\a":      "/home/ada/C:\\a",
		"/srv/c/Users/a.csv":   "/srv/c/Users/a.csv",
	} {
		if got := toMount(given, mounts); got != want {
			t.Errorf("%s is taken for %s, and means %s", given, got, want)
		}
	}
}

// FuzzToWindows asserts that a path of Windows stays what it is.
func FuzzToWindows(f *testing.F) {
	for _, path := range []string{`/mnt/c/x`, `\\?\C:\x`, `/c`, `\\?\UNC\a\b`, `//?/mnt/c`, "/C:/"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		once := toWindows(path)
		if _, _, ok := cutDrive(once); ok && toWindows(once) != once {
			t.Errorf("%q became %q and then %q", path, once, toWindows(once))
		}
	})
}
