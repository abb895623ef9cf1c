package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf16"
)

// failed is the exit code of wsl.exe itself, of which eight bits are told here.
const failed = 255

// A fake is wsl.exe with what it keeps. These files in its folder are from tests:
//
//	hangs   it never answers
//	fails   --status prints this and fails
//	warns   --status prints this and ends well
//	full    there is no space to import or unpack
//	slow    an import takes 3 s
//	old     WSL_UTF8 is not known to it
//
// and these for them:
//
//	calls   its arguments
//	pool    the process that runs, while it does
type fake struct{ dir string }

func main() {
	own, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(failed)
	}
	f := fake{filepath.Dir(own)}
	if relay := os.Getenv(relayVariable); relay != "" {
		if err := connect(relay); err != nil {
			f.put("relay", err.Error())
			os.Exit(failed)
		}
	}
	code := f.run(os.Args[1:])
	if file := os.Getenv(exitVariable); file != "" {
		_ = os.WriteFile(file, []byte(fmt.Sprint(code)), 0o600)
	}
	os.Exit(code)
}

func (f fake) has(name string) bool {
	_, err := os.Stat(filepath.Join(f.dir, name))
	return err == nil
}

func (f fake) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(f.dir, name))
	return string(text)
}

func (f fake) put(name, text string) {
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		panic(err)
	}
}

// say prints as wsl.exe does.
func (f fake) say(text string) {
	text = strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"
	if os.Getenv("WSL_UTF8") == "1" && !f.has("old") {
		fmt.Print(text)
		return
	}
	var wide []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	_, _ = os.Stdout.Write(wide)
}

func (f fake) fail(text, code string) int {
	f.say(text + "\nError code: " + code)
	return failed
}

func (f fake) run(args []string) int {
	log, err := os.OpenFile(filepath.Join(f.dir, "calls"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(log, strings.Join(args, " "))
	log.Close()
	if f.has("hangs") {
		time.Sleep(time.Hour)
	}
	switch {
	case len(args) == 1 && args[0] == "--status":
		return f.status()
	case len(args) == 6 && args[0] == "--import" && args[4] == "--version" && args[5] == "2":
		return f.importFrom(args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "--unregister":
		return f.unregister(args[1])
	case strings.Join(args, " ") == "--list --running --quiet":
		f.say(strings.Split(f.read("registered")+"\n", "\n")[0])
		return 0
	case len(args) > 7 && args[0] == "--distribution" && args[2] == "--user" && args[4] == "--cd" && args[5] == "/" && args[6] == "--exec":
		return f.exec(args[1], args[3], args[7:])
	}
	f.say("Copyright (c) Microsoft Corporation.\nUsage: wsl.exe [Argument] [Options...] [CommandLine]")
	return failed
}

func (f fake) status() int {
	if f.has("fails") {
		f.say(f.read("fails"))
		return failed
	}
	f.say("Default Version: 2\n" + f.read("warns"))
	return 0
}
