package gofer

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/abi/linux"
	"gvisor.dev/gvisor/pkg/context"
	"gvisor.dev/gvisor/pkg/lisafs"
	"gvisor.dev/gvisor/pkg/unet"
)

// A guest is a sentry that asks for what it likes.
type guest struct {
	t      *testing.T
	client *lisafs.Client
	root   lisafs.ClientFD
}

// serve serves a mount and connects a guest to it.
func serve(t *testing.T, m Mount) guest {
	t.Helper()
	blank := t.TempDir()
	config := Config{Mounts: []Mount{m}, EmptyFolder: blank + "/empty", EmptyFile: blank + "/empty-file", ClosedFolder: blank + "/closed", ClosedFile: blank + "/file"}
	for _, dir := range []string{config.EmptyFolder, config.ClosedFolder} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, map[string]string{config.ClosedFile: "", config.EmptyFile: ""})
	servers, err := newServers(config)
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours, err := unet.SocketPair(false)
	if err != nil {
		t.Fatal(err)
	}
	connection, err := servers[0].CreateConnection(theirs, "/", !m.Writable)
	if err != nil {
		t.Fatal(err)
	}
	servers[0].StartConnection(connection)
	client, root, _, err := lisafs.NewClient(ours)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		servers[0].Wait()
	})
	return guest{t, client, client.NewFD(root.ControlFD)}
}

// walk goes down a path.
func (g guest) walk(path ...string) (lisafs.ClientFD, linux.Statx, error) {
	at := g.root
	var stat linux.Statx
	for _, name := range path {
		next, err := at.Walk(context.Background(), name)
		if err != nil {
			return at, stat, err
		}
		at, stat = g.client.NewFD(next.ControlFD), next.Stat
	}
	return at, stat, nil
}

// open opens a path, and returns what it has.
func (g guest) open(flags uint32, path ...string) (string, error) {
	fd, _, err := g.walk(path...)
	if err != nil {
		return "", err
	}
	_, host, err := fd.OpenAt(context.Background(), flags)
	if err != nil || host < 0 {
		return "", err
	}
	f := os.NewFile(uintptr(host), "donated")
	defer f.Close()
	text := make([]byte, 100)
	n, _ := f.ReadAt(text, 0)
	return string(text[:n]), nil
}

