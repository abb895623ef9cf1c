package transcript

import (
	"fmt"
	"io"

	"dynamic-sessions-mcp/tools/prose"
)

// Describe writes what a log has, for people.
func (l *Log) Describe(to io.Writer) error {
	var runs, uploads, lost int
	for _, r := range l.Records {
		lost += r.Lost
		switch r.Kind {
		case kindRun:
			runs++
		case kindUpload:
			uploads++
		}
	}
	last := l.Records[len(l.Records)-1]
	end := "It has no end: its server is still running, was killed, or the end was cut off."
	switch last.Kind {
	case kindClose:
		end = "It is whole."
	case kindFull:
		end = fmt.Sprintf("It is full, at %d MB: later runs are not in it.", maxLog>>20)
	}
	if lost > 0 {
		end += fmt.Sprintf(" %s missing in it, since they could not be written.", prose.Count(lost, "record is", "records are"))
	}
	_, err := fmt.Fprintf(to, "Every record is as it was written: %s, %s, from %s to %s UTC.\n%s\nThe last hash is %s.\n",
		prose.Count(runs, "run", "runs"), prose.Count(uploads, "upload", "uploads"),
		l.Records[0].Time.UTC().Format("2006-01-02 15:04:05"), last.Time.UTC().Format("2006-01-02 15:04:05"), end, l.Hash)
	return err
}

// OtherThan says in a sentence what the log's code ran in, if that was something else; ""
// if it was not.
func (l *Log) OtherThan(now About) string {
	then := l.Records[0].Open
	switch {
	case then.Python != now.Python:
		return fmt.Sprintf("The log is of Python %s, and this is %s: outputs may differ for that.", known(then.Python), known(now.Python))
	case then.Lock != now.Lock:
		return "The log is of other versions of packages: outputs may differ for that."
	}
	return ""
}

func known(version string) string {
	if version == "" {
		return "of an unknown version"
	}
	return prose.Line(version, 40)
}

// String says how the runs compare.
func (r Result) String() string {
	text := fmt.Sprintf("%d the same, %d different", r.Same, r.Different)
	if r.Varied > 0 {
		text += fmt.Sprintf(", %d varied with time or chance", r.Varied)
	}
	if r.Skipped > 0 {
		text += fmt.Sprintf(", %d skipped", r.Skipped)
	}
	return text
}
