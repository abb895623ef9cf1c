package notebook

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

const (
	// maxText bounds a text of an output, maxDisplay all forms of a display together,
	// and maxOutputs how many outputs a cell has, before what is in the middle or at the
	// end is left out.
	maxText, maxDisplay, maxOutputs = 256 << 10, 1 << 20, 1000
)

type stream struct {
	Type string   `json:"output_type"`
	Name string   `json:"name"`
	Text []string `json:"text"`
}

type display struct {
	Type     string         `json:"output_type"`
	Data     map[string]any `json:"data"`
	Metadata map[string]any `json:"metadata"`
	Count    *int           `json:"execution_count,omitempty"`
}

type raised struct {
	Type      string   `json:"output_type"`
	Name      string   `json:"ename"`
	Value     string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

// outputsOf are the outputs of the run that is counted as n, in the order of the program.
func outputsOf(x *sessions.Execution, n int) []json.RawMessage {
	all := lateOutputs(x, n)
	resultShown := false
	for _, o := range orderOf(x) {
		switch o.Source {
		case sessions.SourceDisplay:
			d := x.Displays[o.Display]
			isResult := o.Display == len(x.Displays)-1 && x.Text != "" && string(d.Data["text/plain"]) == x.Text
			resultShown = resultShown || isResult
			all = append(all, shown(d, isResult, n))
		case sessions.SourceStderr:
			all = append(all, marshal(stream{"stream", "stderr", wholeLines(cutText(x.Stderr[o.Start:o.End]))}))
		default:
			all = append(all, marshal(stream{"stream", "stdout", wholeLines(cutText(x.Stdout[o.Start:o.End]))}))
		}
	}
	if more := len(all) - maxOutputs; more > 0 {
		all = append(all[:maxOutputs:maxOutputs], note(prose.Count(more, "output was", "outputs were")+" left out of the notebook"))
	}
	if x.Text != "" && !resultShown {
		all = append(all, shown(sessions.Display{Data: map[string][]byte{"text/plain": []byte(x.Text)}}, true, n))
	}
	for _, cut := range x.Truncated {
		all = append(all, note(fmt.Sprintf("%s was cut: the program wrote %s", prose.Line(cut.Stream, 20), prose.Size(cut.Total))))
	}
	if x.DisplaysDropped > 0 {
		all = append(all, note(prose.Count(x.DisplaysDropped, "display was", "displays were")+" left out, because there were too many or they were too large"))
	}
	if e := ending(x); e != nil {
		all = append(all, marshal(e))
	}
	return all
}

// lateOutputs are what earlier runs wrote and showed after their end. It stands where the
// answers had it: the cells of those runs were written.
func lateOutputs(x *sessions.Execution, n int) []json.RawMessage {
	all := []json.RawMessage{}
	for _, late := range x.Late {
		label := "Output of earlier code, after its end"
		if late.Number > 0 {
			label = fmt.Sprintf("Output of run %d of the session, after its end", late.Number)
		}
		if left := late.Total - int64(len(late.Text)); left > 0 {
			label += ", without the first " + prose.Size(left)
		}
		if late.DisplaysDropped > 0 {
			label += ", without " + prose.Count(late.DisplaysDropped, "picture", "pictures")
		}
		all = append(all, note(label))
		if late.Text != "" {
			all = append(all, marshal(stream{"stream", "stdout", wholeLines(cutText(late.Text))}))
		}
		for _, d := range late.Displays {
			all = append(all, shown(d, false, n))
		}
	}
	return all
}

// orderOf is the order of the outputs, or one that fits if it is not known. Pieces that
// are not there are left out: the order comes from the session.
func orderOf(x *sessions.Execution) []sessions.Output {
	order := x.Outputs
	if order == nil {
		order = []sessions.Output{{Source: sessions.SourceStdout, End: len(x.Stdout)}, {Source: sessions.SourceStderr, End: len(x.Stderr)}}
		for i := range x.Displays {
			order = append(order, sessions.Output{Source: sessions.SourceDisplay, Display: i})
		}
	}
	return slices.DeleteFunc(slices.Clone(order), func(o sessions.Output) bool {
		text := x.Stdout
		switch o.Source {
		case sessions.SourceDisplay:
			return o.Display < 0 || o.Display >= len(x.Displays)
		case sessions.SourceStderr:
			text = x.Stderr
		}
		return o.Start < 0 || o.Start >= o.End || o.End > len(text)
	})
}

// ending is the output about a run that did not succeed, nil for one that did.
func ending(x *sessions.Execution) *raised {
	if e := x.Error; e != nil {
		trace := e.Traceback
		if trace == "" {
			trace = e.Name + ": " + e.Message
		}
		return &raised{"error", cutText(e.Name), cutText(e.Message), strings.Split(strings.TrimSuffix(cutText(trace), "\n"), "\n")}
	}
	if x.Status == sessions.Succeeded {
		return nil
	}
	return &raised{"error", "Ended", string(x.Status), []string{"The run ended: " + string(x.Status) + "."}}
}

// note is an output that says what the notebook does not have.
func note(text string) json.RawMessage {
	return marshal(display{Type: "display_data", Data: map[string]any{"text/plain": "[" + text + "]"}, Metadata: map[string]any{}})
}

// shown is a display with the forms that there is room for, or the result.
func shown(d sessions.Display, isResult bool, n int) json.RawMessage {
	out := display{Type: "display_data", Data: map[string]any{}, Metadata: map[string]any{}}
	if isResult {
		out.Type, out.Count = "execute_result", &n
	}
	var left []string
	room := maxDisplay
	kinds := slices.SortedFunc(maps.Keys(d.Data), func(a, b string) int { return len(d.Data[a]) - len(d.Data[b]) })
	for _, kind := range kinds {
		value, ok := form(kind, d.Data[kind])
		switch room -= len(d.Data[kind]); {
		case kind == sessions.MIMESummary || !ok:
		case room < 0:
			left = append(left, kind+", "+prose.Size(int64(len(d.Data[kind]))))
		default:
			out.Data[kind] = value
		}
	}
	if left != nil || len(out.Data) == 0 {
		text := strings.TrimSuffix(cutText(string(d.Data["text/plain"])), "\n")
		out.Data["text/plain"] = wholeLines(strings.TrimPrefix(text+"\n[left out of the notebook: "+strings.Join(left, "; ")+"]", "\n"))
	}
	return marshal(out)
}

// form is the value of a form of a display. ok is false for one that no notebook can have.
func form(kind string, data []byte) (value any, ok bool) {
	base, _, _ := strings.Cut(kind, ";")
	switch {
	case base == "" || len(kind) > 200 || !strings.Contains(base, "/"):
		return nil, false
	case base == "application/json" || strings.HasSuffix(base, "+json"):
		return json.RawMessage(data), json.Valid(data) && shallow(data)
	case base != "image/svg+xml" && (strings.HasPrefix(base, "image/") || strings.HasPrefix(base, "audio/") || strings.HasPrefix(base, "video/") || base == "application/pdf"):
		return base64.StdEncoding.EncodeToString(data), true
	case !utf8.Valid(data):
		return nil, false
	}
	return wholeLines(cutText(string(data))), true
}

// cutText leaves out the middle of a text that is too long.
func cutText(text string) string {
	if len(text) <= maxText {
		return text
	}
	head, tail := maxText/2, len(text)-maxText/2
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return text[:head] + "\n[" + prose.Size(int64(tail-head)) + " left out of the notebook]\n" + text[tail:]
}

// maxDepth is how deep JSON of a session may be nested: readers have limits.
const maxDepth = 100

// shallow reports whether valid JSON is nested less deeply than that.
func shallow(data []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return false
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return true
}
