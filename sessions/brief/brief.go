// Package brief cuts what a command said to its end, in one line, for errors that people
// read.
package brief

import "strings"

const most = 400 // bytes, of what [Said] returns

// Said returns the end of what a command said that failed, without the point of its last
// sentence, or else the error.
func Said(text string, err error) string {
	if said := End(text, most); said != "" {
		return strings.TrimRight(said, ".?!")
	}
	return err.Error()
}

// End returns a text in one line, and of one that has more than most bytes these at its
// end, behind an ellipsis. What is not UTF-8 is left out.
func End(text string, most int) string {
	line := strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if cut := len(line) - most; cut > 0 {
		return "…" + strings.ToValidUTF8(line[cut:], "")
	}
	return line
}
