// Package config reads the command line and the environment.
//
// One struct, [Config], has every setting of the program. Its tags give the
// flag, the default and the help text; the environment variable of a flag is
// its name in capitals after "DYNAMIC_SESSIONS_", so that --max-upload is also
// DYNAMIC_SESSIONS_MAX_UPLOAD. A flag wins over its variable, a variable over
// the default.
//
// [Parse] is pure: it looks at its arguments and at nothing else, so that any
// combination can be tried in a test. What it returns is valid; the error of what
// it refuses names the setting, the value and what is allowed.
//
// # No flag is accepted that does nothing
//
// Somebody who writes a flag on the command line wants what it says. So
//
//   - a flag is unknown to a command that does not honour it, and the error
//     names the commands that do (commands.go);
//   - a flag that has no effect beside other settings of the same command, such
//     as --listen over standard input and output, is refused with the reason and
//     what to do (effect.go).
//
// A variable is different: it may be set for the whole machine, and be meant for
// another command. One that does not concern a command is not looked at, and one
// that has no effect is ignored.
//
// docs/flags.md is the reference of all commands and flags. It is generated from
// this package: go test ./config -run TestReference -update.
package config

import (
	"slices"

	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/engine"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools"
)

// The groups of flags, which --help shows under the titles in groups.
const (
	groupSessions = "sessions" // the pool's sessions
	groupRemote   = "remote"   // a pool elsewhere
	groupEngine   = "engine"   // a container of this machine
	groupTools    = "tools"
	groupLog      = "log"
	groupHTTP     = "http" // MCP over HTTP
)

// Config is every setting. Get one from [Parse].
type Config struct {
	Pool    Pool    `embed:"" group:"sessions"`
	Azure   Azure   `embed:"" group:"remote"`
	Engines Engines `embed:"" group:"engine"`
	Tools   Tools   `embed:"" group:"tools"`
	Logging Logging `embed:"" group:"log"`

	Serve        Serve      `cmd:"" default:"withargs" help:"Serve MCP (the default command). It reads requests from standard input and writes answers to standard output, as Claude Desktop, Claude Code and other clients expect, or serves over HTTP. Code may read each folder DIR, as with --allow-dir."`
	PoolServer   PoolServer `cmd:"" name:"pool" help:"Serve the sessions over the REST API of Azure Container Apps dynamic sessions, for programs written for Azure. A session is destroyed after its cooldown and a run may take 220s, unless --on-idle and --max-run say otherwise."`
	Demo         Demo       `cmd:"" help:"Play a whole conversation: start the server, call its tools as an agent would, and show and check every answer."`
	Bench        Bench      `cmd:"" help:"Measure what sessions cost on this machine, beside the same work outside of them, on the quiet machine and beside load, and print a table in Markdown."`
	Setup        Setup      `cmd:"" help:"Prepare the interpreter, its packages and a sandbox now, so that no conversation has to wait for them."`
	Doctor       Doctor     `cmd:"" help:"Check everything that sessions need on this machine, and say how to fix what is missing."`
	Version      Version    `cmd:"" help:"Print the version of the program and of what is built into it."`
	Licenses     struct{}   `cmd:"" help:"Print the licenses of everything that the program consists of: what is built into it, and the interpreter, packages and fonts that are installed here."`
	Requirements struct{}   `cmd:"" help:"Print the Python packages of the interpreter, with versions and hashes, as pip reads them."`
	Verify       Verify     `cmd:"" help:"Check a log of serve --transcript: that every record is as it was written, and none is missing between two others."`
	Replay       Replay     `cmd:"" help:"Run the code of a log of serve --transcript again, in a fresh session, and compare outputs and files. It fails if any is different, unless the run depends on time or chance."`
	Completion   Completion `cmd:"" help:"Print a script that completes commands and flags in a shell."`
	Man          struct{}   `cmd:"" help:"Print the manual page, for man."`

	// Command is the command to run.
	Command Command `kong:"-"`
	// Unknown are the environment variables that look like settings but are
	// none, sorted by name: most likely typing errors.
	Unknown []string `kong:"-"`
	// PoolToken is the token of a pool that is not in Azure, from the
	// environment. "" if there is none.
	PoolToken string `kong:"-"`
	// AuthToken is the token that callers over HTTP must send, and SessionKey
	// the key of conversations, from the environment. "" if there is none.
	AuthToken  string `kong:"-"`
	SessionKey string `kong:"-"`
	// CertFile and CertDirs are SSL_CERT_FILE and SSL_CERT_DIR: the authorities
	// that programs trust instead of those of the system.
	CertFile string `kong:"-"`
	CertDirs string `kong:"-"`
	// Index and IndexCA are the package index, and the file of its authorities, that pip
	// and uv are told of; "" if they are told of none.
	Index   string `kong:"-"`
	IndexCA string `kong:"-"`
	// Secrets are those of --secret, with their values from the environment.
	Secrets []egress.Secret `kong:"-"`
	// Flags are the arguments with which serve, over standard input and output,
	// uses the same pool and writes the same log.
	Flags []string `kong:"-"`
	// PoolFlags are the arguments with which another process of the program makes the
	// same sessions, with an interpreter and folders of its own, and writes the same log.
	PoolFlags []string `kong:"-"`
}

