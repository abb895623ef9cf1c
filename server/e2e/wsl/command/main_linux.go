package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf16"
)

// failed is the exit code of wsl.exe itself, of which eight bits are told here.
const failed = 255

// A fake is wsl.exe with what it keeps. These files in its folder are from tests:
//
//	hangs   it never answers
//	fails   --status prints this and fails
//	warns   --status prints this and ends well
//	full    there is no space to import or unpack
//	slow    an import takes 3 s
//	old     WSL_UTF8 is not known to it
//
// and these for them:
//
//	calls   its arguments
//	pool    the process that runs, while it does
type fake struct{ dir string }

func main() {
	own, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(failed)
	}
	f := fake{filepath.Dir(own)}
	if relay := os.Getenv(relayVariable); relay != "" {
		if err := connect(relay); err != nil {
			f.put("relay", err.Error())
			os.Exit(failed)
		}
	}
	code := f.run(os.Args[1:])
	if file := os.Getenv(exitVariable); file != "" {
		_ = os.WriteFile(file, []byte(fmt.Sprint(code)), 0o600)
	}
	os.Exit(code)
}

func (f fake) has(name string) bool {
	_, err := os.Stat(filepath.Join(f.dir, name))
	return err == nil
}

func (f fake) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(f.dir, name))
	return string(text)
}

func (f fake) put(name, text string) {
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		panic(err)
	}
}

// say prints as wsl.exe does.
func (f fake) say(text string) {
	text = strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"
	if os.Getenv("WSL_UTF8") == "1" && !f.has("old") {
		fmt.Print(text)
		return
	}
	var wide []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	_, _ = os.Stdout.Write(wide)
}

func (f fake) fail(text, code string) int {
	f.say(text + "\nError code: " + code)
	return failed
}

