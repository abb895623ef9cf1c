package tools

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"dynamic-sessions-mcp/sessions"
)

const (
	maxPictures = 40   // images in one answer
	maxHTML     = 2000 // characters of HTML that has no other form
)

// sortDisplays picks of every display the one form that a model gets most from,
// an image above text above HTML. Pictures go to the answer, texts are returned
// as sections, and what cannot be shown becomes a notice.
func (t *Tools) sortDisplays(ctx context.Context, a *answer, run *sessions.Execution) (texts []section) {
	for i, d := range run.Displays {
		label := "display " + strconv.Itoa(i+1)
		if t.picture(ctx, a, label, d) {
			continue
		}
		// The last expression's value comes as a display too; its plain text is
		// shown as the result already.
		isResult := i == len(run.Displays)-1 && run.Text != "" && string(d.Data["text/plain"]) == run.Text
		if text := a.displayText(label, d, isResult); strings.TrimSpace(text) != "" {
			texts = append(texts, section{label: label, text: clean(text)})
		}
	}
	return texts
}

// picture adds the image of d to the answer. It returns false when d has none
// that can be shown; another form may do then.
func (t *Tools) picture(ctx context.Context, a *answer, label string, d sessions.Display) bool {
	for _, kind := range []string{"image/png", "image/jpeg", "image/webp", "image/gif"} {
		data, ok := d.Data[kind]
		if !ok {
			continue
		}
		if len(a.pictures) == maxPictures {
			a.notice("%s is left out: an answer has at most %d images. Show fewer at a time.", label, maxPictures)
			return true
		}
		p, err := t.images.check(ctx, data)
		if err != nil {
			a.notice("The image of %s is not shown: %v. Save it to a file in /mnt/data to keep it.", label, err)
			continue
		}
		a.pictures = append(a.pictures, p)
		return true
	}
	return false
}

// displayText is the best form of d that is text, or "" after a notice or when
// the result shows it anyway.
func (a *answer) displayText(label string, d sessions.Display, isResult bool) string {
	for _, kind := range []string{"text/markdown", "text/latex"} {
		if text, ok := d.Data[kind]; ok {
			return string(text)
		}
	}
	switch {
	case has(d, "image/svg+xml"):
		a.notice("%s is an SVG drawing, which cannot be shown. Save it as PNG, with savefig(\"/mnt/data/figure.png\") for example, or show it as PNG.", label)
		return ""
	case has(d, "application/vnd.plotly.v1+json"):
		a.notice("%s is an interactive plot, which cannot be shown. Write it with fig.write_html(\"/mnt/data/plot.html\") for the user, or draw it with matplotlib to see it.", label)
		return ""
	case isResult:
		return ""
	case has(d, "text/plain"):
		return string(d.Data["text/plain"])
	case has(d, "text/html"):
		a.notice("%s is HTML without a plain form; its source is shown, shortened.", label)
		return shorten(clean(string(d.Data["text/html"])), maxHTML, "write it to a file in /mnt/data to keep it")
	case !anyImage(d):
		a.notice("%s cannot be shown: it has only the form %s. print() it, or save it to a file in /mnt/data.", label, forms(d))
	}
	return ""
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
	return plain(strings.Join(kinds[:min(len(kinds), 4)], ", "), 120)
}
