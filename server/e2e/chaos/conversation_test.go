//go:build chaos && linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// patience is how long a call may take, beside the time that its code may:
	// a disk may stall and a server may be busy, but an answer must come.
	patience = 100 * time.Second
	// lost is the value of a variable that is not there.
	lost = "none"
)

// A conversation is a client with what it knows of its session: what was
// acknowledged, and what may be since a call was not.
type conversation struct {
	day    *day
	name   string // is in all that the conversation says
	client client
	server *server
	named  bool // its session outlives its server

	x          []string             // the values that the variable may have
	late       map[string]time.Time // until when calls that nobody waited for may yet set one
	told       bool                 // that variables may be gone, since they were set
	rolledBack bool                 // an answer said so, since x was set
	earlier    []string             // the values that x was ever given
	files      map[string][]string  // the contents that each file may have; "" is none
	began      bool
	life       int // of the server with which it began
	count      int
}

func (d *day) converse(name string, c client, s *server, named bool) *conversation {
	return &conversation{day: d, name: fmt.Sprintf("%s-%x", name, d.seed&0xffff), client: c, server: s, named: named,
		x: []string{lost}, late: map[string]time.Time{}, files: map[string][]string{}}
}

// talk makes calls until the context ends.
func (c *conversation) talk(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		if !c.began && !c.begin(ctx) {
			continue
		}
		c.step(random)
		wait(ctx, time.Duration(random.IntN(1500))*time.Millisecond)
	}
}

// step makes one call. It is not bound to the time of the day, so that the last
// call is answered as well.
func (c *conversation) step(random *rand.Rand) {
	ctx := context.Background()
	name := fmt.Sprintf("f%d.txt", random.IntN(4))
	switch n := random.IntN(100); {
	case n < 25:
		c.set(ctx)
	case n < 50:
		c.get(ctx)
	case n < 60:
		c.upload(ctx, name)
	case n < 67:
		c.write(ctx, name)
	case n < 80:
		c.download(ctx, name)
	case n < 85:
		c.disappear(ctx, time.Duration(random.IntN(1000))*time.Millisecond)
	default:
		c.misbehave(ctx, random)
	}
}

// begin begins the conversation, or begins it again.
func (c *conversation) begin(ctx context.Context) bool {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := c.client.begin(within); err != nil {
		if ctx.Err() == nil && within.Err() != nil {
			c.day.t.Errorf("%s: cannot begin: %v\n%s", c.name, err, c.server.said())
		}
		c.day.tally.add("begin again")
		wait(ctx, time.Second)
		return false
	}
	c.began = true
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.life = c.server.life
	return true
}

// call makes a call and judges how it went as a call; what it says is for the
// caller. nil is for one whose server was killed meanwhile.
func (c *conversation) call(ctx context.Context, what string, do func(ctx context.Context) (reply, error)) *reply {
	c.day.tally.add("call")
	c.day.tally.add(what)
	excused, begin := c.server.watch(), time.Now()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := do(ctx)
	switch {
	case err == nil:
	case excused(), errors.Is(err, errEnded) && c.restarted():
		c.day.tally.add("server gone")
		c.end()
		return nil
	default:
		c.day.t.Errorf("%s: %s had no answer after %v: %v\n%s", c.name, what, time.Since(begin).Round(time.Second), err, c.server.said())
		c.end()
		return nil
	}
	if r.ok {
		c.day.tally.add("good answer")
	}
	if !c.named && c.restarted() { // by REST nobody says so: the session begins anew
		c.end()
	}
	c.judge(what, r)
	return &r
}

// restarted reports whether the server has another life than the one in which
// the conversation began.
func (c *conversation) restarted() bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.life != c.server.life
}

// end forgets what ends with a server.
func (c *conversation) end() {
	c.began = false
	if c.named {
		return // files must be there, and so must variables, or their loss is told
	}
	c.told = true
	for name := range c.files {
		c.files[name] = append(c.files[name], "")
	}
}

// goneText is how answers say that variables are gone.
var goneText = regexp.MustCompile(`(?i)variables[^.]*\b(gone|lost)\b|did not survive`)

// judge looks for what no answer may have, and what it tells.
func (c *conversation) judge(what string, r reply) {
	for _, other := range c.day.names {
		if other != c.name && strings.Contains(r.text, other) {
			c.day.t.Errorf("%s: %s was answered with what %s said: %q", c.name, what, other, clip(r.text))
		}
	}
	if strings.Contains(r.text, "internal error") {
		c.day.t.Errorf("%s: %s: %s\n%s", c.name, what, clip(r.text), c.server.said())
	}
	if strings.Contains(strings.ToLower(r.text), "rolled back") {
		c.told, c.rolledBack = true, true
		c.day.tally.add("rollback told")
	}
	if goneText.MatchString(r.text) {
		c.told = true
		c.day.tally.add("loss told")
	}
}

func clip(text string) string { return text[:min(len(text), 800)] }

// value returns a text that was never used before.
func (c *conversation) value() string {
	c.count++
	return fmt.Sprintf("%s/%d", c.name, c.count)
}

func (c *conversation) run(ctx context.Context, what, code string, seconds int) *reply {
	return c.call(ctx, what, func(ctx context.Context) (reply, error) { return c.client.run(ctx, code, seconds) })
}

