package config

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

// TestEngineImage: for WSL it is a file, which auto cannot tell from an image.
func TestEngineImage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args string
		want string // "" if it is taken
	}{
		{"--engine=wsl", ""},
		{"--engine=wsl --engine-image=/system.tar.gz", ""},
		{"--engine=wsl --engine-image=system.tar.gz", "absolute path"},
		{"--engine=podman --engine-image=debian", ""},
		{"--engine-image=debian", map[bool]string{true: "name the engine too", false: "add --engine"}[runtime.GOOS == "windows"]},
		{"--engine=wls", "auto or native or wsl or docker"},
		{"--engine=wsl --isolation=none", "the code runs where --engine says"},
	} {
		c, err := parseNative(append([]string{"serve"}, strings.Fields(test.args)...), nil)
		if test.want == "" {
			if err != nil || !c.Contained() {
				t.Errorf("%s: %v", test.args, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.args, err, test.want)
		}
		if wrong, ok := errors.AsType[*settingError](err); ok && wrong.Field == "engine-image" && wrong.Value == "" {
			t.Errorf("%s: %v names no value", test.args, err)
		}
	}
}
