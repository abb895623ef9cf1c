package sessions

import (
	"encoding/json"
	"fmt"
	"time"
)

// A Request is one piece of code, or one command, to run.
type Request struct {
	// Code is Python source text. A cell, in Jupyter's terms: IPython's magics,
	// "!command" and top-level await work, and the value of a last expression
	// becomes the result.
	Code string

	// Command, if set, is what is run instead of Code, which is "" then.
	Command *Command

	// Number is the number by which people know the run, by which later executions say
	// that it is it which goes on writing; see [Execution.Late]. An execution without
	// one, which is 0, is told nothing of earlier ones.
	Number int

	// Restart has the run begin in a new interpreter, without the variables and imports
	// of earlier runs; files are kept. Code may be empty then. It ends nothing that runs:
	// the request waits for its turn like any other. The Execution's Restart is
	// [RestartAsked].
	Restart bool

	// Timeout bounds the run. Zero means the longest that the pool allows, and so does
	// more than that. Time spent waiting for the session, or for earlier executions,
	// does not count.
	Timeout time.Duration

	// Stop, if set, stops the run when it is closed: the code is interrupted, and killed
	// if it does not heed that, and Execute returns what came of it until then. A pool
	// that cannot stop code goes on.
	Stop <-chan struct{}

	// Ask, if set, is called with questions for the user that come up during the run, and
	// reports whether the user is asked. It must not block; several calls may be under way.
	// If it is nil, or reports false, the code is refused what it wants, and so it is by
	// pools that ask nobody.
	Ask func(Question) bool

	// Events, if set, is called with what happens during the call: waiting, and
	// output as it comes, as far as the pool learns of it. Its calls are sequential, and none begins after Execute
	// has returned. It must not block; Execute does not wait for one that does.
	Events func(Event)
}

// An Event is something that happened during an execution.
type Event struct {
	Kind EventKind
	Text string // the output, or what is being waited for
	// Display is what was shown, and Place tells it from other displays of the run: one
	// in the same place replaces it.
	Display Display
	Place   int
	Late    LateOutput
}

// EventKind tells events apart.
type EventKind int

// The kinds of events.
const (
	EventWaiting EventKind = iota // the call waits for something; Text says for what
	EventBegun                    // the program begins; a pool that does not know leaves it out
	EventStdout                   // the program wrote Text to its standard output
	EventStderr                   // the program wrote Text to its standard error
	EventDisplay                  // the program showed Display
	EventClear                    // the program cleared what it had written and shown
	EventLate                     // Late was written by an earlier execution
	EventSilent                   // the pool tells no output before the end of the program
)

// Status says how a run ended.
type Status string

// The ways in which a run ends.
const (
	// Succeeded: the code ran to its end. So did a command, whatever its
	// ExitCode says.
	Succeeded Status = "succeeded"
	// Failed: the code raised. Error says what.
	Failed Status = "failed"
	// TimedOut: the code was stopped because its time was up.
	TimedOut Status = "timed out"
	// Stopped: the code was stopped because [Request.Stop] was closed.
	Stopped Status = "stopped"
	// OutOfMemory: the code used more memory than the session may and was killed.
	OutOfMemory Status = "out of memory"
	// MachineOutOfMemory: the machine, or all sessions together, ran out of memory,
	// and the code was killed because its session used the most.
	MachineOutOfMemory Status = "machine out of memory"
	// DiskFull: the code filled the session's disk and was stopped.
	DiskFull Status = "disk full"
	// Died: the interpreter ended in the middle of the code: os._exit, a
	// segmentation fault, a kill.
	Died Status = "died"
)

