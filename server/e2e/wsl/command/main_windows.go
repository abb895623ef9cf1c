package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	code, err := forward(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// forward starts the command of Linux. When its output ends so has it.
func forward(args []string) (code int, err error) {
	own, err := os.Executable()
	if err != nil {
		return -1, err
	}
	dir := filepath.Dir(own)
	exit := filepath.Join(dir, fmt.Sprintf("exit-%d", os.Getpid()))
	defer os.Remove(exit)
	relay, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return -1, err
	}
	defer relay.Close()
	env := append(os.Environ(), relayVariable+"="+relay.Addr().String(), exitVariable+"="+unixPath(exit))
	argv := []string{"wsl-linux"}
	for _, arg := range args {
		argv = append(argv, unixPath(arg))
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return -1, err
	}
	defer null.Close()
	if _, err := os.StartProcess(filepath.Join(dir, "wsl-linux"), argv, &os.ProcAttr{Env: env, Files: []*os.File{null, null, null}}); err != nil {
		return -1, err
	}
	if err := os.WriteFile(filepath.Join(dir, "wsl"), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return -1, err
	}
	if err := pass(relay); err != nil {
		return -1, err
	}
	text, err := os.ReadFile(exit)
	if err != nil {
		return -1, err
	}
	code, err = strconv.Atoi(string(text))
	if code == 255 {
		code = -1
	}
	return code, err
}

// pass passes on what the standard streams carry, until the output has ended.
func pass(relay net.Listener) error {
	var streams [3]net.Conn
	for range streams {
		conn, err := relay.Accept()
		if err != nil {
			return err
		}
		var fd [1]byte
		if _, err := io.ReadFull(conn, fd[:]); err != nil {
			return err
		}
		streams[fd[0]-'0'] = conn
	}
	go func() {
		_, _ = io.Copy(streams[0], os.Stdin)
		streams[0].Close()
	}()
	said := make(chan struct{})
	go func() {
		_, _ = io.Copy(os.Stderr, streams[2])
		close(said)
	}()
	_, err := io.Copy(os.Stdout, streams[1])
	select { // others may have it too, who go on
	case <-said:
	case <-time.After(time.Second):
	}
	return err
}

// unixPath returns what a path of the drive Z: is in Linux, and anything else as it is.
func unixPath(arg string) string {
	if rest, ok := strings.CutPrefix(arg, `Z:\`); ok {
		return "/" + strings.ReplaceAll(rest, `\`, "/")
	}
	return arg
}
