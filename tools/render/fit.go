package render

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/fold"
	"dynamic-sessions-mcp/tools/prose"
)

const (
	// keepTime bounds the storing of what is cut: the answer must not wait for a pool
	// that no longer answers.
	keepTime = 5 * time.Second
	// maxTexts is how many texts may be cut each by itself. Of more, those in the
	// middle are left out.
	maxTexts = 20
)

// fit folds the texts, and shortens them until all of them together have at most
// MaxText characters. Short ones stay whole. What is cut is stored in the session
// first, where the pool has not done so, so that the model can look at the rest. cut
// reports whether any was.
func (r *Renderer) fit(ctx context.Context, a *answer, id sessions.ID) (cut bool) {
	k := &keeper{ctx: ctx, renderer: r, run: a.run, session: id, kept: map[string]string{}}
	if a.length() > r.opts.MaxText {
		cut = r.leaveOutMiddle(a, k)
	}
	texts := a.texts()
	cutters, wants := make([]*cutter, len(texts)), make([]int, len(texts))
	for i, p := range texts {
		cutters[i] = newCutter(a.lines(p.text))
		wants[i] = cutters[i].want() + labelWidth(p.label)
	}
	for i, room := range divide(r.opts.MaxText, wants) {
		c, p := cutters[i], texts[i]
		if c.room = room - labelWidth(p.label); c.fits(c.room) {
			p.text = joined(c.lines)
			continue
		}
		if t := a.truncation(p.label); t != nil {
			c.total = t.Lines
		}
		p.text, cut = c.text(k.keep(p.label, p.text)), true
	}
	for _, t := range a.run.Truncated {
		if _, said := k.kept[t.Stream]; !said || t.File == "" {
			a.notices.Truncation(a.dir, t)
		}
	}
	return cut
}

// labelWidth is how many characters a label takes, with what separates texts.
func labelWidth(label string) int { return len(label) + len(":\n\n") }

// lines are the lines of a text, folded where that is allowed.
func (a *answer) lines(text string) []fold.Line {
	if !a.asJSON {
		return fold.Lines(strings.Trim(text, "\n"))
	}
	var lines []fold.Line
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, fold.Line{Text: line, Count: 1})
	}
	return lines
}

// texts are the parts that are text.
func (a *answer) texts() (texts []*part) {
	for i := range a.parts {
		if a.parts[i].picture == nil {
			texts = append(texts, &a.parts[i])
		}
	}
	return texts
}

// length is how many characters all texts have.
func (a *answer) length() (n int) {
	for _, p := range a.texts() {
		n += utf8.RuneCountInString(p.text) + labelWidth(p.label)
	}
	return n
}

// leaveOutMiddle replaces texts in the middle by a note if there are too many to cut
// each of them.
func (r *Renderer) leaveOutMiddle(a *answer, k *keeper) bool {
	texts := a.texts()
	if len(texts) <= maxTexts {
		return false
	}
	head, tail := r.ends(texts)
	middle := texts[head : len(texts)-tail]
	if len(middle) < 2 {
		return false
	}
	var all strings.Builder
	for _, p := range texts {
		all.WriteString(p.label + ":\n" + p.text + "\n")
	}
	note := fmt.Sprintf("[… %d of %d outputs left out; %s …]", len(middle), len(texts), k.keep("output", all.String()))
	for _, p := range middle {
		p.text = ""
	}
	middle[0].label, middle[0].text = "output", note
	a.parts = slices.DeleteFunc(a.parts, func(p part) bool { return p.picture == nil && p.text == "" })
	return true
}

// ends returns how many texts stay at the beginning and at the end: as many as have
// room together, and at least those that can be cut.
func (r *Renderer) ends(texts []*part) (head, tail int) {
	room := r.opts.MaxText - noteRoom
	fits := func(p *part, room *int) bool {
		*room -= utf8.RuneCountInString(p.text) + labelWidth(p.label)
		return *room >= 0
	}
	const least = maxTexts * 3 / 5
	for first := room * 3 / 5; head < len(texts) && (fits(texts[head], &first) || head < least); head++ {
	}
	for last := room * 2 / 5; tail < len(texts)-head && (fits(texts[len(texts)-1-tail], &last) || tail < maxTexts-least); tail++ {
	}
	return head, tail
}

// truncation is what the pool says of a stream that it had to cut, nil if it had not.
func (a *answer) truncation(label string) *sessions.Truncation {
	i := slices.IndexFunc(a.run.Truncated, func(t sessions.Truncation) bool { return t.Stream == label })
	if i < 0 {
		return nil
	}
	return &a.run.Truncated[i]
}

// A keeper stores texts that are cut, each once.
type keeper struct {
	ctx      context.Context
	renderer *Renderer
	run      *sessions.Execution
	session  sessions.ID
	kept     map[string]string // by label, where it is
	until    time.Time         // when storing must have ended; zero before it begins
}

// keep says where all of the text of a label is. Of a stream it is all that the
// program wrote.
func (k *keeper) keep(label, text string) string {
	where, ok := k.kept[label]
	if !ok {
		where = k.store(label, text)
		k.kept[label] = where
	}
	return where
}

func (k *keeper) store(label, text string) string {
	dir, all := k.renderer.opts.Dir, "all of it: "
	switch label {
	case "stdout":
		text = k.run.Stdout
	case "stderr":
		text = k.run.Stderr
	}
	for _, t := range k.run.Truncated {
		if t.Stream != label {
			continue
		}
		if t.File != "" {
			return all + prose.Name(dir.Path(t.File))
		}
		all = "what was kept of it: "
	}
	f, err := k.upload(label, text)
	if err != nil {
		return "print less at a time, or write it to a file in " + dir.Where() + " and read parts of it"
	}
	return all + prose.Name(dir.Path(f.Name))
}

// upload stores a text under a name that no other text has.
func (k *keeper) upload(label, text string) (sessions.File, error) {
	if k.until.IsZero() {
		k.until = time.Now().Add(keepTime)
	}
	ctx, cancel := context.WithDeadline(k.ctx, k.until)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return sessions.File{}, err
	}
	sum := sha256.Sum256([]byte(text))
	name := fmt.Sprintf("%s/%s-%s.txt", sessions.CutDir, strings.ReplaceAll(label, " ", "-"), hex.EncodeToString(sum[:3]))
	return k.renderer.opts.Pool.Upload(ctx, k.session, name, strings.NewReader(text))
}