// An Execution is the outcome of one run.
type Execution struct {
	Status Status

	// Stdout and Stderr hold what the program wrote, captured at the level of
	// descriptors, as valid UTF-8. They are cut to the pool's bound: see
	// Truncated. The traceback of a failure is in Error, not in Stderr.
	Stdout, Stderr string
	Truncated      []Truncation

	// ExitCode is how a command ended whose Status is Succeeded: its exit status,
	// or 128 and the number of the signal that killed it. 0 for code.
	ExitCode int

	// Error is set when Status is Failed.
	Error *PythonError

	// Result is the value of the last expression as Azure encodes it (REST data
	// plane, executionResult): "" for none and for None; numbers, booleans and
	// strings as JSON has them; null for what is not finite; an image, or the
	// last figure drawn, as {"type":"image","format":"png","base64_data":…};
	// anything else as the string that IPython shows. Never empty.
	Result json.RawMessage

	// Text is the value of the last expression as IPython shows it, such as
	// 'abc' with its quotes, or "" if there was none.
	Text string

	// Displays holds every figure and every display() of the run, in order,
	// then the last expression's value if that has a richer form than text. What
	// the program cleared is not among them.
	Displays []Display
	// DisplaysDropped counts those left out because there were too many or they
	// were too large.
	DisplaysDropped int
	// ShortOfMemory reports that the server had too little memory for all of the
	// output: it left out displays or cut texts that it would otherwise have kept.
	ShortOfMemory bool

	// MemoryLimit is how many bytes the session may use, if Status is OutOfMemory
	// and the pool knows it.
	MemoryLimit int64

	// Outputs is the order in which the program wrote Stdout and Stderr and showed
	// Displays. What it cleared, as clear_output does, is not among them, although
	// Stdout and Stderr have it. Nil means that the pool does not know the order.
	Outputs []Output

	// Late is what threads, tasks and children of earlier executions have written and
	// shown since those had ended, and no answer has told. It is not part of Stdout and Stderr.
	Late []LateOutput

	// Duration is how long the code ran.
	Duration time.Duration

	// Files are the files that the run made, changed, renamed or deleted, in order
	// of name, without those that are Incidental. It has at most as many as the
	// pool's bound; FilesOmitted counts the others. -1 means that there may be
	// more: there are too many files to check in time.
	Files        []FileChange
	FilesOmitted int

	// Disk is set if the session may add nothing more to its disk, or if what the
	// run had added was removed.
	Disk *Disk

	// Incarnation is an opaque value that stays the same as long as the session
	// does. When it differs from that of an earlier call with the same ID, the
	// session was replaced in between: its variables and its files are gone.
	Incarnation string
	// NewSession reports that this call made the session: nothing had used it
	// before. It is false for a pool that does not know.
	NewSession bool

	// Restart is set when this run was the first in a new interpreter although
	// the session had one before. Its variables were gone before the code
	// began; its files were kept. "" for an ordinary run.
	Restart Restart

	// Stopped is set in the first execution of a session that an earlier server put to
	// sleep, if a run was stopped by that and nobody was told.
	Stopped *StoppedRun

	// VariablesLost reports that the interpreter did not survive this run, so
	// that the next one begins without variables. Files are kept.
	VariablesLost bool

	// Rollback is set when the interpreter died, in this run or before it, and another took
	// its place that has variables, modules and open files as they were earlier. Files are
	// as they are. VariablesLost is false and Restart "" then.
	Rollback *Rollback

	// Variables are what the interpreter has after the run, nil if that is not known. They
	// are its own words: the code can have changed them.
	Variables *Variables

	// Connections are what the session's code reached, or was refused, since the run before
	// this one ended: at most a few dozen, one for all that are alike. Connections that are
	// still open are not among them.
	Connections []Connections

	// Unseen is why code does not see all of the user's folders that it was to see, as
	// they are, within a sentence; "" if it does, or was not to.
	Unseen string
}

// A Rollback says to what an interpreter went back.
type Rollback struct {
	// Runs is how many runs are undone, as far as the interpreter is concerned: the last
	// ones, and if the interpreter died in this run that one among them. More than one if
	// they followed each other too fast to keep what each had left. 0 if none is.
	Runs int `json:"runs"`
	// Why is why the interpreter was replaced before this run; "" if it died in this run.
	Why Restart `json:"why,omitempty"`
	// Pending says that the interpreter is not back yet. The next run has a Rollback, or a
	// Restart.
	Pending bool `json:"pending,omitempty"`
}

