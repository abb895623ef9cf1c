//go:build tasks

package tasks

import (
	"slices"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestTasks plays all tasks in all settings. The person has the result each time, and
// the answers say where.
func TestTasks(t *testing.T) {
	program := e2etest.Program(t)
	for _, s := range settings(program) {
		t.Run(s.name, func(t *testing.T) {
			for _, k := range readTasks(t) {
				if k.large && s.name != "code" || slices.Contains(k.not, s.name) {
					continue
				}
				t.Run(k.name, func(t *testing.T) {
					t.Parallel()
					k.play(t, s)
				})
			}
		})
	}
}

// play does a task and checks its result.
func (k task) play(t *testing.T, s setting) *conversation {
	t.Helper()
	p := newPerson(t, k)
	c := s.begin(t, p)
	if c.give != nil {
		for _, name := range p.names(t) {
			if r := c.give(name); r.Failed {
				t.Fatalf("%s does not come to the code: %s", name, r.Text())
			} else {
				c.replies = append(c.replies, r)
			}
		}
	}
	steps := k.steps
	if c.slow {
		for _, code := range k.extra {
			steps = append(slices.Clip(steps), step{code: code})
		}
	}
	for _, step := range steps {
		c.take(t, step)
	}
	if len(k.results) > 0 {
		folder := c.deliver(t, k.results)
		if t.Failed() {
			t.FailNow()
		}
		if c.slow && strings.Contains(strings.Join(k.results, ""), "/") {
			return c // others keep no folders
		}
		if err := e2etest.HostPython(t, folder, k.check); err != nil {
			t.Errorf("the results are not right: %v\n%s", err, c.all())
		}
	}
	k.checkAnswers(t, c)
	return c
}

// take runs a step, which fails as it must.
func (c *conversation) take(t *testing.T, s step) {
	t.Helper()
	r := c.run(strings.NewReplacer("$IN", c.in, "$OUT", c.out).Replace(s.code))
	c.replies = append(c.replies, r)
	switch {
	case c.slow: // is compared, not checked
	case s.fails == "" && r.Failed:
		t.Fatalf("%s\n%s", s.code, r.Text())
	case s.fails != "" && !(r.Failed && strings.Contains(strings.ToLower(r.Text()), strings.ToLower(s.fails))):
		t.Errorf("%s\nmust fail with %s: %.2000s", s.code, s.fails, r.Text())
	}
}

// checkAnswers checks what the model has read and seen.
func (k task) checkAnswers(t *testing.T, c *conversation) {
	t.Helper()
	if c.slow {
		return
	}
	pictures := 0
	for _, r := range c.replies {
		pictures += len(r.Pictures(t))
	}
	if pictures < k.pictures {
		t.Errorf("the model saw %d pictures, not %d:\n%s", pictures, k.pictures, c.all())
	}
	said := c.said()
	for _, part := range k.says {
		if !strings.Contains(said, part) {
			t.Errorf("the model did not read %q:\n%s", part, c.all())
		}
	}
}
