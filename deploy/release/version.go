package main

import (
	"regexp"
	"strings"
)

var (
	preRelease = regexp.MustCompile(`^(alpha|beta|rc)\.?([0-9]+)$`)
	notLocal   = regexp.MustCompile(`[^A-Za-z0-9.]+`)
)

// pythonVersion writes a version as PEP 440 has it: 1.2.3-rc.1 as 1.2.3rc1, and what
// is no release, such as 1.2.4-SNAPSHOT-abc, as 1.2.4.dev0+snapshot.abc.
func pythonVersion(version string) string {
	version, build, _ := strings.Cut(version, "+")
	release, pre, _ := strings.Cut(version, "-")
	if found := preRelease.FindStringSubmatch(pre); found != nil {
		short := map[string]string{"alpha": "a", "beta": "b", "rc": "rc"}[found[1]]
		release, pre = release+short+found[2], ""
	} else if pre != "" {
		release += ".dev0"
	}
	local := strings.Trim(strings.ToLower(notLocal.ReplaceAllString(pre+"."+build, ".")), ".")
	if local != "" {
		release += "+" + local
	}
	return release
}
