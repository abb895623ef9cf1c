package render

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

const (
	maxPictures = 8    // images in one answer
	maxHTML     = 2000 // characters of the text of HTML
)

// display shows the display at an index in the form that tells a model the most: a
// summary that was made for it, with the picture; else a picture before text before
// HTML. What cannot be shown becomes a notice.
func (a *answer) display(ctx context.Context, i int) {
	d, n := a.run.Displays[i], i+1
	// The last expression's value comes as a display too; its plain text is the result.
	isResult := i == len(a.run.Displays)-1 && a.run.Text != "" && string(d.Data["text/plain"]) == a.run.Text
	label := "display " + strconv.Itoa(n)
	if isResult {
		label = "result"
	}
	if summary := string(d.Data[sessions.MIMESummary]); summary != "" {
		a.add(label, summary+"\n")
		a.picture(ctx, "display", n, d)
		a.resultShown = a.resultShown || isResult
		return
	}
	shown := a.picture(ctx, "display", n, d)
	if !shown {
		text := a.displayText(n, d, isResult)
		if shown = strings.TrimSpace(text) != ""; shown {
			a.add(label, text+"\n")
		}
	}
	a.resultShown = a.resultShown || isResult && shown
}

// picture adds the image of d, the n-th of its kind, to the answer. It returns false when d
// has none that can be shown; another form may do then.
func (a *answer) picture(ctx context.Context, what string, n int, d sessions.Display) bool {
	for _, kind := range []string{"image/png", "image/jpeg", "image/webp", "image/gif"} {
		data, ok := d.Data[kind]
		if !ok {
			continue
		}
		if a.pictures == maxPictures {
			a.notices.About(what, n, "left out because an answer holds at most %d images. Show fewer at a time, or save them to files.", maxPictures)
			return true
		}
		p, err := a.images.Check(ctx, data)
		if err != nil {
			a.notices.About(what, n, "its image is not shown: %v. Save it to a file in %s to keep it.", err, a.dir.Where())
			continue
		}
		a.parts = append(a.parts, part{picture: &p})
		a.pictures++
		return true
	}
	return false
}

// displayText is the best form of the n-th display that is text, or "" after a
// notice or when the result shows it anyway.
func (a *answer) displayText(n int, d sessions.Display, isResult bool) string {
	text := string(d.Data["text/plain"])
	says := strings.TrimSpace(text) != "" && !namesOnlyType(text)
	switch inResult := isResult && says; {
	case has(d, "text/markdown") && !inResult:
		return string(d.Data["text/markdown"])
	case has(d, "text/latex") && !inResult:
		return string(d.Data["text/latex"])
	case has(d, "image/svg+xml"):
		a.notices.About("display", n, "an SVG drawing, which cannot be shown. Save it as PNG, with savefig(%q) for example, or show it as PNG.", a.dir.Path("figure.png"))
		return ""
	case has(d, "application/vnd.plotly.v1+json"):
		a.notices.About("display", n, "an interactive plot, which cannot be shown. Write it with fig.write_html(%q) for the user, or draw it with matplotlib to see it.", a.dir.Path("plot.html"))
		return ""
	case inResult:
		return ""
	case says:
		return text
	case has(d, "application/json"):
		return string(d.Data["application/json"])
	case has(d, "text/html"):
		return a.markup(n, string(d.Data["text/html"]))
	case isResult:
		return ""
	case !has(d, "text/plain") && !anyImage(d):
		a.notices.About("display", n, "cannot be shown: it has only the form %s. print() it, or save it to a file in %s.", forms(d), a.dir.Where())
	}
	return text
}

// namesOnlyType reports the text that objects without one of their own have,
// such as <IPython.core.display.HTML object>.
func namesOnlyType(text string) bool {
	name, ok := strings.CutPrefix(strings.TrimSpace(text), "<")
	if !ok || !strings.HasSuffix(name, ">") {
		return false
	}
	name = name[:len(name)-1]
	name, address, found := strings.Cut(name, " at 0x")
	if found && strings.Trim(address, "0123456789abcdefABCDEF") != "" {
		return false
	}
	name, object := strings.CutSuffix(name, " object")
	return name != "" && (found || object) && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// markup is what can be read of a display that is HTML.
func (a *answer) markup(n int, source string) string {
	text := readable(prose.Clean(source))
	if text == "" {
		a.notices.About("display", n, "HTML without text, which cannot be shown. Write it to a file in %s for the user, or print() what it says.", a.dir.Where())
		return ""
	}
	a.notices.About("display", n, "only the text of this HTML is shown. Write it to a file in %s to keep it.", a.dir.Where())
	return shorten(text, maxHTML, "write it to a file in "+a.dir.Where()+" to keep it")
}

func has(d sessions.Display, kind string) bool {
	_, ok := d.Data[kind]
	return ok
}

// anyImage reports a form that picture has already dealt with.
func anyImage(d sessions.Display) bool {
	return has(d, "image/png") || has(d, "image/jpeg") || has(d, "image/webp") || has(d, "image/gif")
}

func forms(d sessions.Display) string {
	kinds := slices.Sorted(maps.Keys(d.Data))
	if len(kinds) == 0 {
		return "of nothing"
	}
	return prose.Line(strings.Join(kinds[:min(len(kinds), 4)], ", "), 120)
}
