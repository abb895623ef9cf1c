// Package config reads the command line and the environment.
//
// One struct, [Config], has every setting of the program. Its tags give the
// flag, the default and the help text; the environment variable of a flag is
// its name in capitals after "DYNAMIC_SESSIONS_", so that --max-upload is also
// DYNAMIC_SESSIONS_MAX_UPLOAD. A flag wins over its variable, a variable over
// the default.
//
// [Parse] is pure: it looks at its arguments and at nothing else, so that any
// combination can be tried in a test. What it returns is valid; what it refuses
// is an [Error] that names the setting, the value and what is allowed.
package config

import (
	"time"

	"github.com/alecthomas/kong"
)

// Config is every setting. Get one from [Parse].
type Config struct {
	Pool    Pool    `embed:"" group:"The Python sessions:"`
	Azure   Azure   `embed:"" group:"A pool elsewhere, such as in Azure:"`
	Tools   Tools   `embed:"" group:"The tools:"`
	Logging Logging `embed:"" group:"The log, on standard error:"`

	Serve      Serve      `cmd:"" default:"withargs" help:"Serve MCP (the default command). Reads requests from standard input and writes answers to standard output, as Claude Desktop, Claude Code and other clients expect."`
	PoolServer PoolServer `cmd:"" name:"pool" help:"Serve the sessions to programs that were written for Azure Container Apps dynamic sessions, over its REST API. A session is destroyed after its cooldown and a run may take 220s, unless --on-idle and --timeout say otherwise."`
	Demo       Demo       `cmd:"" help:"Play a whole conversation: start the server, call its tools as an agent would, show and check every answer."`
	Setup      struct{}   `cmd:"" help:"Prepare the interpreter, its packages and a sandbox now, so that no conversation has to wait for it."`
	Doctor     struct{}   `cmd:"" help:"Check what the sessions need on this machine, and say how to mend what is missing."`
	Version    struct{}   `cmd:"" help:"Print the version of the program and of what is built into it."`

	// Command is the command to run.
	Command Command `kong:"-"`
	// Unknown has the environment variables that look like settings and are
	// none, in order of name: most likely typing errors.
	Unknown []string `kong:"-"`
	// PoolToken is the token of a pool that is not in Azure, from the
	// environment. "" if there is none.
	PoolToken string `kong:"-"`
	// AuthToken is the token that callers over HTTP must send, and SessionKey
	// the key of conversations, from the environment. "" if there is none.
	AuthToken  string `kong:"-"`
	SessionKey string `kong:"-"`
	// CertFile and CertDirs are SSL_CERT_FILE and SSL_CERT_DIR: the authorities
	// that programs trust instead of those that the system comes with.
	CertFile string `kong:"-"`
	CertDirs string `kong:"-"`
	// Flags are the arguments that make another process parse to the same
	// settings of Pool, Azure, Tools and Logging.
	Flags []string `kong:"-"`
}

// Command names a command.
type Command string

// The commands.
const (
	CommandServe   Command = "serve"
	CommandPool    Command = "pool"
	CommandDemo    Command = "demo"
	CommandSetup   Command = "setup"
	CommandDoctor  Command = "doctor"
	CommandVersion Command = "version"
)

// Pool is how sessions are made and what one may use.
type Pool struct {
	Isolation   Isolation `default:"gvisor" placeholder:"gvisor|none" help:"What separates a session from this machine. gvisor is a sandbox without network that sees nothing of the host. none runs the code as an ordinary process with all that you may do: only for code you would run yourself (default ${default})."`
	Python      string    `placeholder:"PATH" help:"Another interpreter than the one built in: the python of a virtual environment that has IPython installed."`
	CacheDir    string    `placeholder:"DIR" help:"Where the interpreter and its packages are kept between runs: in DIR itself if it is new, empty or the program's already, and otherwise in dynamic-sessions-mcp in it. It must belong to you, and nobody else may write to it. Default: dynamic-sessions-mcp in the user's cache folder."`
	Memory      Bytes     `default:"2GiB" placeholder:"SIZE" help:"Memory of one session: its variables, its files in /tmp, and what the sandbox holds for its sockets, pipes and processes. A new session takes about 100 MB of it (default ${default})."`
	TotalMemory Bytes     `placeholder:"SIZE" help:"Memory of all sessions together. When it gets short, idle sessions are put to sleep and no more are taken in; when it is used up, the session that holds the most is killed. Default: what the machine, or the container, has, less an eighth."`
	Disk        Bytes     `default:"1GiB" placeholder:"SIZE" help:"Disk of one session (default ${default})."`
	Processes   int       `default:"256" placeholder:"N" help:"Processes and threads of one session (default ${default})."`
	MaxUpload   Bytes     `default:"128MB" placeholder:"SIZE" help:"The largest file that can be uploaded (default ${default})."`
	MaxOutput   Bytes     `default:"1MiB" placeholder:"SIZE" help:"How much is kept of what a run prints, for each of stdout and stderr; all of it goes to a file in the session (default ${default})."`
	Timeout     Duration  `default:"50s" placeholder:"TIME" help:"How long a run may take when the call does not say; a call may ask for up to 220s (default ${default})."`
	Cooldown    Duration  `default:"300s" placeholder:"TIME" help:"How long a session stays in memory after its last use (default ${default})."`
	OnIdle      OnIdle    `default:"hibernate" placeholder:"hibernate|destroy" help:"What becomes of a session after its cooldown. hibernate writes it to disk; the next run wakes it with its variables. destroy removes it. Without isolation it is always destroyed (default ${default})."`
	SleepAge    Duration  `default:"24h" placeholder:"TIME" help:"How long a hibernated session is kept (default ${default})."`
	SleepDisk   Bytes     `default:"10GiB" placeholder:"SIZE" help:"Disk that all hibernated sessions may take, beside their files; those unused for longest go first (default ${default})."`
	MaxSessions int       `default:"100" placeholder:"N" help:"Sessions awake at one time (default ${default})."`
	Warm        int       `default:"1" placeholder:"N" help:"Sandboxes kept ready for sessions to come, each with about 100 MB of memory; after a burst of sessions the pool keeps more for a while. 0 keeps none, also after a burst (default ${default})."`
}

