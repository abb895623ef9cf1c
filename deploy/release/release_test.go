package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestPythonVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"1.2.3": "1.2.3", "1.2.3-rc.1": "1.2.3rc1", "1.2.3-beta2": "1.2.3b2", "1.2.3+linux": "1.2.3+linux",
		"1.2.4-SNAPSHOT-abc12": "1.2.4.dev0+snapshot.abc12", "0.0.1-snapshot.6db3ef1": "0.0.1.dev0+snapshot.6db3ef1",
	} {
		if got := pythonVersion(version); got != want {
			t.Errorf("%s: got %s, want %s", version, got, want)
		}
	}
}

// TestLinks reads back what clients read in the links.
func TestLinks(t *testing.T) {
	t.Parallel()
	table, err := names{"Ada"}.links()
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`\((https://[^)]+)\)`).FindAllStringSubmatch(table, -1)
	if len(links) != 4 {
		t.Fatalf("%d links in %s", len(links), table)
	}
	for i, link := range links {
		address, err := url.Parse(link[1])
		if err != nil {
			t.Fatal(err)
		}
		config := []byte(address.Query().Get("config"))
		if address.Host == "cursor.com" {
			if config, err = base64.StdEncoding.DecodeString(string(config)); err != nil {
				t.Fatal(err)
			}
		}
		var got start
		if err := json.Unmarshal(config, &got); err != nil {
			t.Fatalf("%s: %v", config, err)
		}
		want := [][]string{{"uvx", "dynamic-sessions-mcp", "serve"}, {"npx", "-y", "@ada/dynamic-sessions-mcp", "serve"}}[i/2]
		if command := append([]string{got.Command}, got.Args...); strings.Join(command, " ") != strings.Join(want, " ") || address.Query().Get("name") != "python" {
			t.Errorf("%s starts %q, want %q", link[1], command, want)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"linux/amd64": "linux-x64", "darwin/arm64": "darwin-arm64", "windows_arm64_v8.0": "win32-arm64"} {
		if got, err := findTarget(name); err != nil || got.name() != want {
			t.Errorf("%s: got %s, %v, want %s", name, got.name(), err, want)
		}
	}
	if _, err := findTarget("plan9/386"); err == nil {
		t.Error("there is a bundle for plan9")
	}
}

// TestContents: what is for another system has the program for Linux too.
func TestContents(t *testing.T) {
	t.Chdir("../..") // the license is there
	dir := t.TempDir()
	for _, name := range []string{"built", "dynamic-sessions-mcp-linux-arm64", "dynamic-sessions-mcp-system-linux-arm64.tar.gz"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r := release{binary: filepath.Join(dir, "built"), linux: dir, system: dir}
	for of, want := range map[string]string{
		"linux/arm64":   "dynamic-sessions-mcp",
		"darwin/arm64":  "dynamic-sessions-mcp dynamic-sessions-mcp-linux-arm64",
		"windows/arm64": "dynamic-sessions-mcp.exe dynamic-sessions-mcp-linux-arm64 dynamic-sessions-mcp-system-linux-arm64.tar.gz",
	} {
		target, err := findTarget(of)
		if err != nil {
			t.Fatal(err)
		}
		programs, license, err := r.contents(target)
		var names []string
		for _, p := range programs {
			names = append(names, p.name)
		}
		if got := strings.Join(names, " "); err != nil || got != want || len(license) == 0 {
			t.Errorf("%s: got %s, %v, want %s", of, got, err, want)
		}
	}
	if _, _, err := r.contents(target{system: "windows", processor: "amd64"}); err == nil || !strings.Contains(err.Error(), "-linux") {
		t.Errorf("without a program for Linux: %v", err)
	}
}

// TestArchivesHaveOneTime: an archive depends on what is in it alone.
func TestArchivesHaveOneTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := []file{{"b/run", []byte("#!"), 0o755}, {"a", []byte("text"), 0o644}}
	at := time.Unix(1780000000, 0).UTC()
	for i, write := range []func(string, []file, time.Time) error{writeZip, writeTarGz} {
		first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
		for _, path := range []string{first, second} {
			if err := write(path, files, at); err != nil {
				t.Fatal(err)
			}
		}
		a, _ := os.ReadFile(first)
		b, _ := os.ReadFile(second)
		if len(a) < 50 || !bytes.Equal(a, b) {
			t.Errorf("archive %d: %d and %d bytes that differ", i, len(a), len(b))
		}
	}
	path := filepath.Join(dir, "early.zip")
	if err := writeZip(path, files, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if f := archive.File[0]; f.Modified.Year() != 1980 || f.Mode().Perm() != 0o755 {
		t.Errorf("%s is of %s with %s", f.Name, f.Modified, f.Mode())
	}
	if sorted, err := readZip(path); err != nil || len(sorted) != 2 || sorted[0].name != "a" {
		t.Errorf("read %v, %v", sorted, err)
	}
}