func write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestServesFolder makes, changes and removes what is in a writable mount.
func TestServesFolder(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	g := serve(t, Mount{Source: dir, Writable: true})
	folder, err := g.root.MkdirAt(ctx, "folder", 0o750, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if folder.Stat.UID != 0 || folder.Stat.GID != 0 {
		t.Errorf("a folder belongs to %d and %d", folder.Stat.UID, folder.Stat.GID)
	}
	at := g.client.NewFD(folder.ControlFD)
	file, opened, host, err := at.OpenCreateAt(ctx, "file", unix.O_WRONLY, 0o444, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(host)
	written := g.client.NewFD(opened)
	if n, err := written.Write(ctx, []byte("some text"), 0); n != 9 || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	made := g.client.NewFD(file.ControlFD)
	if mask, failed, err := made.SetStat(ctx, &linux.Statx{Mask: unix.STATX_SIZE, Size: 4}); mask != 0 || failed != nil || err != nil {
		t.Errorf("a file that may not be written is not cut by who has it open: %x %v %v", mask, failed, err)
	}
	if info, err := os.Stat(dir + "/folder/file"); err != nil || info.Size() != 4 || info.Mode().Perm() != 0o444 {
		t.Errorf("it is %v, %v", info, err)
	}
	if _, failed, err := made.SetStat(ctx, &linux.Statx{Mask: unix.STATX_UID, UID: 1}); failed == nil && err == nil {
		t.Error("a file was given to somebody")
	}
	if _, err := at.MknodAt(ctx, "device", linux.S_IFCHR|0o666, 0, 0, 3, 1); err == nil {
		t.Error("a device was made")
	}
	if _, err := at.MknodAt(ctx, "pipe", linux.S_IFIFO|0o666, 0, 0, 0, 0); err == nil {
		t.Error("a pipe was made")
	}
	if _, err := at.MkdirAt(ctx, "theirs", 0o755, 1, 1); err == nil {
		t.Error("a folder of somebody else was made")
	}
	if _, err := g.root.LinkAt(ctx, file.ControlFD, "link"); err != nil {
		t.Errorf("LinkAt: %v", err)
	}
	if err := at.RenameAt(ctx, "file", g.root.ID(), "moved"); err != nil {
		t.Errorf("RenameAt: %v", err)
	}
	if err := g.root.UnlinkAt(ctx, "folder", unix.AT_REMOVEDIR); err != nil {
		t.Errorf("UnlinkAt: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 || entries[0].Name() != "link" || entries[1].Name() != "moved" {
		t.Errorf("left are %v, %v", entries, err)
	}
}

// TestNobodyLeaves asks for what lies outside of a mount, and beside its rules.
func TestNobodyLeaves(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	write(t, map[string]string{dir + "/secret": "secret", dir + "/served/sub/file": "served", dir + "/served/mounted/x": "secret", dir + "/served/library": "secret"})
	for name, to := range map[string]string{"absolute": dir + "/secret", "relative": "../secret", "folder": dir} {
		if err := os.Symlink(to, dir+"/served/"+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(dir+"/served/pipe", 0o666); err != nil {
		t.Fatal(err)
	}
	g := serve(t, Mount{Source: dir + "/served", Covered: []string{dir + "/served/mounted", dir + "/served/library"}})
	if text, err := g.open(unix.O_RDONLY, "sub", "file"); text != "served" || err != nil {
		t.Errorf("a file: %q, %v", text, err)
	}
	if text, err := g.open(unix.O_RDONLY, "library"); text != "" || err != nil {
		t.Errorf("a covered file: %q, %v", text, err)
	}
	for _, path := range [][]string{
		{"..", "secret"}, {"sub", "..", "..", "secret"}, {"../secret"}, {"/" + dir + "/secret"}, {"."}, {"sub/file"}, {""},
		{"absolute"}, {"relative"}, {"folder", "secret"}, {"mounted", "x"}, {"pipe"},
	} {
		if text, err := g.open(unix.O_RDONLY, path...); err == nil && len(path[0]) > 1 {
			t.Errorf("%q: it has %q", path, text)
		}
	}
	for _, flags := range []uint32{unix.O_WRONLY, unix.O_RDWR, unix.O_RDONLY | unix.O_TRUNC} {
		if _, err := g.open(flags, "sub", "file"); err == nil {
			t.Errorf("it can be opened with %x", flags)
		}
	}
	sub, _, err := g.walk("sub")
	if err != nil {
		t.Fatal(err)
	}
	file, _, err := g.walk("sub", "file")
	if err != nil {
		t.Fatal(err)
	}
	for what, try := range map[string]func() error{
		"made":    func() error { _, _, _, err := sub.OpenCreateAt(ctx, "new", unix.O_WRONLY, 0o600, 0, 0); return err },
		"folder":  func() error { _, err := sub.MkdirAt(ctx, "new", 0o700, 0, 0); return err },
		"link":    func() error { _, err := sub.SymlinkAt(ctx, "new", "/", 0, 0); return err },
		"linked":  func() error { _, err := sub.LinkAt(ctx, file.ID(), "new"); return err },
		"removed": func() error { return sub.UnlinkAt(ctx, "file", 0) },
		"moved":   func() error { return sub.RenameAt(ctx, "file", g.root.ID(), "new") },
		"changed": func() error {
			_, failed, err := file.SetStat(ctx, &linux.Statx{Mask: unix.STATX_MODE, Mode: 0o777})
			if err == nil {
				err = failed
			}
			return err
		},
		"connected": func() error { _, err := file.Connect(ctx, linux.SOCK_STREAM, 0, 0); return err },
	} {
		if try() == nil {
			t.Errorf("%s, where nothing can be changed", what)
		}
	}
}

// TestLinks shows the links of a folder, and nothing else of it.
func TestLinks(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	write(t, map[string]string{dir + "/etc/alternatives/file": "secret", dir + "/etc/alternatives/folder/x": "secret"})
	if err := os.Symlink("/usr/bin/mawk", dir+"/etc/alternatives/awk"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir+"/root/etc/alternatives", 0o755); err != nil {
		t.Fatal(err)
	}
	g := serve(t, Mount{Source: dir + "/root", Links: map[string]string{dir + "/root/etc/alternatives": dir + "/etc/alternatives"}})
	link, _, err := g.walk("etc", "alternatives", "awk")
	if err != nil {
		t.Fatal(err)
	}
	if to, err := link.ReadLinkAt(ctx); to != "/usr/bin/mawk" || err != nil {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	for _, path := range [][]string{{"etc", "alternatives", "file"}, {"etc", "alternatives", "folder"}, {"etc", "alternatives", "folder", "x"}, {"etc", "alternatives", "..", "x"}} {
		if _, _, err := g.walk(path...); err == nil {
			t.Errorf("%q is seen", path)
		}
	}
}

// TestFoldersOfUser asks for what is hidden in the user's folders, by their names and
// through folders that it has open.
func TestFoldersOfUser(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	user := dir + "/user"
	write(t, map[string]string{
		dir + "/data/a": "a", dir + "/data/.env": "secret", dir + "/data/.git/config": "secret", dir + "/data/private/x": "secret",
		dir + "/data/sub/.ssh/id": "secret", dir + "/unshown/x": "secret",
	})
	for _, folder := range []string{user + "/data", user + "/gone"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	folders := Folders{
		Sources: map[string]string{"data": dir + "/data", "gone": dir + "/gone", "unshown": dir + "/unshown"},
		Private: []string{dir + "/data/private"},
	}
	g := serve(t, Mount{Source: user, Folders: &folders})
	if text, err := g.open(unix.O_RDONLY, "data", "a"); text != "a" || err != nil {
		t.Errorf("a file: %q, %v", text, err)
	}
	for _, path := range [][]string{
		{"data", ".env"}, {"data", ".git"}, {"data", ".git", "config"}, {"data", "private"}, {"data", "private", "x"},
		{"data", "sub", ".ssh", "id"}, {"unshown"}, {"unshown", "x"}, {"other"},
	} {
		if text, err := g.open(unix.O_RDONLY, path...); err == nil {
			t.Errorf("%q can be opened and has %q", path, text)
		}
	}
	if _, stat, err := g.walk("data", ".env"); err != nil || stat.Size != 0 {
		t.Errorf("a hidden file is seen as %+v, %v", stat, err)
	}
	if stats, err := g.root.WalkStat(ctx, []string{"data", ".git", "config"}); err == nil && len(stats) > 2 {
		t.Errorf("what is in a hidden folder is seen: %v", stats)
	}
	gone, _, err := g.walk("gone")
	if err != nil {
		t.Fatalf("a folder that is gone: %v", err)
	}
	id, _, err := gone.OpenAt(ctx, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		t.Fatal(err)
	}
	list := g.client.NewFD(id)
	entries, err := list.Getdents64(ctx, 1<<12)
	if len(entries) != 0 || err != nil {
		t.Errorf("a folder that is gone has %v, %v", entries, err)
	}

	// What becomes hidden is closed at once, also below a folder that is open.
	sub, _, err := g.walk("data", "sub")
	if err != nil {
		t.Fatal(err)
	}
	write(t, map[string]string{dir + "/data/sub/.later": "secret"})
	if inner, err := sub.Walk(ctx, ".later"); err == nil {
		later := g.client.NewFD(inner.ControlFD)
		if _, _, err := later.OpenAt(ctx, unix.O_RDONLY); err == nil {
			t.Error("a new hidden file can be opened")
		}
	}

	folders.Hidden = true
	open := serve(t, Mount{Source: user, Folders: &folders})
	if text, err := open.open(unix.O_RDONLY, "data", ".env"); text != "secret" || err != nil {
		t.Errorf("with hidden files allowed: %q, %v", text, err)
	}
	if _, err := open.open(unix.O_RDONLY, "data", "private", "x"); err == nil {
		t.Error("with hidden files allowed, private ones are too")
	}
}