// Tools is what the model is offered.
type Tools struct {
	AllowDir      []string      `sep:"none" placeholder:"DIR" help:"A folder of this machine that upload_file may read and download_file may write. Can be given more than once. Default: none."`
	AllowHidden   bool          `help:"Let upload_file read hidden files of those folders too: .env, .git/config and all else that has a part that begins with a dot. Default: only what is not hidden. download_file never writes hidden files."`
	ResultFormat  ResultFormat  `default:"text" placeholder:"text|json" help:"The text of run_python's answers: labelled text, or a JSON object with result, stdout and stderr (default ${default})."`
	ResourceLinks ResourceLinks `default:"auto" placeholder:"auto|on|off" help:"Whether answers link to the files of a session. auto leaves links out for clients that are known to refuse them (default ${default})."`
}

// Logging is what is logged.
type Logging struct {
	LogLevel LogLevel `default:"info" placeholder:"LEVEL" help:"trace, debug, info, warn or error (default ${default}). Code, file contents and identifiers are never logged."`
}

// Serve is how MCP is served.
type Serve struct {
	Transport   Transport `default:"stdio" placeholder:"stdio|http|sse" help:"How clients connect: stdio is one conversation over standard input and output; http is streamable HTTP at /mcp, and SSE at /sse for older clients; sse is the latter alone (default ${default})."`
	SessionName string    `placeholder:"NAME" help:"Keep the session under this name: when the server ends, the session is put to sleep, and the next server that is started with the name goes on with its variables and files. One server at a time can have it. --sleep-age and --sleep-disk hold for it too. Default: the session ends with the server."`
	Web         `embed:"" group:"Over HTTP, with --transport=http or sse:"`
}

// Demo is what the demonstration does with its files.
type Demo struct {
	Out string `placeholder:"DIR" help:"Where images and downloads are saved: in DIR if it is new or empty, and otherwise in a new folder in it. Default: a new folder among the temporary files."`
}

// Isolation is what separates a session from the machine.
type Isolation string

// The kinds of isolation.
const (
	IsolationGVisor Isolation = "gvisor"
	IsolationNone   Isolation = "none"
)

// OnIdle is what becomes of a session that nobody uses.
type OnIdle string

// The choices.
const (
	OnIdleHibernate OnIdle = "hibernate"
	OnIdleDestroy   OnIdle = "destroy"
)

// ResultFormat is the form of the text that run_python answers with.
type ResultFormat string

// The forms.
const (
	ResultText ResultFormat = "text"
	ResultJSON ResultFormat = "json"
)

// ResourceLinks says whether answers have resource links in them.
type ResourceLinks string

// The choices.
const (
	LinksAuto ResourceLinks = "auto"
	LinksOn   ResourceLinks = "on"
	LinksOff  ResourceLinks = "off"
)

// LogLevel is the least important kind of message that is logged.
type LogLevel string

// Transport is a way in which clients connect.
type Transport string

// The transports. TransportStdio is one conversation over standard input and
// output; the others are any number of them over HTTP.
const (
	TransportStdio Transport = "stdio"
	TransportHTTP  Transport = "http"
	TransportSSE   Transport = "sse"
)

var (
	_ kong.MapperValue = (*Bytes)(nil)
	_ kong.MapperValue = (*Duration)(nil)
)

// MaxTimeout is the longest run that can be asked for.
const MaxTimeout = 220 * time.Second
