package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// An event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// check counts what tests do.
type check struct {
	each  time.Duration
	quiet bool
	skips []*regexp.Regexp

	bounds                            []*bound
	passed, failed, skipped, measured int
	unexpected                        []string             // skips
	running                           map[string]time.Time // since when; zero while paused
	said                              map[string][]string  // lines of tests that have not ended
	begun                             map[string]string    // lines whose end has not come: names of benchmarks do before their results
}

// read takes the events of tests until they end. A test that runs for too long is
// asked where it hangs (SIGQUIT makes Go print every goroutine), then killed.
func (c *check) read(out io.Reader, events bool, end func(syscall.Signal)) (hung error) {
	c.running, c.said, c.begun = map[string]time.Time{}, map[string][]string{}, map[string]string{}
	lines, failed := make(chan event, 100), make(chan error, 1)
	go func() { failed <- decode(out, events, lines) }()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		select {
		case e, ok := <-lines:
			if !ok {
				if err := <-failed; err != nil && hung == nil {
					return err
				}
				if hung != nil {
					c.tellUnended("")
				}
				return hung
			}
			c.take(e)
		case <-look.C:
			if name := c.late(); name != "" && hung == nil {
				hung = fmt.Errorf("%s has run for more than %v and is ended", name, c.each)
				end(syscall.SIGQUIT)
				time.AfterFunc(10*time.Second, func() { end(syscall.SIGKILL) })
			}
		}
	}
}

// tellUnended prints, once, what the tests said that did not end, of those whose names begin
// with prefix.
func (c *check) tellUnended(prefix string) {
	for _, name := range slices.Sorted(maps.Keys(c.said)) {
		if strings.HasPrefix(name, prefix) {
			fmt.Printf("%s did not end:\n%s", name, strings.Join(c.said[name], ""))
			delete(c.said, name)
		}
	}
}

// decode turns output into events: that of go test -json is, that of a test binary
// becomes some by Go's own tool.
func decode(out io.Reader, events bool, to chan<- event) error {
	defer close(to)
	if !events {
		tool := exec.Command("go", "tool", "test2json")
		tool.Stdin, tool.Stderr = out, os.Stderr
		pipe, err := tool.StdoutPipe()
		if err != nil {
			return err
		}
		if err := tool.Start(); err != nil {
			return err
		}
		defer func() { _ = tool.Wait() }()
		out = pipe
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		var e event
		if json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
			to <- e
		} else if line != "" {
			to <- event{Action: "output", Output: line} // of go itself
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// late is a test that has run for too long, "" if there is none. One that waits
// for others, or for its subtests, has not run meanwhile.
func (c *check) late() string {
	for name, began := range c.running {
		if !began.IsZero() && time.Since(began) > c.each && !c.hasPart(name) {
			return name
		}
	}
	return ""
}

func (c *check) hasPart(name string) bool {
	for other := range c.running {
		if strings.HasPrefix(other, name+"/") {
			return true
		}
	}
	return false
}

// resume lets the time of those begin again that a subtest is part of.
func (c *check) resume(name string) {
	for other := range c.running {
		if strings.HasPrefix(name, other+"/") {
			c.running[other] = time.Now()
		}
	}
}

func (c *check) take(e event) {
	name := e.Package + " " + e.Test
	switch e.Action {
	case "run", "cont":
		if e.Test != "" {
			c.running[name] = time.Now()
		}
	case "pause":
		c.running[name] = time.Time{}
	case "output":
		c.output(e, name)
	case "build-output":
		fmt.Print(e.Output)
	case "pass", "fail", "skip":
		delete(c.running, name)
		if e.Test != "" {
			c.resume(name)
			c.ended(e, name)
		} else {
			c.packageEnded(name, e.Action == "fail")
		}
	}
}

// packageEnded forgets the tests that run in a package which has ended, such as by
// the panic of one of them: they do not hang. If the package failed it prints what they
// said, since one of them is why.
func (c *check) packageEnded(prefix string, failed bool) {
	maps.DeleteFunc(c.running, func(name string, _ time.Time) bool { return strings.HasPrefix(name, prefix) })
	if failed {
		c.tellUnended(prefix)
	}
}

var benchmarkLine = regexp.MustCompile(`^Benchmark\S+\s+\d+\s`)

// output prints what is not of a test that passes, and measures.
func (c *check) output(e event, name string) {
	e.Output = c.begun[name] + e.Output
	if c.begun[name] = ""; !strings.HasSuffix(e.Output, "\n") {
		c.begun[name] = e.Output
		return
	}
	c.measure(e.Output)
	if e.Test == "" || benchmarkLine.MatchString(e.Output) {
		if text := strings.TrimSpace(e.Output); text != "PASS" && text != "FAIL" || e.Package == "" {
			fmt.Print(e.Output)
		}
		return
	}
	if strings.HasPrefix(e.Output, "=== ") {
		return
	}
	c.said[name] = append(c.said[name], e.Output)
}

func (c *check) ended(e event, name string) {
	said := strings.Join(c.said[name], "")
	delete(c.said, name)
	switch e.Action {
	case "pass":
		c.passed++
		if c.quiet {
			said = ""
		}
	case "fail":
		c.failed++
	case "skip":
		c.skipped++
		if !c.expected(e.Test + ": " + said) {
			c.unexpected = append(c.unexpected, fmt.Sprintf("%s was skipped, and no line of the list of skips says that it may be: %s", name, strings.TrimSpace(said)))
		}
	}
	fmt.Print(said)
}

// expected reports whether a line of the list matches what a skipped test said.
func (c *check) expected(said string) bool {
	for _, skip := range c.skips {
		if skip.MatchString(said) {
			return true
		}
	}
	return false
}

// readSkips reads the list: a line that is no comment is a regular expression for
// the name of a test, a colon and what the test says when it is skipped.
func (c *check) readSkips(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		skip, err := regexp.Compile("(?s)^" + line)
		if err != nil {
			return err
		}
		c.skips = append(c.skips, skip)
	}
	return nil
}
