package kernel

import "strconv"

// Settings are what a kernel process is started with.
type Settings struct {
	Data      string   // the session's folder as the process sees it; sessions.DataDir if ""
	Sites     []string // folders of packages that the interpreter does not find by itself
	MaxOutput int64    // bytes of one stream that are sent; Options.MaxOutput must be the same; 0 is DefaultMaxOutput
	MaxSpill  int64    // bytes of all files with long streams together; the oldest are removed; 0 is 512 MiB
	// Matplotlib is a folder that is copied to the one that MPLCONFIGDIR names.
	Matplotlib string
	Offline    bool // the session has no network, so that pip need not wait for it
}

// Args returns the arguments that follow the interpreter's name, where script
// is what python.WriteKernel returned.
//
// The interpreter runs isolated: it takes neither PYTHON… variables nor the
// working directory into account. Threads inherit the context of the one that
// starts them, by which the kernel knows whose output it has before it.
func Args(script string, s Settings) []string {
	args := []string{"-I", "-B", "-X", "utf8=1", "-X", "thread_inherit_context=1", script}
	if s.Data != "" {
		args = append(args, "--data", s.Data)
	}
	for _, site := range s.Sites {
		args = append(args, "--site", site)
	}
	if s.MaxOutput > 0 {
		args = append(args, "--max-output", strconv.FormatInt(s.MaxOutput, 10))
	}
	if s.MaxSpill > 0 {
		args = append(args, "--max-spill", strconv.FormatInt(s.MaxSpill, 10))
	}
	if s.Matplotlib != "" {
		args = append(args, "--matplotlib", s.Matplotlib)
	}
	if s.Offline {
		args = append(args, "--offline")
	}
	return args
}
