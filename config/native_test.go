package config

import (
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// Tests name files and folders as Unix does. parse reads them, and native writes them,
// as this system does.

func parseNative(args, environ []string) (Config, error) {
	return Parse(natives(args), natives(environ))
}

func natives(texts []string) []string {
	if texts == nil {
		return nil
	}
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = native(text)
	}
	return all
}

var unixPath = regexp.MustCompile(`(^|[=:| "])(/[a-z~][^:| "]*)`)

// native writes the absolute paths in a text, and what is between those of a list, as
// this system does.
func native(text string) string {
	if runtime.GOOS != "windows" {
		return text
	}
	text = unixPath.ReplaceAllStringFunc(text, func(found string) string {
		before, path, _ := strings.Cut(found, "/")
		return strings.Replace(before, ":", ";", 1) + `C:\` + filepath.FromSlash(path)
	})
	return strings.ReplaceAll(text, ":${", ";${")
}

// everything is the folder that has all others, and why it is not opened.
func everything() (dir, why string) {
	if runtime.GOOS == "windows" {
		return `C:\`, "it is a whole drive"
	}
	return "/", "it is the whole machine"
}
