package kernel

import "strconv"

// Settings are the settings of a kernel process.
type Settings struct {
	Data      string   // the session's folder as the process sees it; sessions.DataDir if ""
	Sites     []string // folders of packages that the interpreter does not find by itself
	MaxOutput int64    // bytes of one stream that are sent; must equal Options.MaxOutput; 0 means 1 MiB
	MaxSpill  int64    // bytes of all files with long streams together, of which the oldest are removed; 0 means 512 MiB
	// ImagePixels is how many pixels a picture has at most that is sent; 0 means 1.15
	// million.
	ImagePixels int
	// Matplotlib is a folder that the kernel copies to the one in MPLCONFIGDIR.
	Matplotlib string
	// Relay is the port of the sandbox's loopback at which the kernel takes connections for
	// Options.Relay; 0 for none. Index says that a package index is there too.
	Relay   int
	Index   bool
	Offline bool  // the session has no network, and pip says so at once
	Memory  int64 // bytes that the session may use, of which errors tell; 0 if that is not known
	Disk    int64 // bytes that the session's folder may hold, of which errors tell; 0 if that is not known
}

// Args returns the arguments that follow the interpreter's name. script is that of a
// python.Kernel.
//
// The interpreter runs isolated: it ignores PYTHON… variables and the working
// directory. Threads inherit the context of the one that starts them, which
// tells the kernel to which execution their output belongs.
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
	if s.ImagePixels > 0 {
		args = append(args, "--image-pixels", strconv.Itoa(s.ImagePixels))
	}
	if s.Matplotlib != "" {
		args = append(args, "--matplotlib", s.Matplotlib)
	}
	if s.Memory > 0 {
		args = append(args, "--memory", strconv.FormatInt(s.Memory, 10))
	}
	if s.Disk > 0 {
		args = append(args, "--disk", strconv.FormatInt(s.Disk, 10))
	}
	if s.Relay > 0 {
		args = append(args, "--relay", strconv.Itoa(s.Relay))
	}
	if s.Index {
		args = append(args, "--index")
	}
	if s.Offline {
		args = append(args, "--offline")
	}
	return args
}
