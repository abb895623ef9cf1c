package wire

import (
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Details has what Azure's answer to an execution has no place for.
type Details struct {
	Status          sessions.Status        `json:"status"`
	Stderr          string                 `json:"stderr"` // without the traceback that Azure puts there
	Text            string                 `json:"text,omitempty"`
	Error           *PythonError           `json:"error,omitempty"`
	Truncated       []sessions.Truncation  `json:"truncated,omitempty"`
	Displays        []map[string][]byte    `json:"displays,omitempty"`
	DisplaysDropped int                    `json:"displaysDropped,omitempty"`
	ShortOfMemory   bool                   `json:"shortOfMemory,omitempty"`
	MemoryLimit     int64                  `json:"memoryLimitInBytes,omitempty"`
	Outputs         []sessions.Output      `json:"outputs,omitzero"` // null if the order is not known
	Late            []sessions.LateOutput  `json:"late,omitempty"`
	Files           []sessions.FileChange  `json:"files,omitempty"`
	FilesOmitted    int                    `json:"filesOmitted,omitempty"`
	Disk            *sessions.Disk         `json:"disk,omitempty"`
	Restart         sessions.Restart       `json:"restart,omitempty"`
	Stopped         *sessions.StoppedRun   `json:"stopped,omitempty"`
	VariablesLost   bool                   `json:"variablesLost,omitempty"`
	Rollback        *sessions.Rollback     `json:"rollback,omitempty"`
	Variables       *sessions.Variables    `json:"variables,omitempty"`
	Connections     []sessions.Connections `json:"connections,omitempty"`
	Duration        time.Duration          `json:"durationInNanoseconds"`
}

// PythonError is [sessions.PythonError].
type PythonError struct {
	Name      string `json:"name"`
	Message   string `json:"message"`
	Traceback string `json:"traceback"`
}
