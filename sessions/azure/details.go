package azure

import (
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// Bounds of what is believed of a service's details.
const (
	maxDisplays     = 100
	maxForms        = 16
	maxFiles        = 1000
	maxTruncations  = 2
	maxOutputs      = 5000
	maxLate         = 64
	maxLateText     = 32 << 10 // bytes
	maxLateDisplays = 8
	maxVariables    = 8
	maxConnections  = 64
	maxAxes         = 8
)

// credible reports whether details may replace Azure's answer: they must say how
// the run ended.
func credible(d *wire.Details) bool {
	known := []sessions.Status{
		sessions.Succeeded, sessions.Failed, sessions.TimedOut, sessions.Stopped,
		sessions.OutOfMemory, sessions.MachineOutOfMemory, sessions.DiskFull, sessions.Died,
	}
	return d != nil && slices.Contains(known, d.Status) && (d.Status == sessions.Failed) == (d.Error != nil)
}

// distrust bounds what a service told beyond Azure's answer, since the service may
// be any program.
func distrust(x *sessions.Execution) {
	x.Duration = clamp(x.Duration)
	x.Restart = sessions.Restart(printable(string(x.Restart), 200))
	x.DisplaysDropped = max(x.DisplaysDropped, 0)
	x.FilesOmitted = max(x.FilesOmitted, -1)
	if d := x.Disk; d != nil {
		d.Used, d.Limit = max(d.Used, 0), max(d.Limit, 0)
		d.Files, d.MaxFiles, d.Removed = max(d.Files, 0), max(d.MaxFiles, 0), max(d.Removed, 0)
	}
	sent := len(x.Displays)
	if extra := len(x.Displays) - maxDisplays; extra > 0 {
		x.Displays, x.DisplaysDropped = x.Displays[:maxDisplays], x.DisplaysDropped+extra
	}
	x.Displays = slices.DeleteFunc(x.Displays, func(d sessions.Display) bool { return len(d.Data) == 0 || len(d.Data) > maxForms })
	if len(x.Displays) != sent || len(x.Outputs) > maxOutputs {
		x.Outputs = nil // it counts displays that are not there
	}
	if s := x.Stopped; s != nil {
		x.Stopped = &sessions.StoppedRun{Number: max(s.Number, 0), After: clamp(s.After)}
	}
	x.Late = x.Late[:min(len(x.Late), maxLate)]
	for i := range x.Late {
		distrustLate(&x.Late[i])
	}
	x.Truncated = x.Truncated[:min(len(x.Truncated), maxTruncations)]
	for i := range x.Truncated {
		cut := &x.Truncated[i]
		cut.Stream, cut.Total, cut.Lines = printable(cut.Stream, 20), max(cut.Total, 0), max(cut.Lines, 0)
		if name, err := sessions.CleanName(cut.File); err != nil || name != cut.File {
			cut.File = ""
		}
	}
	distrustVariables(x)
	distrustConnections(x)
	if r := x.Rollback; r != nil {
		r.Runs, r.Why = max(r.Runs, 0), sessions.Restart(printable(string(r.Why), 200))
	}
	var files []sessions.FileChange
	for _, f := range x.Files {
		name, err := sessions.CleanName(f.Name)
		if err != nil || f.Size < 0 || len(files) == maxFiles {
			if x.FilesOmitted >= 0 {
				x.FilesOmitted++
			}
			continue
		}
		f.Name = name
		if from, err := sessions.CleanName(f.From); err != nil || from != f.From {
			f.From = ""
		}
		files = append(files, f)
	}
	x.Files = files
}

// distrustLate bounds what earlier code is said to have written.
func distrustLate(late *sessions.LateOutput) {
	late.Text = late.Text[max(0, len(late.Text)-maxLateText):]
	late.Number, late.Total = max(late.Number, 0), max(late.Total, int64(len(late.Text)))
	late.Displays = slices.DeleteFunc(late.Displays[:min(len(late.Displays), maxLateDisplays)], func(d sessions.Display) bool {
		return len(d.Data) == 0 || len(d.Data) > maxForms
	})
	late.DisplaysDropped = max(late.DisplaysDropped, 0)
}

// distrustVariables bounds what a session says that it has.
func distrustVariables(x *sessions.Execution) {
	v := x.Variables
	if v == nil {
		return
	}
	v.More = max(v.More, 0)
	if extra := len(v.Named) - maxVariables; extra > 0 {
		v.Named, v.More = v.Named[:maxVariables], v.More+extra
	}
	for i := range v.Named {
		one := &v.Named[i]
		one.Name, one.Type = word(one.Name), word(one.Type)
		one.Shape = one.Shape[:min(len(one.Shape), maxAxes)]
	}
}

// distrustConnections bounds what a session is said to have reached.
func distrustConnections(x *sessions.Execution) {
	x.Connections = x.Connections[:min(len(x.Connections), maxConnections)]
	for i := range x.Connections {
		c := &x.Connections[i]
		c.Host, c.Refused = printable(c.Host, 253), printable(c.Refused, 800)
		c.Count, c.Sent, c.Received = max(c.Count, 1), max(c.Sent, 0), max(c.Received, 0)
	}
}

// word returns a name that cannot be more than one word of a sentence.
func word(s string) string {
	if s = printable(s, 160); strings.ContainsAny(s, " .,;:") {
		return "?"
	}
	return s
}
