package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// TestFlagsWithoutEffect has, for every contradiction, a command line that is
// refused, one that shows that the flag alone is the reason, and the same setting
// as a variable, which is ignored.
func TestFlagsWithoutEffect(t *testing.T) {
	t.Parallel()
	const remote = "--pool-endpoint=" + poolURL + " "
	for _, tt := range []struct {
		base, flag string
		says       string
		remedy     string // a base with which the flag has an effect
	}{
		{"", "--listen=127.0.0.1:1", "--transport=http", "--transport=sse"},
		{"", "--max-sessions=7", "a single session", "--transport=http"},
		{"", "--keep-alive=30m", "--pool-endpoint", remote},
		{"setup --pool-endpoint=none", "--api-version=2024-02-02-preview", "--pool-endpoint", "setup " + remote},
		{"doctor", "--azure-credential=cli", "--pool-endpoint", "doctor " + remote},
		{remote, "--memory=3GiB", "--pool-endpoint=none", ""},
		{"demo " + remote, "--warm=3", "--pool-endpoint=none", "demo"},
		{"doctor " + remote, "--isolation=gvisor", "POOL_MANAGEMENT_ENDPOINT", "doctor"},
		{"setup " + remote, "--sleep-age=2h", "POOL_MANAGEMENT_ENDPOINT", "setup"},
		{remote, "--cache-dir=/cache", "--pool-endpoint=none", "--transport=http --tls-self-signed " + remote},
		{"--isolation=none", "--memory=3GiB", "without isolation", "--isolation=gvisor"},
		{"pool --isolation=none", "--total-memory=9GiB", "without isolation", "pool"},
		{"doctor --isolation=none", "--processes=99", "without isolation", "doctor"},
		{"--isolation=none", "--base-system=/system.tar.gz", "uses this system", "--isolation=gvisor"},
		{"--python=/venv/bin/python", "--base-system=none", "leave out one of them", ""},
		{"--python=/venv/bin/python", "--packages=/r.txt", "packages are its own", "--engine=native"},
		{"--isolation=none", "--egress=pypi", "network of this machine", "--isolation=gvisor"},
		{remote, "--egress=pypi", "sessionNetworkConfiguration", "--engine=docker"},
		{"--isolation=none", "--secret=API_KEY@api.example.com", "what the server can read", "--egress=api.example.com"},
		{remote, "--secret=API_KEY@api.example.com", "pool command there", "--engine=docker --egress=api.example.com"},
		{"--engine=docker", "--packages=/r.txt", "installs its packages itself", "--engine=native"},
		{"--engine=docker", "--base-system=none", "sees nothing of this machine", ""},
		{"--isolation=none", "--on-idle=hibernate", "always destroyed", ""},
		{"--isolation=none", "--rollback=on", "cannot be kept", ""},
		{"--transport=http", "--session-key-file=/key", "embedded pool", "--transport=http " + remote},
		{"", "--allow-hidden", "--allow-dir", "--allow-dir=/data"},
		{"", "--mount=off", "--allow-dir", "--allow-dir=/data"},
		{"doctor", "--mount=on", "--allow-dir", "doctor --allow-dir=/data"},
		{"--transport=http", "--mount=on", "over HTTP", "--allow-dir=/data"},
		{"--transport=http", "--allow-dir=/data", "over HTTP", ""},
		{"--transport=http", "--allow-hidden", "over HTTP", "--allow-dir=/data"},
		{"--transport=http", "--out=/out", "--link-life", "doctor"},
		{"--engine=native", "--engine-image=debian", "add --engine", "--engine=docker"},
		{"demo --engine=native", "--engine-binary=/linux", "add --engine", "demo --engine=podman"},
		{remote, "--engine=docker", "--pool-endpoint=none", ""},
		{"--engine=docker", "--python=/venv/bin/python", "sees nothing of this machine", ""},
		{"--engine=docker", "--cache-dir=/cache", "in a volume", ""},
		{"pool", "--allow-dir=/data", "add --stdio", "pool --stdio"},
		{"pool", "--allow-hidden", "add --stdio", "pool --stdio --allow-dir=/data"},
		{"pool --stdio", "--listen=127.0.0.1:1", "nothing listens", "pool"},
		{"pool --stdio", "--no-auth", "the streams are the caller's", "pool"},
		{"pool --stdio", "--tls-self-signed", "nothing listens", "pool"},
		{"", "--link-life=2h", "--transport=http", "--transport=http"},
		{"--allow-dir=/data " + remote, "--mount=on", "no folder of this machine", "--allow-dir=/data"},
		{"--allow-dir=/data --isolation=none", "--mount=on", "without isolation", "--allow-dir=/data"},
	} {
		base := strings.Fields(tt.base)
		name, value, given := strings.Cut(tt.flag, "=")
		_, err := parseNative(append(base, tt.flag), withKey)
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), name+" has no effect") || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q %s: got %v, want that it has no effect and %q", base, tt.flag, err, tt.says)
		}
		if _, err := parseNative(base, nil); err != nil {
			t.Errorf("%q: %v", base, err)
		}
		if _, err := parseNative(append(strings.Fields(tt.remedy), tt.flag), withKey); err != nil {
			t.Errorf("%q %s: %v", tt.remedy, tt.flag, err)
		}
		if !given {
			value = "true"
		}
		if _, err := parseNative(base, []string{variable(strings.TrimPrefix(name, "--")) + "=" + value}); err != nil {
			t.Errorf("%q with the variable of %s: %v", base, tt.flag, err)
		}
	}
}

