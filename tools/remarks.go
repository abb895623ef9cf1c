package tools

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// remarks are sentences of the server. What is the same for several things is
// said once.
type remarks struct{ list []remark }

type remark struct {
	kind    string // of what it is about, "" for nothing in particular
	numbers []int
	text    string
}

// say adds a sentence.
func (r *remarks) say(format string, args ...any) { r.about("", 0, format, args...) }

// about adds what is to be said of the n-th thing of a kind, such as "display".
// Numbers of a kind come in rising order.
func (r *remarks) about(kind string, n int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	i := slices.IndexFunc(r.list, func(m remark) bool { return m.kind == kind && m.text == text })
	if i < 0 {
		r.list = append(r.list, remark{kind: kind, text: text})
		i = len(r.list) - 1
	}
	r.list[i].numbers = append(r.list[i].numbers, n)
}

func (r *remarks) empty() bool { return len(r.list) == 0 }

// String writes one line for each remark, such as "- displays 2, 4–6: too large".
func (r *remarks) String() string {
	var b strings.Builder
	b.WriteString("Notice from the server:")
	for _, m := range r.list {
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

// count writes a number with the noun in its form for it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
