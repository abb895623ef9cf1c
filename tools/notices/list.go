// Package notices says what the server has to tell a model about a run: what
// happened to the session before it, how it ended, what is missing of its output.
//
//	var list notices.List
//	restarted := history.Tell(ctx, &list, id, run)
//	list.Outcome(dir, run, limit)
//	text := list.String()
//
// A [List] holds the sentences. A [History] remembers what it takes to notice that
// a session was replaced.
package notices

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A List is sentences of the server, in order. What is the same for several things
// is said once. The zero value is empty and ready; a List is used by one goroutine.
type List struct{ notices []notice }

type notice struct {
	kind    string // what it is about, "" for nothing in particular
	numbers []int
	text    string
}

// say adds a sentence.
func (l *List) say(format string, args ...any) { l.About("", 0, format, args...) }

// About adds a sentence about the n-th thing of a kind, such as "display". The
// numbers of a kind must come in ascending order.
func (l *List) About(kind string, n int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	i := slices.IndexFunc(l.notices, func(m notice) bool { return m.kind == kind && m.text == text })
	if i < 0 {
		l.notices = append(l.notices, notice{kind: kind, text: text})
		i = len(l.notices) - 1
	}
	l.notices[i].numbers = append(l.notices[i].numbers, n)
}

// Empty reports whether nothing was said.
func (l *List) Empty() bool { return len(l.notices) == 0 }

// String writes one line for each notice, such as "- displays 2, 4–6: too large".
func (l *List) String() string {
	var b strings.Builder
	b.WriteString("Notice from the server:")
	for _, m := range l.notices {
		b.WriteString("\n- ")
		if m.kind != "" {
			b.WriteString(m.kind)
			if len(m.numbers) > 1 {
				b.WriteByte('s')
			}
			b.WriteString(" " + ranges(m.numbers) + ": ")
		}
		b.WriteString(m.text)
	}
	return b.String()
}

// ranges writes ascending numbers, such as "1, 3–5".
func ranges(numbers []int) string {
	var b strings.Builder
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(numbers[i]))
		if last > i {
			b.WriteString("–" + strconv.Itoa(numbers[last]))
		}
		i = last + 1
	}
	return b.String()
}
