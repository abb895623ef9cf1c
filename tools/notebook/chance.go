package notebook

import (
	"bytes"
	"maps"
	"regexp"
	"strings"

	"dynamic-sessions-mcp/sessions"
)

var (
	// clocks are code whose outcome may differ from one time to the next whatever is
	// seeded: clocks, names that the system gives, addresses, threads.
	clocks = regexp.MustCompile(`\btime\.(?:time|monotonic|perf_counter|process_time|time_ns|ctime|localtime|gmtime|strftime)|` +
		`\b(?:perf_counter|monotonic|time_ns|now|utcnow|today|id|hash|getpid|gethostname|getmtime|timeit|mkdtemp|mkstemp|Thread|ThreadPoolExecutor|uuid[1-8])\(|` +
		`\b(?:st_mtime|secrets|urandom|psutil|tempfile|environ|SystemRandom)\b|%%?time|(?m:^\s*!)`)
	// dice are code that a seed makes the same each time.
	dice = regexp.MustCompile(`\brandom\b|\b(?:randint|randrange|randn|uniform|shuffle|sample|default_rng|RandomState)\(`)
	// seeded is such a seed.
	seeded = regexp.MustCompile(`\b(?:seed|default_rng|RandomState|Random|PCG64|manual_seed)\(\s*\d|\brandom_state\s*=\s*\d`)
	// assigned are the left side of an assignment, and the name of a function or class.
	assigned = regexp.MustCompile(`(?m)^[ \t]*([A-Za-z_][^=\n(]*?)\s*(?:[-+*/|&^%@]|//|\*\*|>>|<<)?=[^=]|^[ \t]*(?:def|class)[ \t]+([A-Za-z_]\w*)`)
	name     = regexp.MustCompile(`[A-Za-z_]\w*`)
)

const (
	// maxNames bounds the names that are remembered, and maxLooked the code that is
	// looked at, in bytes.
	maxNames, maxLooked = 2000, 64 << 10
)

// marks are what outputs have that differ from one time to the next: addresses, as in
// <object object at 0x7f2a1b3c4d50>, and the rates of progress bars.
var marks = [...]string{" at 0x", "it/s]", "s/it]"}

// chance remembers which names of a session depend on time or chance. It goes by the look
// of code, and rather takes too much than too little.
type chance struct {
	seeded bool
	names  map[string]bool
}

// varies reports whether what a run shows may be different another time, and remembers
// the names that it assigns.
func (c *chance) varies(code string, x *sessions.Execution) bool {
	code = code[:min(len(code), maxLooked)]
	c.seeded = c.seeded || seeded.MatchString(code)
	depends := clocks.MatchString(code) || strings.Contains(code, Name) || !c.seeded && dice.MatchString(code)
	if !depends {
		for _, used := range name.FindAllString(code, -1) {
			if depends = c.names[used]; depends {
				break
			}
		}
	}
	if depends {
		c.remember(code)
	}
	return depends || x != nil && hasMark(x)
}

func (c *chance) remember(code string) {
	if c.names == nil {
		c.names = map[string]bool{}
	}
	for _, found := range assigned.FindAllStringSubmatch(code, -1) {
		for _, n := range name.FindAllString(found[1]+" "+found[2], -1) {
			if len(c.names) < maxNames {
				c.names[n] = true
			}
		}
	}
}

// reseed is for an interpreter that draws other random numbers from now on.
func (c *chance) reseed() { c.seeded = false }

// forget is for an interpreter without variables.
func (c *chance) forget() {
	c.seeded = false
	maps.DeleteFunc(c.names, func(string, bool) bool { return true })
}

// hasMark reports whether a text of a run has one of the marks.
func hasMark(x *sessions.Execution) bool {
	for _, mark := range marks {
		if strings.Contains(x.Text, mark) || strings.Contains(x.Stdout, mark) || strings.Contains(x.Stderr, mark) {
			return true
		}
		for _, d := range x.Displays {
			if bytes.Contains(d.Data["text/plain"], []byte(mark)) {
				return true
			}
		}
	}
	return false
}
