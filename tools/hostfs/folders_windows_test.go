package hostfs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// windowsFolder is an open folder with a file in it, one beside it, and one that is
// hidden by its attribute.
func windowsFolder(t *testing.T) (h *Folders, dir string) {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(base, "Über Daten")
	for _, name := range []string{`Über Daten\a longer name.csv`, `Über Daten\.secret longer\key.txt`, `Über Daten\hidden.txt`, `beside\b.csv`} {
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hidden, err := windows.UTF16PtrFromString(filepath.Join(dir, "hidden.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := windows.SetFileAttributes(hidden, windows.FILE_ATTRIBUTE_HIDDEN); err != nil {
		t.Fatal(err)
	}
	if h, err = Open([]string{dir}, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h, dir
}

// spellings are ways to write a path, all of which models use.
func spellings(path string) []string {
	drive, rest := path[:2], path[2:]
	slashed := filepath.ToSlash(rest)
	letter := strings.ToLower(drive[:1])
	return []string{
		path, strings.ToUpper(path), strings.ToLower(path), drive + slashed, strings.ToLower(drive) + rest,
		"/mnt/" + letter + slashed, "/" + letter + slashed, "/cygdrive/" + letter + slashed,
		`\\?\` + path, rest, slashed, "file:///" + drive + slashed, "file://" + drive + slashed,
	}
}

// TestSpellingsOnWindows asserts that a file is found, and another denied, however its
// path is written.
func TestSpellingsOnWindows(t *testing.T) {
	t.Parallel()
	h, dir := windowsFolder(t)
	for _, given := range spellings(filepath.Join(dir, "a longer name.csv")) {
		if err := tryToRead(h, given); err != nil {
			t.Errorf("%s: %v", given, err)
		}
	}
	for _, path := range []string{
		filepath.Join(filepath.Dir(dir), "beside", "b.csv"), dir + `\..\beside\b.csv`,
		filepath.Join(dir, ".secret longer", "key.txt"), filepath.Join(dir, "hidden.txt"),
	} {
		for _, given := range spellings(path) {
			err := tryToRead(h, given)
			if err == nil || !strings.Contains(err.Error(), "Access denied") && !strings.Contains(err.Error(), "in the folders that are open") {
				t.Errorf("%s: %v", given, err)
			}
		}
	}
}

// TestShortNames asserts that the short form of a hidden name, where the disk has
// such, is hidden too.
func TestShortNames(t *testing.T) {
	t.Parallel()
	h, dir := windowsFolder(t)
	long, err := windows.UTF16PtrFromString(filepath.Join(dir, ".secret longer", "key.txt"))
	if err != nil {
		t.Fatal(err)
	}
	short := make([]uint16, 1000)
	n, err := windows.GetShortPathName(long, &short[0], uint32(len(short)))
	if err != nil {
		t.Fatal(err)
	}
	given := windows.UTF16ToString(short[:n])
	if err := tryToRead(h, given); err == nil || !strings.Contains(err.Error(), "is hidden") {
		t.Errorf("%s: %v", given, err)
	}
}

// TestStrayPathsOnWindows asserts that what is no path of a file is told, at once.
func TestStrayPathsOnWindows(t *testing.T) {
	t.Parallel()
	h, dir := windowsFolder(t)
	for _, given := range []string{
		"CON", "NUL", "com1", filepath.Join(dir, "con"), filepath.Join(dir, "NUL.csv"), filepath.Join(dir, "a longer name.csv:x"),
		filepath.Join(dir, "hidden.txt::$DATA"), dir[:2] + "a.csv", `\\.\COM1`, `\\.\pipe\x`, `\\?\GLOBALROOT\Device\Null`,
		`\\127.0.0.1\share\a.csv`, `//127.0.0.1/share/a.csv`, `\\?\UNC\127.0.0.1\share\a.csv`, `\\127.0.0.1\C$` + dir[2:] + `\a longer name.csv`,
	} {
		if err := tryToRead(h, given); err == nil || !strings.Contains(err.Error(), "is no path of a file") && !strings.Contains(err.Error(), "Access denied") {
			t.Errorf("%s: %v", given, err)
		}
	}
}

func tryToRead(h *Folders, given string) error {
	path, err := Path(given)
	if err != nil {
		return err
	}
	f, _, err := h.read(path)
	if err == nil {
		f.Close()
	}
	return err
}

// TestSavingOnWindows asserts that names of devices and streams are told, with a name
// to use instead, before anything is written.
func TestSavingOnWindows(t *testing.T) {
	t.Parallel()
	h, dir := windowsFolder(t)
	before := names(t, dir)
	for name, want := range map[string]string{
		"CON": "such as ", "con.csv": "such as saved-con.csv", "NUL.csv": "such as saved-NUL.csv", "com1.csv": "such as saved-com1.csv",
		"a:b.csv": "such as a-b.csv", "a.csv.": "such as a.csv", "a.csv ": "such as a.csv", "what?.csv": "such as what-.csv", "a|b.csv": "such as a-b.csv",
	} {
		for _, to := range []string{dir + `\` + name, filepath.ToSlash(dir) + "/" + name, `.\` + name} {
			_, err := h.Save(to, "x.csv", strings.NewReader("x"), 1, false)
			if err == nil || !strings.Contains(err.Error(), "Nothing was saved as") || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", to, err, want)
			}
		}
	}
	for _, folder := range []string{"aux", "COM1.d", "a:b", "a. "} {
		if _, err := h.Save(dir+`\`+folder+`\`, "x.csv", strings.NewReader("x"), 1, false); err == nil {
			t.Errorf("it was saved in %s", folder)
		}
	}
	if after := names(t, dir); strings.Join(after, "|") != strings.Join(before, "|") {
		t.Errorf("there is %q, and was %q", after, before)
	}
	path, err := h.Save("/mnt/"+strings.ToLower(dir[:1])+filepath.ToSlash(dir[2:])+"/neu/", "Größe 1.csv", strings.NewReader("x"), 1, false)
	if want := filepath.Join(dir, "neu", "Größe 1.csv"); err != nil || path != want {
		t.Errorf("saved as %s, %v, want %s", path, err, want)
	}
	if _, err := h.Save(filepath.Join(dir, "NEU"), "größe 1.CSV", strings.NewReader("y"), 1, false); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("a name in other case: %v", err)
	}
}

// TestOutOnWindows asserts that a folder for results is none that Windows takes for
// something else.
func TestOutOnWindows(t *testing.T) {
	t.Parallel()
	_, dir := windowsFolder(t)
	for name, want := range map[string]string{"con": "for a device", "results:x": "for a stream", "what?": "takes none of the characters", "ends. ": "drops spaces and dots"} {
		if _, err := CheckOut(dir+`\`+name, "", ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if got, err := CheckOut(filepath.Join(dir, "results"), "", ""); err != nil || got != filepath.Join(dir, "results") {
		t.Errorf("got %s, %v", got, err)
	}
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestFileInUse asserts that a file that another program keeps to itself is told as
// such.
func TestFileInUse(t *testing.T) {
	t.Parallel()
	h, dir := windowsFolder(t)
	path := filepath.Join(dir, "a longer name.csv")
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	held, err := windows.CreateFile(name, windows.GENERIC_READ, 0, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(held)
	if err := tryToRead(h, path); err == nil || !strings.Contains(err.Error(), "another program has it open") {
		t.Errorf("reading: %v", err)
	}
	if _, err := h.Save(path, "x", strings.NewReader("y"), 1, true); err == nil || !strings.Contains(err.Error(), "another program has it open") {
		t.Errorf("replacing: %v", err)
	}
}