// Pool is how sessions are made and what one may use.
type Pool struct {
	Isolation   local.Isolation `default:"gvisor" placeholder:"gvisor|gvisor-namespaces|gvisor-landlock|gvisor-unconfined|none" help:"What separates a session from this machine. gvisor is a sandbox that has no network and sees nothing of the host. Around it are namespaces, or Landlock where there are none to be had, as in most containers; gvisor-namespaces insists on the former, gvisor-landlock takes the latter, and gvisor-unconfined does with neither where there is neither. none runs the code as an ordinary process that may do everything you may do: use it only for code you would run yourself (default ${default})."`
	Python      string          `placeholder:"PATH" help:"Use another interpreter than the built-in one: the python of a virtual environment that has IPython installed."`
	Packages    string          `placeholder:"FILE" help:"More packages for the built-in interpreter: a file of requirements with a hash for each, as uv pip compile --generate-hashes writes it, with all that they require and the interpreter does not have. They are installed once, beside those that there are, and are found before them."`
	CacheDir    string          `placeholder:"DIR" help:"Where the interpreter and its packages are kept between runs: in DIR itself if it is new, empty or already the program's, otherwise in the folder dynamic-sessions-mcp inside it. It must belong to you, and nobody else may be able to write to it. Default: dynamic-sessions-mcp in the user's cache folder."`
	SystemDir   string          `placeholder:"DIR|none" help:"A folder in which the interpreter, its packages and snapshots are installed for all users of this machine, by setup --shared. It is looked at before the cache folder and never changed. none uses the cache folder alone. Default: /usr/lib/dynamic-sessions-mcp."`
	BaseSystem  string          `placeholder:"FILE|none" help:"The base system that sandboxes are made of: the file dynamic-sessions-mcp-system-linux-amd64.tar.gz (or -arm64) of the release, a small Debian, so that nothing of this system's /usr, /lib, /bin and /etc is needed or seen. setup installs it for later: it unpacks it into the cache folder, or, with --shared, into that of --system-dir. none is this system's own, and with setup uninstalls the other. Default: the one that is installed, or beside the program, else this system's own, which must have glibc 2.28 or newer and /bin/sh."`
	Egress      []string        `placeholder:"pypi|ask|HOST,…" help:"What code may reach of the network: pypi, the package index, read-only, whose files are kept so that pip installs them again at once; and hosts by their names, such as api.example.com, *.example.com for all below it, or api.example.com:8443, by HTTP and HTTPS alone. ask opens nothing, and has the user asked about each host, as over standard input and output any list does (--egress-ask). The sandbox has no network all the same: the server connects, never with addresses of this machine and its network, and logs each decision. Default: nothing."`
	Secret      []string        `placeholder:"NAME@HOST,…" help:"A secret that code uses and never sees: the value of the variable NAME in the environment of the server, for the one HOST, which --egress must name too. Code finds a placeholder in its variable NAME, and the server puts the value in its place in the headers and the query of HTTPS requests to HOST, or to HOST:PORT, and nowhere else. Can be given more than once. Default: none."`
	Memory      Bytes           `default:"2GiB" placeholder:"SIZE" help:"Memory of one session: its variables, its files in /tmp, and what the sandbox holds for its sockets, pipes and processes. A new session takes about 80 MB of it (default ${default})."`
	TotalMemory Bytes           `placeholder:"SIZE" help:"Memory of all sessions together. When it runs short, idle sessions are put to sleep and no new ones are admitted; when it is used up, the session that holds the most is killed. Default: what the machine or the container has, less an eighth."`
	Disk        Bytes           `default:"1GiB" placeholder:"SIZE" help:"Disk space of one session (default ${default})."`
	Processes   int             `default:"256" placeholder:"N" help:"Processes and threads of one session (default ${default})."`
	MaxUpload   Bytes           `default:"128MB" placeholder:"SIZE" help:"The largest file that a client can send. Files that upload_file reads from this machine, by local_path, are bounded by --disk alone (default ${default})."`
	MaxOutput   Bytes           `default:"1MiB" placeholder:"SIZE" help:"How much of a run's output is returned, for each of stdout and stderr; all of it is in a file in the session (default ${default})."`
	ImagePixels int             `default:"1150000" placeholder:"N" help:"The pixels of the largest picture in an answer; larger ones are made smaller, and no side has more than 1568, which is what models see (default ${default})."`
	MaxRun      Duration        `default:"30m" placeholder:"TIME" help:"How long a run may take, unless the call says less; in Azure at most 220s. An answer does not wait for it: see --answer-within (default ${default})."`
	Cooldown    Duration        `default:"300s" placeholder:"TIME" help:"How long a session stays in memory after its last use (default ${default})."`
	OnIdle      local.OnIdle    `default:"hibernate" placeholder:"hibernate|destroy" help:"What happens to a session after its cooldown. hibernate writes it to disk, and the next run wakes it with its variables. destroy removes it. Without isolation it is always destroyed (default ${default})."`
	Rollback    Switch          `default:"on" placeholder:"on|off" help:"Whether a session whose interpreter dies in a run (memory, time, a crash) goes back to what it was before that run, with files as they are. Its state is kept when it has been idle for a second, if it has at most 512 MiB of data and nothing runs in it; states count as --sleep-disk does. off, and without isolation always: variables are lost then (default ${default})."`
	SleepAge    Duration        `default:"24h" placeholder:"TIME" help:"How long a hibernated session is kept (default ${default})."`
	SleepDisk   Bytes           `default:"10GiB" placeholder:"SIZE" help:"Disk space that all hibernated sessions may take, not counting their files; those unused for the longest time are removed first (default ${default})."`
	MaxSessions int             `default:"100" placeholder:"N" help:"How many sessions may be awake at the same time (default ${default})."`
	Warm        int             `default:"1" placeholder:"N" help:"How many sandboxes are kept ready for new sessions, each with about 80 MB of memory; after a burst of sessions the pool keeps more for a while. 0 keeps none, not even after a burst (default ${default})."`
}

