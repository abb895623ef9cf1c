package config

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/tools"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := Parse(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Pool{
		Isolation: local.GVisor, Memory: 2 << 30, Disk: 1 << 30, Processes: 256,
		MaxUpload: 128e6, MaxOutput: 1 << 20, ImagePixels: 1_150_000, MaxRun: Duration(30 * time.Minute),
		Cooldown: Duration(5 * time.Minute), MaxSessions: 100, Warm: 1,
		OnIdle: local.Hibernate, Rollback: On, SleepAge: Duration(24 * time.Hour), SleepDisk: 10 << 30,
	}
	if !reflect.DeepEqual(c.Pool, want) {
		t.Errorf("pool\n got %+v\nwant %+v", c.Pool, want)
	}
	if c.Command != CommandServe || c.Serve.Transport != TransportStdio {
		t.Errorf("got command %q over %q, want serve over stdio", c.Command, c.Serve.Transport)
	}
	if c.Tools.AllowDir != nil || c.Tools.ResultFormat != tools.FormatText || c.Tools.ResourceLinks != tools.LinksAuto {
		t.Errorf("tools: got %+v", c.Tools)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		args    []string
		environ []string
		got     func(Config) any
		want    any
	}{
		{"flag of the default command", []string{"--transport", "stdio"}, nil, command, CommandServe},
		{"command", []string{"doctor"}, nil, command, CommandDoctor},
		{"flag before command", []string{"--memory=1GiB", "setup"}, nil, command, CommandSetup},
		{"version flag", []string{"--version"}, nil, command, CommandVersion},
		{"version flag is no variable", nil, []string{"DYNAMIC_SESSIONS_VERSION=true"}, command, CommandServe},
		{"environment", nil, []string{"DYNAMIC_SESSIONS_MAX_UPLOAD=5MB"}, maxUpload, Bytes(5e6)},
		{"flag over environment", []string{"--max-upload=6MB"}, []string{"DYNAMIC_SESSIONS_MAX_UPLOAD=5MB"}, maxUpload, Bytes(6e6)},
		{"empty variable", nil, []string{"DYNAMIC_SESSIONS_MAX_UPLOAD="}, maxUpload, Bytes(128e6)},
		{"session name", []string{"--session-name", " my work, ünicode "}, nil, sessionName, "my work, ünicode"},
		{"session name that was left empty", []string{"--session-name=${user_config.name}"}, nil, sessionName, ""},
		{"session name in the environment", nil, []string{"DYNAMIC_SESSIONS_SESSION_NAME=x"}, sessionName, "x"},
		{"placeholder that a client left", nil, []string{"DYNAMIC_SESSIONS_MAX_UPLOAD=${user_config.upload}"}, maxUpload, Bytes(128e6)},
		{"other variables", nil, []string{"MAX_UPLOAD=5MB", "broken", "=x"}, maxUpload, Bytes(128e6)},
		{"folders", []string{"--allow-dir", "/a:b/", "--allow-dir=/c,d"}, nil, allowDir, "/a:b|/c,d"},
		{"folders in the environment", nil, []string{"DYNAMIC_SESSIONS_ALLOW_DIR=/e:/f/"}, allowDir, "/e|/f"},
		{"hidden files", []string{"--allow-hidden", "--allow-dir=/a"}, nil, allowHidden, true},
		{"no hidden files", nil, nil, allowHidden, false},
		{"hidden files in the environment", nil, []string{"DYNAMIC_SESSIONS_ALLOW_HIDDEN=true"}, allowHidden, true},
		{"flag over hidden files in the environment", []string{"--allow-hidden=false"}, []string{"DYNAMIC_SESSIONS_ALLOW_HIDDEN=true"}, allowHidden, false},
		{"folders in the home folder", []string{"--allow-dir", "~/data", "--allow-dir=~", "--allow-dir=/~"}, []string{"HOME=/home/ada"}, allowDir, "/home/ada/data|/home/ada|/~"},
		{"folders that were left empty", []string{"--allow-dir", "${user_config.dirs}", "--allow-dir="}, nil, allowDir, ""},
		{"variable of a command", []string{"demo"}, []string{"DYNAMIC_SESSIONS_OUT=/tmp/x"}, func(c Config) any { return c.Demo.Out }, "/tmp/x"},
		{"unknown variables", nil, []string{"DYNAMIC_SESSIONS_MEMROY=1", "DYNAMIC_SESSIONS_A=1", "DYNAMIC_SESSIONS_OUT=/x"},
			func(c Config) any { return strings.Join(c.Unknown, " ") }, "DYNAMIC_SESSIONS_A DYNAMIC_SESSIONS_MEMROY"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := parseNative(tt.args, tt.environ)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if text, ok := want.(string); ok {
				want = native(text)
			}
			if got := tt.got(c); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func command(c Config) any     { return c.Command }
func maxUpload(c Config) any   { return c.Pool.MaxUpload }
func allowDir(c Config) any    { return strings.Join(c.Tools.AllowDir, "|") }
func allowHidden(c Config) any { return c.Tools.AllowHidden }

func sessionName(c Config) any { return c.Serve.SessionName }

func TestRefused(t *testing.T) {
	t.Parallel()
	root, whole := everything()
	for _, tt := range []struct {
		args    []string
		environ []string
		want    settingError
	}{
		{[]string{"--memory", "lots"}, nil, settingError{"memory", "lots", "number of bytes"}},
		{[]string{"--memory=-1"}, nil, settingError{"memory", "-1", "number of bytes"}},
		{[]string{"--memory", "1KiB"}, nil, settingError{"memory", "1KiB", "between 256MiB and 1TiB"}},
		{nil, []string{"DYNAMIC_SESSIONS_MEMORY=x"}, settingError{"memory", "x", "number of bytes"}},
		{[]string{"--disk", "0"}, nil, settingError{"disk", "0", "between 1MiB"}},
		{[]string{"--image-pixels", "100"}, nil, settingError{"image-pixels", "100", "between 10000 and 2458624"}},
		{[]string{"--max-output", "1GiB"}, nil, settingError{"max-output", "1GiB", "between 1KiB and 64MiB"}},
		{[]string{"--processes", "1"}, nil, settingError{"processes", "1", "between 16 and 32768"}},
		{[]string{"--max-sessions", "0"}, nil, settingError{"max-sessions", "0", "between 1 and 10000"}},
		{[]string{"--warm=-1"}, nil, settingError{"warm", "-1", "between 0 and 1000"}},
		{[]string{"--max-run", "8d"}, nil, settingError{"max-run", "8d", "number of seconds"}},
		{[]string{"--answer-within", "2h"}, nil, settingError{"answer-within", "2h0m0s", "between 1s and 1h0m0s"}},
		{[]string{"--max-run", "soon"}, nil, settingError{"max-run", "soon", "number of seconds"}},
		{[]string{"--cooldown", "0"}, nil, settingError{"cooldown", "0s", "between 1s and 168h0m0s"}},
		{[]string{"--sleep-age", "0"}, nil, settingError{"sleep-age", "0s", "between 1s and 8760h0m0s"}},
		{[]string{"--rollback", "yes"}, nil, settingError{"rollback", "yes", "on or off"}},
		{[]string{"--on-idle", "forget"}, nil, settingError{"on-idle", "forget", "hibernate or destroy"}},
		{[]string{"--isolation", "docker"}, nil, settingError{"isolation", "docker", "gvisor or gvisor-namespaces or gvisor-landlock or gvisor-unconfined or none"}},
		{[]string{"--transport", "carrier-pigeon"}, nil, settingError{"transport", "carrier-pigeon", "stdio"}},
		{[]string{"--result-format", "xml"}, nil, settingError{"result-format", "xml", "text or json"}},
		{[]string{"--resource-links", "maybe"}, nil, settingError{"resource-links", "maybe", "auto or on or off"}},
		{[]string{"--log-level", "loud"}, nil, settingError{"log-level", "loud", "trace or"}},
		{[]string{"--cache-dir", "relative/x"}, nil, settingError{"cache-dir", "relative/x", "absolute path"}},
		{nil, []string{"DYNAMIC_SESSIONS_CACHE_DIR=cache"}, settingError{"cache-dir", "cache", "absolute path"}},
		{[]string{"--allow-dir", "data"}, nil, settingError{"allow-dir", "data", "absolute path"}},
		{[]string{"--allow-dir", "~bob/data"}, []string{"HOME=/home/ada"}, settingError{"allow-dir", filepath.FromSlash("~bob/data"), "absolute path"}},
		{[]string{"--allow-dir", "/a/.."}, nil, settingError{"allow-dir", root, whole}},
		{[]string{"--allow-dir", "/a", "--mount", "rw"}, nil, settingError{"mount", "rw", "on or off"}},
		{[]string{"--session-name", strings.Repeat("é", 101)}, nil, settingError{"session-name", strings.Repeat("é", 101), "101 characters and may have at most 100"}},
		{[]string{"--session-name", "a\xffb"}, nil, settingError{"session-name", "a\uFFFDb", "UTF-8"}},
		{[]string{"--session-name", "a", "--isolation=none"}, nil, settingError{"session-name", "a", "--isolation=none"}},
		{[]string{"--session-name", "a", "--on-idle=destroy"}, nil, settingError{"session-name", "a", "--on-idle=destroy"}},
	} {
		t.Run(strings.Join(append(tt.args, tt.environ...), " "), func(t *testing.T) {
			t.Parallel()
			_, err := parseNative(tt.args, tt.environ)
			var got *settingError
			if !errors.As(err, &got) {
				t.Fatalf("got error %v, want a settingError", err)
			}
			if got.Field != tt.want.Field || got.Value != tt.want.Value || !strings.Contains(got.Reason, tt.want.Reason) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			for _, part := range []string{"--" + got.Field, variable(got.Field), got.Value, got.Reason} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestSessionNameCanBePrinted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a\tb", "a\u200bb", "a\x00b", "a\nb"} {
		_, err := Parse([]string{"--session-name", name}, nil)
		var got *settingError
		if !errors.As(err, &got) || got.Field != "session-name" || !strings.Contains(got.Reason, "cannot be printed") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--memroy", "1"}, {"bogus"}, {"--memory"}, {"--processes", "many"}, {"serve", "extra"}} {
		_, err := Parse(args, nil)
		if !errors.Is(err, errUsage) {
			t.Errorf("%q: got %v, want a usage error", args, err)
		}
	}
}

func TestFlagsGiveTheSameSettings(t *testing.T) {
	t.Parallel()
	first, err := Parse([]string{"demo", "--memory=3GB", "--cooldown=90", "--warm=0",
		"--python=/opt/my python", "--log-level=debug"}, []string{"DYNAMIC_SESSIONS_PROCESSES=99", "DYNAMIC_SESSIONS_KEEP_ALIVE=9m"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := Parse(first.Flags, []string{"DYNAMIC_SESSIONS_PROCESSES=98", "DYNAMIC_SESSIONS_MEMORY=1GB", "DYNAMIC_SESSIONS_WARM=3"})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first.Pool, second.Pool) || first.Logging != second.Logging {
		t.Errorf("got %+v, want %+v", second, first)
	}
}

// TestErrorIsShort checks that an error does not repeat all of a long value.
func TestErrorIsShort(t *testing.T) {
	t.Parallel()
	_, err := Parse([]string{"serve", "--session-name", strings.Repeat("n", 10_000)}, nil)
	if err == nil {
		t.Fatal("a name of 10,000 letters was accepted")
	}
	if n := len(err.Error()); n > 400 {
		t.Errorf("the error has %d bytes", n)
	}
}
