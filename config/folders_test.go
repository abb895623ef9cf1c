package config

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// TestFoldersAsArguments: serve's arguments are folders, as those of --allow-dir.
func TestFoldersAsArguments(t *testing.T) {
	t.Parallel()
	home := "HOME=/home/ada"
	variable := "DYNAMIC_SESSIONS_ALLOW_DIR=/e:/f"
	for _, tt := range []struct {
		args    string
		environ []string
		want    string
	}{
		{"serve /a /b/", nil, "/a|/b"},
		{"/a", nil, "/a"},
		{"--warm=0 -- /a", nil, "/a"},
		{"serve --allow-dir=/c /a,b", nil, "/c|/a,b"},
		{"serve ~/data", []string{home}, "/home/ada/data"},
		{"serve --memory 1GiB /a --warm 0 /b --mount on -- /c", nil, "/a|/b|/c"},
		{"--memory 1GiB /a --warm=0 /b", nil, "/a|/b"},
		{"serve /a", []string{variable}, "/a"},
		{"serve /a --allow-dir=/c", []string{variable}, "/c|/a"},
		{"serve", []string{variable}, "/e|/f"},
		{"serve ${user_config.folders}", []string{variable}, "/e|/f"},
		{"serve /a --allow-hidden --mount=off", nil, "/a"},
	} {
		c, err := parseNative(strings.Fields(tt.args), tt.environ)
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
			continue
		}
		if got := strings.Join(c.Tools.AllowDir, "|"); got != native(tt.want) || c.Command != CommandServe {
			t.Errorf("%s: %s opens %s, want %s", tt.args, c.Command, got, tt.want)
		}
	}
}

func TestArgumentsRefused(t *testing.T) {
	t.Parallel()
	root, whole := everything()
	for args, want := range map[string]string{
		"sevre":                  `"sevre" is neither a command (serve, pool, demo, bench, setup, doctor, version, licenses, requirements, verify, replay, completion and man) nor the absolute path of a folder`,
		"serve data":             `"data" is neither a command`,
		"serve data/x":           `the folder "` + filepath.FromSlash("data/x") + `" among the arguments: it must be an absolute path`,
		"serve ~bob/x":           `the folder "` + filepath.FromSlash("~bob/x") + `" among the arguments: it must be an absolute path`,
		"serve /a /b/..":         `the folder "` + root + `" among the arguments: ` + whole,
		"--transport=http /a":    "the folders among the arguments have no effect over HTTP",
		"doctor /a":              native("unexpected argument /a"),
		"completion":             "completion needs the name of the shell: bash, zsh or fish",
		"completion tcsh":        `no completion for the shell "tcsh": it must be bash, zsh or fish`,
		"serve " + longPath(500): "it must be an absolute path",
	} {
		_, err := parseNative(strings.Fields(args), nil)
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), want) || len(err.Error()) > 520 {
			t.Errorf("%s: got %v, want %s", args, err, want)
		}
	}
}

func longPath(n int) string { return strings.Repeat("x/", n) }

// Code sees the folders over standard input and output, in the sandboxes of this machine
// or of a container that shows them.
func TestUserFolders(t *testing.T) {
	t.Parallel()
	environ := []string{"DYNAMIC_SESSIONS_ALLOW_DIR=/variable"}
	for args, want := range map[string]string{
		"serve --engine=native":                               "/variable",
		"serve --engine=native --allow-dir=/data":             "/data",
		"serve --engine=native --allow-dir=/data --mount=off": "",
		"serve --transport=http":                              "",
		"serve --isolation=none":                              "",
		"serve --pool-endpoint=" + poolURL:                    "",
		"serve --engine=docker --allow-dir=/data":             "/data",
		"serve --engine=podman --allow-dir=/data":             "/data",
		"serve --engine=nerdctl --allow-dir=/data":            "/data",
		"serve --engine=container --allow-dir=/data":          "/data",
		"doctor --engine=docker --allow-dir=/data":            "/data",
		"serve --engine=docker --allow-dir=/data --mount=off": "",
		"pool --stdio --allow-dir=/data":                      "/data",
		"pool --stdio":                                        "",
		"pool":                                                "",
	} {
		c, err := parseNative(strings.Fields(args), environ)
		if err != nil {
			t.Errorf("%s: %v", args, err)
		}
		var got []string
		for _, f := range c.UserFolders() {
			got = append(got, f.Host)
		}
		if strings.Join(got, " ") != native(want) {
			t.Errorf("%s: code sees %v, want %s", args, got, want)
		}
	}
}