// Tools is what the model is offered.
type Tools struct {
	AllowDir      []string           `sep:"none" placeholder:"DIR" help:"A folder of this machine that code may read (see --mount), that upload_file may read from and download_file may write to. pool has it with --stdio alone, and not from the environment. Can be given more than once. Default: none."`
	AllowHidden   bool               `help:"Let upload_file and code also read hidden files in the folders of --allow-dir: .env, .git/config and any other path with a part that begins with a dot. Default: only files that are not hidden. download_file never writes hidden files."`
	Mount         Mount              `default:"on" placeholder:"on|off" help:"Whether code sees the folders of --allow-dir, read-only, as /mnt/user/NAME. It sees what is in them at each moment, but nothing that is hidden unless --allow-hidden is given. Only in the sandboxes of this machine, also in a container of it (--engine), over standard input and output (default ${default})."`
	EgressAsk     Switch             `placeholder:"on|off" help:"Whether the user is asked when code connects to a host that --egress does not list, if the client can ask (elicitation): once for each host in a conversation, while the code waits. Over HTTP the user is who uses the client, and can so open hosts; the embedded pool alone can ask, not one in a container. Default: on over standard input and output, or if --egress has ask; off over HTTP."`
	AnswerWithin  Duration           `default:"45s" placeholder:"TIME" help:"How long a call of run_python or wait_for_run waits for the end of the run. If the run goes on, the answer says so and has the output so far. Many clients give up on a call after 60s (default ${default})."`
	MaxText       int                `default:"10000" placeholder:"N" help:"Characters of text in one answer, errors included. Longer output is cut in the middle, and the answer says where all of it is (default ${default})."`
	ResultFormat  tools.ResultFormat `default:"text" placeholder:"text|json" help:"The text of run_python's answers: labelled text, or a JSON object with result, stdout and stderr (default ${default})."`
	ResourceLinks tools.LinkMode     `default:"auto" placeholder:"auto|on|off" help:"Whether answers link to the files of a session. auto leaves links out for clients known to reject them (default ${default})."`
}

// Mount says whether code sees the folders of --allow-dir.
type Mount string

// What it can be.
const (
	mountOn  Mount = "on"
	mountOff Mount = "off"
)

// UserFolders are the folders of the user that code sees in its sessions. Only the
// sandboxes of this machine have them, and only where one user has them all, over
// standard input and output. The doctor sees what such a server would. Engines that
// cannot show folders are left to copy files, also if others could.
func (c *Config) UserFolders() userfolders.Folders {
	cannot := func(k engine.Kind) bool { return !k.ShowsFolders() }
	if c.remote() || slices.ContainsFunc(c.Containers(), cannot) || c.unisolated() || c.overHTTP() || c.poolOverHTTP() || c.Tools.Mount == mountOff {
		return nil
	}
	return userfolders.New(c.Tools.AllowDir)
}