// set sets the variable.
func (c *conversation) set(ctx context.Context) {
	value := c.value()
	may := append(slices.Clone(c.x), value)
	c.earlier = append(c.earlier, value)
	r := c.run(ctx, "set", fmt.Sprintf("x = %q\nprint('set', x)", value), 20)
	if r != nil && r.ok && strings.Contains(r.text, "set "+value) {
		c.x, c.told, c.rolledBack = []string{value}, false, false
		return
	}
	c.x = may
}

var shownValue = regexp.MustCompile(`x is (\S+)`)

// get looks at the variable: it must have a value that it may have, or be gone
// if that was told.
func (c *conversation) get(ctx context.Context) bool {
	r := c.run(ctx, "get", "print('x is', globals().get('x', 'none'))", 20)
	if r == nil || !r.ok {
		return false
	}
	if strings.Contains(r.text, "has not begun") {
		return false // a session may be woken for longer than an answer waits
	}
	found := shownValue.FindStringSubmatch(r.text)
	if found == nil {
		c.day.t.Errorf("%s: get was answered with %q", c.name, clip(r.text))
		return false
	}
	switch value := found[1]; {
	case value == lost && (c.told || slices.Contains(c.x, lost)):
	case value == lost:
		c.day.t.Errorf("%s: the variable is gone, and nobody said so; it may be %v; the answer is %q\n%s", c.name, c.x, clip(r.text), c.server.said())
	case c.rolledBack && slices.Contains(c.earlier, value):
	case !slices.Contains(c.x, value) && !time.Now().Before(c.late[value]):
		c.day.t.Errorf("%s: the variable is %s and may be %v; the answer is %q\n%s", c.name, value, c.x, clip(r.text), c.server.said())
	}
	c.x = []string{found[1]}
	return true
}

func (c *conversation) upload(ctx context.Context, name string) {
	value := c.value()
	r := c.call(ctx, "upload", func(ctx context.Context) (reply, error) { return c.client.upload(ctx, name, value) })
	c.wrote(name, value, r != nil && r.ok)
}

// write has the code write a file.
func (c *conversation) write(ctx context.Context, name string) {
	value := c.value()
	code := fmt.Sprintf("with open('/mnt/data/%s', 'w') as f:\n    f.write(%q)\nprint('wrote', %q)", name, value, name)
	r := c.run(ctx, "write", code, 20)
	c.wrote(name, value, r != nil && r.ok && strings.Contains(r.text, "wrote "+name))
}

func (c *conversation) wrote(name, value string, acknowledged bool) {
	if acknowledged {
		c.files[name] = []string{value}
		return
	}
	may := c.files[name]
	if may == nil {
		may = []string{""}
	}
	c.files[name] = append(may, value)
}

// download looks at a file.
func (c *conversation) download(ctx context.Context, name string) bool {
	r := c.call(ctx, "download", func(ctx context.Context) (reply, error) { return c.client.download(ctx, name) })
	if r == nil {
		return false
	}
	may := c.files[name]
	if may == nil {
		may = []string{""}
	}
	if !r.ok {
		if missing(r.text) && !slices.Contains(may, "") {
			c.day.t.Errorf("%s: %s is gone; it may be %v: %q\n%s", c.name, name, may, clip(r.text), c.server.said())
		}
		return missing(r.text)
	}
	for _, value := range may {
		if value != "" && strings.Contains(r.fed+"\n", value+"\n") {
			c.files[name] = []string{value}
			return true
		}
	}
	// What was begun and not acknowledged may be there in part.
	if len(may) == 1 {
		c.day.t.Errorf("%s: %s has %q and must have %v", c.name, name, clip(r.fed), may)
	}
	return true
}

// missing reports whether an answer says that there is no such file.
func missing(text string) bool {
	return strings.Contains(text, "does not exist") || strings.Contains(text, "There is no") || strings.HasPrefix(text, "404")
}

// disappear makes a call for whose answer it does not wait.
func (c *conversation) disappear(ctx context.Context, after time.Duration) {
	c.day.tally.add("vanish")
	value := c.value()
	c.client.vanish(ctx, fmt.Sprintf("import time\ntime.sleep(0.5)\nx = %q", value), after)
	c.x, c.earlier = append(c.x, value), append(c.earlier, value)
	// An answer that nobody waited for may have told it.
	c.told, c.rolledBack = true, true
	if _, own := c.client.(*stdioClient); own {
		c.began = false // and the server has ended
		return
	}
	// It may be read after later calls, which come over other connections.
	c.late[value] = time.Now().Add(patience)
}

// verify looks at everything that was acknowledged, until each look succeeds.
func (c *conversation) verify(ctx context.Context) {
	looks := []func() bool{func() bool { return c.get(ctx) }}
	for name := range c.files {
		looks = append(looks, func() bool { return c.download(ctx, name) })
	}
	for _, look := range looks {
		for done := false; !done; {
			if ctx.Err() != nil {
				c.day.t.Errorf("%s does not go on once nothing goes wrong any more\n%s", c.name, c.server.said())
				return
			}
			if c.began || c.begin(ctx) {
				done = look()
			}
			if !done {
				wait(ctx, 500*time.Millisecond)
			}
		}
	}
}