func (f fake) run(args []string) int {
	log, err := os.OpenFile(filepath.Join(f.dir, "calls"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(log, strings.Join(args, " "))
	log.Close()
	if f.has("hangs") {
		time.Sleep(time.Hour)
	}
	switch {
	case len(args) == 1 && args[0] == "--status":
		return f.status()
	case len(args) == 6 && args[0] == "--import" && args[4] == "--version" && args[5] == "2":
		return f.importFrom(args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "--unregister":
		return f.unregister(args[1])
	case strings.Join(args, " ") == "--list --running --quiet":
		f.say(strings.Split(f.read("registered")+"\n", "\n")[0])
		return 0
	case len(args) > 7 && args[0] == "--distribution" && args[2] == "--user" && args[4] == "--cd" && args[5] == "/" && args[6] == "--exec":
		return f.exec(args[1], args[3], args[7:])
	}
	f.say("Copyright (c) Microsoft Corporation.\nUsage: wsl.exe [Argument] [Options...] [CommandLine]")
	return failed
}

func (f fake) status() int {
	if f.has("fails") {
		f.say(f.read("fails"))
		return failed
	}
	f.say("Default Version: 2\n" + f.read("warns"))
	return 0
}

// distribution returns the name and the folder of what is registered.
func (f fake) distribution() (name, disk string) {
	name, disk, _ = strings.Cut(f.read("registered"), "\n")
	return name, disk
}

func (f fake) importFrom(name, disk, archive string) int {
	if registered, _ := f.distribution(); registered == name {
		return f.fail("A distribution with the supplied name already exists.", "Wsl/Service/RegisterDistro/ERROR_ALREADY_EXISTS")
	}
	file, err := os.Open(archive)
	if err != nil {
		return f.fail("The system cannot find the file specified.", "Wsl/ERROR_FILE_NOT_FOUND")
	}
	defer file.Close()
	if err := os.Mkdir(disk, 0o700); err != nil {
		return f.fail(err.Error(), "Wsl/Service/RegisterDistro/ERROR_FILE_EXISTS")
	}
	if err := os.WriteFile(filepath.Join(disk, "ext4.vhdx"), nil, 0o600); err != nil {
		panic(err)
	}
	if f.has("slow") {
		time.Sleep(3 * time.Second)
	}
	if f.has("full") {
		fmt.Fprintln(os.Stderr, "usr/bin/x: Can't create 'usr/bin/x': No space left on device")
		return f.fail("Importing the distribution failed.", "Wsl/Service/RegisterDistro/WSL_E_IMPORT_FAILED")
	}
	if err := unpack(file, filepath.Join(disk, "root")); err != nil {
		return f.fail(err.Error(), "Wsl/Service/RegisterDistro/WSL_E_IMPORT_FAILED")
	}
	f.put("registered", name+"\n"+disk)
	f.say("The operation completed successfully.")
	return 0
}

func (f fake) unregister(name string) int {
	registered, disk := f.distribution()
	if registered != name {
		return f.missing()
	}
	if err := os.RemoveAll(disk); err != nil {
		panic(err)
	}
	if err := os.Remove(filepath.Join(f.dir, "registered")); err != nil {
		panic(err)
	}
	return 0
}

func (f fake) missing() int {
	return f.fail("Es gibt keine Distribution mit dem angegebenen Namen, für häufige Fälle.", "Wsl/Service/WSL_E_DISTRO_NOT_FOUND")
}

func (f fake) exec(name, user string, args []string) int {
	registered, disk := f.distribution()
	root := filepath.Join(disk, "root")
	if registered != name {
		return f.missing()
	}
	if _, err := os.Stat(filepath.Join(disk, "ext4.vhdx")); err != nil {
		return f.fail("Failed to attach disk '"+disk+"' to WSL2: The system cannot find the file specified.", "Wsl/Service/CreateInstance/MountVhd/HCS/ERROR_FILE_NOT_FOUND")
	}
	passwd, err := os.ReadFile(filepath.Join(root, "etc", "passwd"))
	if err != nil || !strings.Contains("\n"+string(passwd), "\n"+user+":") {
		return f.fail("User not found.", "Wsl/Service/WSL_E_USER_NOT_FOUND")
	}
	// Warnings go to standard error.
	fmt.Fprintln(os.Stderr, "wsl: A localhost proxy configuration was detected but not mirrored into WSL.")
	switch args[0] {
	case "/bin/cat", "/bin/sh":
		args[1] = filepath.Join(root, args[1])
		return run(exec.Command(args[0], args[1:]...))
	case "/bin/tar":
		if f.has("full") {
			fmt.Fprintln(os.Stderr, "tar: usr/bin/x: Cannot write: No space left on device")
			return 2
		}
		if err := unpack(os.Stdin, root); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		return 0
	case "/usr/bin/env":
		return f.pool(root, args[1], args[2:])
	}
	fmt.Fprintf(os.Stderr, "execvpe(%s) failed: No such file or directory\n", args[0])
	return 1
}

func run(cmd *exec.Cmd) int {
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		panic(err)
	}
	return cmd.ProcessState.ExitCode()
}

// pool starts the program, with the cache folder of this system, and relays what it reads
// and writes. So its input ends when this process does.
func (f fake) pool(root, variable string, args []string) int {
	cmd := exec.Command(filepath.Join(root, args[0]))
	for _, arg := range args[1:] {
		if !strings.HasPrefix(arg, "--cache-dir=") {
			cmd.Args = append(cmd.Args, arg)
		}
	}
	cmd.Env = append(os.Environ(), variable)
	if cache := os.Getenv("POOL_CACHE_HOME"); cache != "" {
		cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+cache)
	}
	cmd.Stdout, cmd.Stderr = struct{ io.Writer }{os.Stdout}, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		panic(err)
	}
	if err := cmd.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "execvpe(%s) failed: %v\n", args[0], err)
		return 1
	}
	f.put("pool", fmt.Sprint(cmd.Process.Pid))
	go func() {
		_, _ = io.Copy(in, os.Stdin)
		in.Close()
	}()
	_ = cmd.Wait()
	_ = os.Remove(filepath.Join(f.dir, "pool"))
	return cmd.ProcessState.ExitCode()
}