// Logging is what is logged.
type Logging struct {
	LogLevel LogLevel `default:"info" placeholder:"LEVEL" help:"trace, debug, info, warn or error (default ${default}). Code, file contents and identifiers are never logged."`
}

// LogLevel is the least important kind of message that is logged.
type LogLevel string

// Setup is what is prepared, and from what.
type Setup struct {
	Download string `placeholder:"DIR" help:"Only download the Python packages for a machine like this one, into DIR. Bring it to a machine without a network, and run setup --from DIR there."`
	From     string `placeholder:"DIR" help:"Take the Python packages from DIR, as --download leaves them, and ask no package index."`
	Shared   bool   `help:"Install for all users of this machine, into the folder of --system-dir, which only this user may write to. Run it as root."`
}

// Version is how the version is printed.
type Version struct {
	JSON bool `name:"json" help:"Print a JSON object with version, commit, date, engine (native, or none where sessions cannot run on this system) and level (what isolates them: gvisor-namespaces, gvisor-landlock or none, as last found here, else decided at start), for programs."`
}

// Completion is the shell that a script is for.
type Completion struct {
	Shell Shell `arg:"" optional:"" name:"SHELL" help:"bash, zsh or fish."`
}

// Shell is a shell that can complete commands and flags.
type Shell string

// The shells.
const (
	ShellBash Shell = "bash"
	ShellZsh  Shell = "zsh"
	ShellFish Shell = "fish"
)

// Serve is how MCP is served.
type Serve struct {
	Dirs        []string  `arg:"" optional:"" name:"DIR" sep:"none" help:"Folders that code may read, as with --allow-dir."`
	Transport   Transport `default:"stdio" placeholder:"stdio|http|sse" help:"How clients connect. stdio is one conversation over standard input and output; http is streamable HTTP at /mcp, with SSE at /sse for older clients; sse is SSE only (default ${default})."`
	SessionName string    `placeholder:"NAME" help:"Keep the session under this name: when the server ends, the session is put to sleep, and the next server started with the same name continues with its variables and files. Only one server at a time can use a name. --sleep-age and --sleep-disk apply to it too. Default: the session ends with the server."`
	Out         Out       `group:"tools" placeholder:"DIR|none" help:"Where files are saved that code writes to /mnt/data/out: in DIR, which is made if the folder that it is in exists. A file there is replaced only if this session wrote it and nobody changed it since. none saves nothing. Only over standard input and output; over HTTP answers have links instead. Default: python-output in the first folder of --allow-dir, else in the user's folder of downloads, else in the home folder."`
	Transcript  string    `group:"tools" placeholder:"DIR" help:"Write each conversation into DIR as a notebook, after each run, and beside it as a log of code, outputs and hashes of files, which verify checks and replay runs again. DIR is made if the folder that it is in exists. Answers do not wait for it, and do not fail if it cannot be written. Default: nothing is written; conversation.ipynb can be had from the session."`
	Web         `embed:"" group:"http"`
}

// Verify is the log that is checked.
type Verify struct {
	Log string `arg:"" optional:"" name:"LOG" help:"The file conversation-….jsonl."`
}

// Replay is the log that is run again.
type Replay struct {
	Log   string `arg:"" optional:"" name:"LOG" help:"The file conversation-….jsonl."`
	Files string `placeholder:"DIR" help:"Where files are that were uploaded and are too large to be in the log: below DIR by the same path, or in DIR by name. Default: runs go on without them."`
}

// Doctor is what the doctor looks at besides the pool.
type Doctor struct {
	Out Out `group:"tools" placeholder:"DIR|none" help:"The folder of serve --out, to check. Default: that of serve."`
}

// Out is where files are saved that code makes for the user: an absolute path, "" for
// the folder of those who name none, or OutNone.
type Out string

// OutNone saves nothing.
const OutNone Out = "none"

// OutFolder is where files are saved that code makes for the user. Over HTTP nothing is.
func (c *Config) OutFolder() Out {
	switch {
	case c.overHTTP():
		return OutNone
	case c.Command == CommandDoctor:
		return c.Doctor.Out
	}
	return c.Serve.Out
}

// Transport is how clients connect.
type Transport string

// The transports. TransportStdio is one conversation over standard input and
// output; the others are any number of them over HTTP.
const (
	TransportStdio Transport = "stdio"
	TransportHTTP  Transport = "http"
	TransportSSE   Transport = "sse"
)

// Demo is what the demonstration does with its files.
type Demo struct {
	Out string `placeholder:"DIR" help:"Where images and downloads are saved: in DIR if it is new or empty, otherwise in a new folder inside it. Default: a new temporary folder."`
}