// TestFlagsThatAskForNothing: desktop clients pass a flag also for what the user
// left empty.
func TestFlagsThatAskForNothing(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--session-key-file=", "--auth-token-file=${user_config.token}", "--no-auth=false", "--allow-origin="},
		{"--allow-hidden=false", "--pool-token-file="},
		{"--pool-endpoint=" + poolURL, "--python=", "--cache-dir=${user_config.cache}"},
		{"--allow-dir=${user_config.dirs}", "--allow-hidden", "--mount=off"},
		{"--isolation=none", "--on-idle=destroy"},
	} {
		if _, err := Parse(args, nil); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestFlagsOfTheDemonstration: what a server is started with is not refused by it.
func TestFlagsOfTheDemonstration(t *testing.T) {
	t.Parallel()
	for _, environ := range [][]string{
		nil,
		{"DYNAMIC_SESSIONS_ISOLATION=none", "DYNAMIC_SESSIONS_MEMORY=3GiB"},
		{"DYNAMIC_SESSIONS_KEEP_ALIVE=30m"},
		{"POOL_MANAGEMENT_ENDPOINT=" + poolURL, "DYNAMIC_SESSIONS_KEEP_ALIVE=30m", "DYNAMIC_SESSIONS_MEMORY=3GiB"},
	} {
		c, err := Parse([]string{"demo"}, environ)
		if err != nil {
			t.Fatal(err)
		}
		served, err := Parse(append([]string{"serve"}, c.Flags...), environ)
		if err != nil || !reflect.DeepEqual(served.Pool, c.Pool) || served.Azure != c.Azure {
			t.Errorf("%q: %q gives %+v, %+v, %v", environ, c.Flags, served.Pool, served.Azure, err)
		}
	}
}

// TestPoolFlags: a pool in another process, which sees nothing of the environment, makes
// the same sessions. What has no effect on them is not passed on, since it is refused.
func TestPoolFlags(t *testing.T) {
	t.Parallel()
	for environ, without := range map[string][]string{
		"":                              nil,
		"DYNAMIC_SESSIONS_MEMORY=3GiB":  nil,
		"DYNAMIC_SESSIONS_PROCESSES=99": nil,
		"DYNAMIC_SESSIONS_ISOLATION=none DYNAMIC_SESSIONS_DISK=2GiB DYNAMIC_SESSIONS_MEMORY=3GiB": {"--memory", "--on-idle"},
	} {
		c, err := Parse([]string{"demo"}, strings.Fields(environ))
		if err != nil {
			t.Fatal(err)
		}
		pooled, err := Parse(append([]string{"pool"}, c.PoolFlags...), nil)
		if err != nil || pooled.Pool.Disk != c.Pool.Disk || without == nil && !reflect.DeepEqual(pooled.Pool, c.Pool) {
			t.Errorf("%q: %q gives %+v, %v", environ, c.PoolFlags, pooled.Pool, err)
		}
		for _, name := range without {
			if strings.Contains(strings.Join(c.PoolFlags, " "), name+"=") {
				t.Errorf("%q: %q has %s", environ, c.PoolFlags, name)
			}
		}
	}
}