// Point says to when the interpreter went back, as in "rolled back to before the last run".
func (r *Rollback) Point() string {
	switch r.Runs {
	case 0:
		return "what it was after the last run"
	case 1:
		return "before the last run"
	}
	return fmt.Sprintf("before the last %d runs", r.Runs)
}

// A Disk says how much of its disk a session uses and how much it may use. If it is
// full, only code that adds nothing can finish, such as code that deletes files.
type Disk struct {
	Used     int64 `json:"used"`  // bytes
	Limit    int64 `json:"limit"` // bytes
	Files    int   `json:"files"` // files and folders
	MaxFiles int   `json:"maxFiles"`
	// Removed counts the files and folders that the run added beyond the limit
	// and that were removed, or cut back to their earlier size.
	Removed int `json:"removed,omitempty"`
	// HostFull reports that the disk of the host has no room, whatever the limit.
	HostFull bool `json:"hostFull,omitempty"`
	// Largest are a few of the files that take the most, the largest first.
	Largest []LargeFile `json:"largest,omitempty"`
}

// A LargeFile is a file that takes much of a session's disk.
type LargeFile struct {
	Name string `json:"name"` // as [File] has it
	Size int64  `json:"size"` // bytes that it takes
}

// Full reports whether nothing may be added.
func (d *Disk) Full() bool {
	return d.Limit > 0 && d.Used >= d.Limit || d.FilesFull() || d.HostFull
}

// FilesFull reports whether no file or folder may be added.
func (d *Disk) FilesFull() bool { return d.MaxFiles > 0 && d.Files >= d.MaxFiles }

// Restart says why an interpreter was replaced.
type Restart string

// The reasons why an interpreter is replaced.
const (
	RestartDied     Restart = "the interpreter had died"
	RestartTimedOut Restart = "the interpreter did not respond to the interrupt at a timeout and was killed"
	RestartCanceled Restart = "the interpreter did not respond to a cancellation and was killed"
	RestartMemory   Restart = "the interpreter was killed for using too much memory"
	// RestartMachine is for memory that others used too.
	RestartMachine Restart = "the machine ran out of memory and the interpreter was killed because it used the most"
	RestartDisk    Restart = "the interpreter was killed for filling its disk"
	RestartSleep   Restart = "the session was put to sleep and could not be woken"
	// RestartAsked is for [Request.Restart].
	RestartAsked Restart = "a restart was asked for"
)

// A PythonError is an exception that the code did not catch.
type PythonError struct {
	Name      string // the class, such as "ZeroDivisionError"
	Message   string // its text, such as "division by zero"
	Traceback string // what Python prints, without colours, ending in "Name: Message"
}

// A Truncation says that a stream was longer than what the Execution holds.
type Truncation struct {
	Stream string // "stdout" or "stderr"
	Total  int64  // bytes that the program wrote
	Lines  int64  `json:",omitempty"` // line ends among them; 0 if that is not known
	// File names the session's file that holds all of it, or "" if the disk had
	// no room for one.
	File string
}

// A StoppedRun is a run that was stopped by the end of its server.
type StoppedRun struct {
	Number int           `json:"number"` // its Request.Number
	After  time.Duration `json:"afterInNanoseconds"`
}

// A LateOutput is the end of what an execution wrote and showed after it had ended.
type LateOutput struct {
	Number int    `json:"number"` // its Request.Number; 0 if that is not known
	Text   string `json:"text"`
	Total  int64  `json:"total"` // bytes that were written, of which Text has the last
	// Displays are the last pictures that it showed, and DisplaysDropped how many others.
	Displays        []Display `json:"displays,omitempty"`
	DisplaysDropped int       `json:"displaysDropped,omitempty"`
}

// A Display is one rich output: the same thing in one or more forms, keyed by
// MIME type. Values are the raw bytes: an image is not base64. The bytes come
// from the session and may be anything.
type Display struct {
	Data map[string][]byte `json:"data"`
}
