package notices

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// List are sentences of the server, in order. What is the same for several
// things is said once. The zero value is ready; it is used by one goroutine.
type List struct{ list []notice }

type notice struct {
	kind    string // of what it is about, "" for nothing in particular
	numbers []int
	text    string
}

// Say adds a sentence.
func (l *List) Say(format string, args ...any) { l.About("", 0, format, args...) }

// About adds what is to be said of the n-th thing of a kind, such as "display".
// Numbers of a kind come in rising order.
func (l *List) About(kind string, n int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	i := slices.IndexFunc(l.list, func(m notice) bool { return m.kind == kind && m.text == text })
	if i < 0 {
		l.list = append(l.list, notice{kind: kind, text: text})
		i = len(l.list) - 1
	}
	l.list[i].numbers = append(l.list[i].numbers, n)
}

// Empty reports whether nothing was said.
func (l *List) Empty() bool { return len(l.list) == 0 }

// String writes one line for each notice, such as "- displays 2, 4–6: too large".
func (l *List) String() string {
	var b strings.Builder
	b.WriteString("Notice from the server:")
	for _, m := range l.list {
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

// ranges writes rising numbers, such as "1, 3–5".
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
