package notebook

import (
	"bytes"
	"encoding/json"
	"strings"
)

// A cell is a Markdown cell, or with outputs a code cell.
type cell struct {
	Type     string         `json:"cell_type"`
	ID       string         `json:"id"`
	Metadata map[string]any `json:"metadata"`
	Source   []string       `json:"source"`
	*execution
}

// An execution is what only code cells have.
type execution struct {
	Count   *int              `json:"execution_count"`
	Outputs []json.RawMessage `json:"outputs"`
}

func markdownCell(id, text string) cell {
	return cell{Type: "markdown", ID: id, Metadata: map[string]any{}, Source: lines(text)}
}

func codeCell(id, code string) cell {
	return cell{Type: "code", ID: id, Metadata: map[string]any{}, Source: lines(code), execution: &execution{Outputs: []json.RawMessage{}}}
}

// lines are the lines of a text with their ends, as notebooks have texts.
func lines(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
}

// wholeLines are the lines of a text that ends as it does.
func wholeLines(text string) []string {
	all := strings.SplitAfter(text, "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return append([]string{}, all...)
}

// marshal writes JSON in one line, with the characters of HTML as they are. What cannot
// be UTF-8 is replaced. Values of this package can always be marshalled.
func marshal(value any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic("notebook: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
