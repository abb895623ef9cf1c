// Release makes what the program is published as, besides the archives and packages
// of goreleaser:
//
//	go run ./deploy/release generate            the files of this repository that have the publisher's name
//	go run ./deploy/release bundle FLAGS        an MCP bundle, a wheel and an npm package of one binary
//	go run ./deploy/release launcher FLAGS      the npm package that finds the one for a machine
//	go run ./deploy/release server-json FLAGS   the entry for the MCP registry
//
// The name of the publisher is in deploy/names and nowhere else; names.go derives all
// other names from it. What is made of the same files is the same to the byte, with
// the time of SOURCE_DATE_EPOCH.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: go run ./deploy/release generate|bundle|launcher|server-json [FLAGS]")

func run(args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	n, err := readNames("deploy/names")
	if err != nil {
		return err
	}
	if args[0] == "generate" {
		return generate(".", n)
	}
	r := release{names: n}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&r.version, "version", "", "the version, such as 1.2.3")
	flags.StringVar(&r.out, "out", "dist/bundles", "the folder of what is made")
	flags.StringVar(&r.binary, "binary", "", "the program, built for the target")
	flags.StringVar(&r.linux, "linux", "", "the folder with the programs for Linux, dynamic-sessions-mcp-linux-amd64 and -arm64, which bundles for other systems have too")
	flags.StringVar(&r.system, "system", "", "the folder with the base systems of deploy/base-system, which bundles for Windows have too, for WSL; \"\" leaves them out")
	flags.StringVar(&r.mcpb, "mcpb", "npx --yes @anthropic-ai/mcpb@2.1.2", "the command that packs MCP bundles")
	target := flags.String("target", "", "the system and the processor, such as linux/amd64")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if r.time, err = sourceTime(os.Getenv("SOURCE_DATE_EPOCH")); err != nil {
		return err
	}
	if r.version == "" {
		return errors.New("-version is missing")
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	switch args[0] {
	case "bundle":
		return r.bundle(*target)
	case "launcher":
		return r.launcher()
	case "server-json":
		return r.serverJSON()
	}
	return errUsage
}

// A release is what is made of one version.
type release struct {
	names   names
	version string
	out     string
	binary  string
	linux   string
	system  string
	mcpb    string
	time    time.Time // of all files
}

// sourceTime is the time of the commit, which all files get.
func sourceTime(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Time{}, errors.New("SOURCE_DATE_EPOCH is not set: give the time of the commit, as git log -1 --format=%ct prints it")
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// bundle makes the packages of one binary.
func (r release) bundle(of string) error {
	t, err := findTarget(of)
	if err != nil {
		return err
	}
	for _, make := range []func(target) error{r.makeMCPB, r.makeWheel, r.makeNPM} {
		if err := make(t); err != nil {
			return fmt.Errorf("%s: %w", of, err)
		}
	}
	return nil
}
