package local

import (
	"runtime"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/datadir"
	"dynamic-sessions-mcp/sessions/local/interpreter"
	"dynamic-sessions-mcp/sessions/local/sandbox"
	"dynamic-sessions-mcp/sessions/userfolders"

	"github.com/rs/zerolog"
)

// Isolation says what separates a session from the host.
type Isolation string

// The kinds of isolation.
const (
	// GVisor runs each session in a sandbox, at the strongest level that this machine
	// allows: with namespaces, or behind Landlock. Linux only.
	GVisor Isolation = "gvisor"
	// GVisorNamespaces does so with namespaces, or not at all.
	GVisorNamespaces Isolation = "gvisor-namespaces"
	// GVisorLandlock does so behind Landlock, without namespaces.
	GVisorLandlock Isolation = "gvisor-landlock"
	// GVisorUnconfined does so as GVisor does, and with neither where there is neither.
	GVisorUnconfined Isolation = "gvisor-unconfined"
	// None runs sessions as plain processes of the user, who can do whatever
	// the user can. It is for machines on which nothing is at stake.
	None Isolation = "none"
)

// Isolations are all of them, the usual one first.
func Isolations() []Isolation {
	return []Isolation{GVisor, GVisorNamespaces, GVisorLandlock, GVisorUnconfined, None}
}

// Sandboxed reports whether sessions run in sandboxes.
func (i Isolation) Sandboxed() bool { return i != None }

// Demand says what that means for sandboxes.
func (i Isolation) Demand() sandbox.Demand {
	switch i {
	case GVisorNamespaces:
		return sandbox.NeedNamespaces
	case GVisorLandlock:
		return sandbox.OnlyLandlock
	case GVisorUnconfined:
		return sandbox.AnyLevel
	}
	return sandbox.Strongest
}

// Options configure a pool. The zero value of a field means its default.
type Options struct {
	CacheDir  string // see [cachedir.Open]: where the interpreter and the sessions' folders live; the user's cache folder
	SystemDir string // see [cachedir.Shared]: installations for all users, which are looked at before CacheDir; [cachedir.DefaultShared]
	// BaseSystem is the archive of the system that sandboxes are made of, see [basesystem.Options]:
	// "" for the one that is installed, or else the host's own.
	BaseSystem string
	Packages   string // the folder with the packages of the interpreter, see python.Download; "" for the Python package index
	// Requirements is a file with more packages for the embedded interpreter, see
	// python.Options; "" for none.
	Requirements string
	Python       string    // another interpreter instead of the embedded one
	Isolation    Isolation // GVisor

	Memory      int64         // bytes of memory a session may use; 2 GiB
	TotalMemory int64         // bytes of memory all sessions may use together; what the machine has, less a reserve
	Disk        int64         // bytes of files a session may have; 1 GiB
	Processes   int           // processes and threads a session may have; 256
	MaxUpload   int64         // bytes of one upload; 128 MB
	MaxOutput   int64         // bytes kept of each output stream; 1 MiB
	ImagePixels int           // pixels of a picture that code shows; 1.15 million
	MaxSessions int           // sessions at once; 100
	MaxRun      time.Duration // the longest that an execution may take, and how long one may that names no time; 30 min
	Cooldown    time.Duration // of disuse, after which OnIdle happens to a session; 300 s
	OnIdle      OnIdle        // Hibernate; without isolation always Destroy
	SleepAge    time.Duration // after which a sleeping session is removed; 24 h
	SleepDisk   int64         // bytes that all sleeping sessions may take, without their files; 10 GiB
	Rollback    bool          // a session whose interpreter dies in a run goes back to what it was before, if its state could be kept; not without isolation
	Warm        int           // spare sandboxes kept ready; 1, and none if negative
	maxWarm     int           // spare sandboxes kept ready after a burst; four for each processor, and at least Warm

	// Named is the ID of a session that outlives the pool: closing the pool puts it
	// to sleep, and the next pool with the same CacheDir finds it, with its
	// variables if program and settings are the same, and in any case with its
	// files. SleepAge and SleepDisk apply to it too. One pool at a time can have
	// it. "" for none; not without isolation.
	Named sessions.ID

	// Folders are the folders of the user that code sees, read-only, in
	// [userfolders.Dir]; none by default, and none without isolation. FoldersHidden says
	// that it also sees what is hidden in them.
	Folders       userfolders.Folders
	FoldersHidden bool

	// Egress is what code reaches, nothing by default; not without isolation. Index is the
	// address of the package index that it may open, https://pypi.org/simple, and IndexCA
	// a file of authorities that its certificate may be of besides the system's.
	Egress egress.Rules
	// Secrets are put into the requests of code to their hosts, in the place of what it has
	// in its environment; their hosts are among those of Egress.
	Secrets []egress.Secret
	Index   string
	IndexCA string

	Logger   zerolog.Logger
	Progress func(text string) // told what the set-up is doing; may be nil

	// What tests replace; the zero values are for the host's disk and the usual times.
	folders     folders
	createState func(path string) (interpreter.StateFile, error)
	freeSpace   func(dir string) (bytes int64, err error)
	hostDisk    func(dir string) datadir.HostDisk
	maxFiles    int
	idle        interpreter.IdleTimes
}

func (o Options) withDefaults() Options {
	if o.CacheDir == "" {
		// Without one the first call says so: a server that did not even start
		// could not.
		if dir, err := cachedir.Default(); err == nil {
			o.CacheDir = dir
		}
	}
	setDefault(&o.Isolation, GVisor)
	setDefault(&o.Memory, 2<<30)
	setDefault(&o.Disk, 1<<30)
	setDefault(&o.Processes, 256)
	setDefault(&o.MaxUpload, 128<<20)
	setDefault(&o.MaxOutput, 1<<20)
	setDefault(&o.MaxSessions, 100)
	setDefault(&o.MaxRun, 30*time.Minute)
	setDefault(&o.Cooldown, 300*time.Second)
	setDefault(&o.OnIdle, Hibernate)
	if !o.Isolation.Sandboxed() {
		o.OnIdle, o.Rollback = Destroy, false
	}
	setDefault(&o.SleepAge, 24*time.Hour)
	setDefault(&o.SleepDisk, 10<<30)
	setDefault(&o.Index, "https://pypi.org/simple")
	setDefault(&o.Warm, 1)
	setDefault(&o.maxWarm, 4*runtime.NumCPU())
	if o.Warm < 0 {
		o.Warm, o.maxWarm = 0, 0
	}
	o.maxWarm = max(o.Warm, o.maxWarm)
	if o.folders == nil {
		o.folders = hostFolders{}
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
