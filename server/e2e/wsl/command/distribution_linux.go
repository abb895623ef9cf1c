package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// distribution returns the name and the folder of what is registered.
func (f fake) distribution() (name, disk string) {
	name, disk, _ = strings.Cut(f.read("registered"), "\n")
	return name, disk
}

func (f fake) importFrom(name, disk, archive string) int {
	if registered, _ := f.distribution(); registered == name {
		return f.fail("A distribution with the supplied name already exists.", "Wsl/Service/RegisterDistro/ERROR_ALREADY_EXISTS")
	}
	file, err := os.Open(archive)
	if err != nil {
		return f.fail("The system cannot find the file specified.", "Wsl/ERROR_FILE_NOT_FOUND")
	}
	defer file.Close()
	if err := os.Mkdir(disk, 0o700); err != nil {
		return f.fail(err.Error(), "Wsl/Service/RegisterDistro/ERROR_FILE_EXISTS")
	}
	if err := os.WriteFile(filepath.Join(disk, "ext4.vhdx"), nil, 0o600); err != nil {
		panic(err)
	}
	if f.has("slow") {
		time.Sleep(3 * time.Second)
	}
	if f.has("full") {
		fmt.Fprintln(os.Stderr, "usr/bin/x: Can't create 'usr/bin/x': No space left on device")
		return f.fail("Importing the distribution failed.", "Wsl/Service/RegisterDistro/WSL_E_IMPORT_FAILED")
	}
	if err := unpack(file, filepath.Join(disk, "root")); err != nil {
		return f.fail(err.Error(), "Wsl/Service/RegisterDistro/WSL_E_IMPORT_FAILED")
	}
	f.put("registered", name+"\n"+disk)
	f.say("The operation completed successfully.")
	return 0
}

func (f fake) unregister(name string) int {
	registered, disk := f.distribution()
	if registered != name {
		return f.missing()
	}
	if err := os.RemoveAll(disk); err != nil {
		panic(err)
	}
	if err := os.Remove(filepath.Join(f.dir, "registered")); err != nil {
		panic(err)
	}
	return 0
}

func (f fake) missing() int {
	return f.fail("Es gibt keine Distribution mit dem angegebenen Namen, für häufige Fälle.", "Wsl/Service/WSL_E_DISTRO_NOT_FOUND")
}
