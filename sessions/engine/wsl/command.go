package wsl

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"
)

// ask runs a command of wsl.exe and returns what it has said. The error is that of the
// process.
func ask(ctx context.Context, args ...string) (string, error) {
	return finish(command(ctx, args...))
}

func finish(cmd *exec.Cmd) (string, error) {
	out, err := cmd.CombinedOutput()
	return decode(out), err
}

func command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, executable, args...)
	cmd.Env = environment()
	cmd.WaitDelay = time.Second
	return cmd
}

// environment makes wsl.exe write UTF-8, since 0.64.
func environment() []string { return append(os.Environ(), "WSL_UTF8=1") }

// handOver has wsl.exe hand variables over to what it starts, besides those that it hands
// over anyway.
func (d *Distribution) handOver() []string {
	if len(d.opts.Variables) == 0 {
		return nil
	}
	names := d.opts.Variables
	if already := os.Getenv(handedOver); already != "" {
		names = append([]string{already}, names...)
	}
	return []string{handedOver + "=" + strings.Join(names, ":")}
}

// handedOver lists the variables of Windows that programs of Linux get.
const handedOver = "WSLENV"

// failedItself reports whether wsl.exe has failed, and not what it has started: it ends
// with -1 then, "so invokers of wsl.exe can distinguish" the two (WslMain).
func failedItself(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return true
	}
	code := uint32(exit.ExitCode())
	return code == 1<<32-1 || code == 1<<8-1 // the latter where only eight bits are told
}
