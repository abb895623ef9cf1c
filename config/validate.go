package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/tools"
	"dynamic-sessions-mcp/tools/hostpath"
)

// A settingError is a setting that cannot be used.
type settingError struct {
	Field  string // the flag without its dashes, such as "max-upload"
	Value  string // what it was set to
	Reason string // why that is not possible, and what is
}

// Error names the flag, its variable, the value (only the beginning of a long
// one) and what is allowed.
func (e *settingError) Error() string {
	return fmt.Sprintf("--%s (or %s) is %s: %s", e.Field, variable(e.Field), quote(e.Value), e.Reason)
}

// quote writes a value, only the beginning of a long one, so that nothing in it is
// unseen, and a path of Windows as its user writes it.
func quote(value string) string {
	return strings.ReplaceAll(fmt.Sprintf("%.200q", value), `\\`, `\`)
}

// validate reports the first setting that is out of its bounds, as a settingError.
// It is not a method, because kong would call one before Parse has cleaned the
// paths.
func validate(c *Config) error {
	for _, check := range []func() error{c.Serve.validateArguments, c.validateShell, c.validateLog, c.Setup.validate, c.Pool.validate, c.Azure.validate, c.Tools.validate, c.validateAsk, c.Logging.validate, c.Serve.validate, c.PoolServer.validate, c.Bench.validate, c.validateNamed, c.validateEngine, c.validateFiles, c.validateElsewhere, c.validateSecrets, c.Serve.Out.validate, c.Doctor.Out.validate, c.validateOverHTTP} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Pool) validate() error {
	if _, err := egress.ParseRules(p.Egress); err != nil {
		return &settingError{"egress", strings.Join(p.Egress, ","), err.Error()}
	}
	if err := oneOf("isolation", p.Isolation, local.Isolations()...); err != nil {
		return err
	}
	if p.CacheDir != "" {
		if err := absolute("cache-dir", p.CacheDir); err != nil {
			return err
		}
	}
	if p.SystemDir != "" && p.SystemDir != "none" {
		if err := absolute("system-dir", p.SystemDir); err != nil {
			return err
		}
	}
	for _, size := range []struct {
		field           string
		value, min, max Bytes
	}{
		{"memory", p.Memory, 256 << 20, 1 << 40},
		{"disk", p.Disk, 1 << 20, 1 << 40},
		{"max-upload", p.MaxUpload, 1, 1 << 40},
		{"max-output", p.MaxOutput, 1 << 10, 64 << 20},
		{"sleep-disk", p.SleepDisk, 1, 1 << 50},
	} {
		if err := between(size.field, size.value, size.min, size.max); err != nil {
			return err
		}
	}
	if p.TotalMemory != 0 { // or what the machine has
		if err := between("total-memory", p.TotalMemory, 256<<20, 1<<44); err != nil {
			return err
		}
	}
	for _, count := range []struct {
		field           string
		value, min, max number
	}{
		{"processes", number(p.Processes), 16, 32768},
		{"image-pixels", number(p.ImagePixels), 10_000, 1568 * 1568},
		{"max-sessions", number(p.MaxSessions), 1, 10000},
		{"warm", number(p.Warm), 0, 1000},
	} {
		if err := between(count.field, count.value, count.min, count.max); err != nil {
			return err
		}
	}
	second := Duration(time.Second)
	if err := between("max-run", p.MaxRun, second, 7*24*3600*second); err != nil {
		return err
	}
	if err := oneOf("on-idle", p.OnIdle, local.Hibernate, local.Destroy); err != nil {
		return err
	}
	if err := oneOf("rollback", p.Rollback, On, Off); err != nil {
		return err
	}
	if err := between("cooldown", p.Cooldown, second, 7*24*3600*second); err != nil {
		return err
	}
	return between("sleep-age", p.SleepAge, second, 365*24*3600*second)
}

// validateFiles allows setup, which people run in a shell, paths from where they are.
func (c *Config) validateFiles() error {
	if file := c.Pool.Packages; file != "" && c.Command != CommandSetup {
		if err := absolute("packages", file); err != nil {
			return err
		}
	}
	if file := c.Pool.BaseSystem; file != "" && file != "none" && c.Command != CommandSetup {
		return absolute("base-system", file)
	}
	return nil
}

func (t *Tools) validate() error {
	for _, dir := range t.AllowDir {
		if reason := closed(dir); reason != "" {
			return &settingError{allowDirFlag, dir, reason}
		}
	}
	if err := oneOf("mount", t.Mount, mountOn, mountOff); err != nil {
		return err
	}
	if err := between("answer-within", t.AnswerWithin, Duration(time.Second), Duration(time.Hour)); err != nil {
		return err
	}
	if err := between("max-text", number(t.MaxText), 1000, 200_000); err != nil {
		return err
	}
	if err := oneOf("result-format", t.ResultFormat, tools.FormatText, tools.FormatJSON); err != nil {
		return err
	}
	return oneOf("resource-links", t.ResourceLinks, tools.LinksAuto, tools.LinksOn, tools.LinksOff)
}

// closed returns why a folder cannot be opened, "" if it can.
func closed(dir string) (reason string) {
	switch {
	case !filepath.IsAbs(dir):
		return notAbsolute()
	case dir == "/":
		return "it is the whole machine, with everybody's keys and passwords; name the folder that the work is about, such as " + hostpath.Example("data")
	case wholeDrive(dir):
		return "it is a whole drive, with everybody's keys and passwords; name the folder that the work is about, such as " + hostpath.Example("data")
	}
	return ""
}

// wholeDrive reports a drive of Windows, such as C:\. What is shared from another
// computer is a folder.
func wholeDrive(dir string) bool {
	volume := filepath.VolumeName(dir)
	return len(volume) == len("C:") && filepath.Clean(dir) == volume+string(filepath.Separator)
}

func (c *Config) validateShell() error {
	switch c.Completion.Shell {
	case ShellBash, ShellZsh, ShellFish:
		return nil
	case "":
		if c.Command != CommandCompletion {
			return nil
		}
		return fmt.Errorf("completion needs the name of the shell: bash, zsh or fish; %w", errUsage)
	}
	return fmt.Errorf("there is no completion for the shell %.200q: it must be bash, zsh or fish; %w", c.Completion.Shell, errUsage)
}

func (c *Config) validateLog() error {
	if c.Command == CommandVerify && c.Verify.Log == "" || c.Command == CommandReplay && c.Replay.Log == "" {
		return fmt.Errorf("%s needs the log: the file conversation-….jsonl of the folder of serve --transcript; %w", c.Command, errUsage)
	}
	return nil
}

func (s *Setup) validate() error {
	if s.Download != "" && (s.From != "" || s.Shared) {
		return &settingError{"download", s.Download, "it only downloads; leave out --from and --shared, which install"}
	}
	return nil
}

func (o Out) validate() error {
	if o == "" || o == OutNone {
		return nil
	}
	if err := absolute("out", string(o)); err != nil {
		return err
	}
	if filepath.Dir(string(o)) == string(o) {
		return &settingError{"out", string(o), "it is a whole disk; name a folder for results in it, such as " + hostpath.Example("python-output") + ", or none"}
	}
	return nil
}

func (l *Logging) validate() error {
	return oneOf("log-level", l.LogLevel, "trace", "debug", "info", "warn", "error")
}

func (s *Serve) validate() error {
	if err := oneOf("transport", s.Transport, TransportStdio, TransportHTTP, TransportSSE); err != nil {
		return err
	}
	if err := s.Web.validate(); err != nil {
		return err
	}
	if s.Transcript != "" {
		if err := absolute("transcript", s.Transcript); err != nil {
			return err
		}
	}
	return s.validateName()
}

// maxSessionName is how long a session's name may be, in characters.
const maxSessionName = 100

func (s *Serve) validateName() error {
	refuse := func(why string) error { return &settingError{"session-name", s.SessionName, why} }
	if strings.ContainsRune(s.SessionName, utf8.RuneError) { // stands for what is not UTF-8
		return refuse("it must be text in UTF-8")
	}
	if n := utf8.RuneCountInString(s.SessionName); n > maxSessionName {
		return refuse(fmt.Sprintf("it has %d characters and may have at most %d", n, maxSessionName))
	}
	for _, r := range s.SessionName {
		if !unicode.IsPrint(r) {
			return refuse(fmt.Sprintf("it has the character %U, which cannot be printed; use letters, digits, spaces and punctuation", r))
		}
	}
	return nil
}

// validateNamed reports settings that contradict a named session.
func (c *Config) validateNamed() error {
	refuse := func(why string) error { return &settingError{"session-name", c.Serve.SessionName, why} }
	switch {
	case c.Serve.SessionName == "":
		return nil
	case c.Pool.Isolation == local.None:
		return refuse("without isolation the variables of a session cannot be kept; leave out --session-name or --isolation=none")
	case c.Pool.OnIdle == local.Destroy:
		return refuse("--on-idle=destroy removes an unused session, but a name keeps it; leave out one of them")
	}
	return nil
}

// number is a plain amount that is compared and printed like the others.
type number int

func (n number) String() string { return strconv.Itoa(int(n)) }

func between[T interface {
	~int | ~int64
	String() string
}](field string, value, low, high T) error {
	if value < low || value > high {
		return &settingError{field, value.String(), fmt.Sprintf("it must be between %s and %s", low, high)}
	}
	return nil
}

func notAbsolute() string {
	return "it must be an absolute path, such as " + hostpath.Example("data") + ", since MCP clients start the server in any folder"
}

func absolute(field, path string) error {
	if filepath.IsAbs(path) {
		return nil
	}
	return &settingError{field, path, notAbsolute()}
}

func oneOf[T ~string](field string, value T, allowed ...T) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	return &settingError{field, string(value), "it must be " + strings.Join(names, " or ")}
}
