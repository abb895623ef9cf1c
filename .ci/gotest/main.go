// Command gotest runs "go test" and fails where that passes without having shown
// anything: when no test or benchmark ran, when one was skipped for a reason that
// is not on the list, and when one hangs, which it ends after its own time and not
// after the package's. What go test prints of passing packages, failures and
// benchmarks is printed.
//
//	gotest [-each 5m] [-quiet] [-bound NAME::unit=most]... -- arguments of go test
//	gotest [-each 5m] [-quiet] -binary PROGRAM -- arguments
//
// The second form is for test binaries, perhaps as another user; -test.v=test2json
// must be among the arguments.
//
// A bound is for the metric of a benchmark: it fails if any result of the
// benchmarks whose name begins with NAME is larger, or smaller than one that is
// written NAME::unit>least.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	var c check
	flag.DurationVar(&c.each, "each", 5*time.Minute, "how long one test may run")
	flag.BoolVar(&c.quiet, "quiet", false, "print nothing of tests that pass")
	binary := flag.String("binary", "", "a program to run instead of go test, which runs a test binary")
	skips := flag.String("skips", ".ci/skips", "the file with the skips that are expected")
	flag.Func("bound", "NAME::unit=most, of a benchmark", c.addBound)
	flag.Parse()
	if err := c.readSkips(*skips); err != nil {
		fail(err)
	}
	if err := c.run(command(*binary, flag.Args())); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gotest:", err)
	os.Exit(1)
}

// command is what writes the events of tests. A binary is run by itself, since
// who runs it need not have Go; its output is turned into events by us.
func command(binary string, args []string) (cmd *exec.Cmd, events bool) {
	if binary != "" {
		return exec.Command(binary, args...), false
	}
	return exec.Command("go", append([]string{"test", "-json"}, args...)...), true
}

// run runs the command to its end, and returns why what it did is not enough.
func (c *check) run(cmd *exec.Cmd, events bool) error {
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that what it started can be ended with it
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	end := func(s syscall.Signal) { _ = syscall.Kill(-cmd.Process.Pid, s) }
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		end(syscall.SIGKILL)
	}()
	hung := c.read(out, events, end)
	err = cmd.Wait()
	if hung != nil {
		return hung
	}
	return c.verdict(err)
}

// verdict is what is wrong with a run that has ended with err.
func (c *check) verdict(err error) error {
	var wrong []string
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	if c.passed+c.measured == 0 {
		wrong = append(wrong, "no test and no benchmark ran: does the pattern still match a name?")
	}
	for _, b := range c.bounds {
		switch {
		case !b.seen:
			wrong = append(wrong, fmt.Sprintf("no benchmark %s has the metric %s", b.name, b.unit))
		case b.over != "":
			wrong = append(wrong, fmt.Sprintf("%s is beyond the bound of %g %s", b.over, b.limit, b.unit))
		}
	}
	wrong = append(wrong, c.unexpected...)
	fmt.Printf("gotest: %d passed, %d failed, %d skipped, %d results of benchmarks\n", c.passed, c.failed, c.skipped, c.measured)
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(slices.Compact(wrong), "\n        "))
}
