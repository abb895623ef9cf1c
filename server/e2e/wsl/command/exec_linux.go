package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

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
