package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// A machine is what the figures are of.
type machine struct {
	CPU     string    `json:"cpu,omitempty"`
	Cores   int       `json:"cores"` // that this process may use
	Memory  int64     `json:"memory,omitempty"`
	Kernel  string    `json:"kernel"`
	System  string    `json:"system,omitempty"`
	Load    string    `json:"load,omitempty"` // average of a minute, at the start
	Program string    `json:"program"`
	Date    time.Time `json:"date"`
}

// thisMachine looks at the machine. What a system does not tell is left out.
func thisMachine(program string) machine {
	m := machine{Cores: runtime.GOMAXPROCS(0), Kernel: runtime.GOOS + "/" + runtime.GOARCH, Program: program, Date: time.Now().UTC().Truncate(time.Minute)}
	m.Memory, _, _ = machineMemory()
	m.CPU = valueOf(readText("/proc/cpuinfo"), "model name", ":")
	m.System = strings.Trim(valueOf(readText("/etc/os-release"), "PRETTY_NAME", "="), `"`)
	if release := strings.TrimSpace(readText("/proc/sys/kernel/osrelease")); release != "" {
		m.Kernel = "Linux " + release + " " + runtime.GOARCH
	}
	m.Load, _, _ = strings.Cut(readText("/proc/loadavg"), " ")
	return m
}

func readText(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

// valueOf returns the value of the first line that begins with a name.
func valueOf(text, name, separator string) string {
	for line := range strings.Lines(text) {
		if key, value, found := strings.Cut(line, separator); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// String names the machine in one line.
func (m machine) String() string {
	cores := "1 core"
	if m.Cores != 1 {
		cores = fmt.Sprintf("%d cores", m.Cores)
	}
	parts := []string{m.CPU, cores}
	if m.Memory > 0 {
		parts = append(parts, bytes(float64(m.Memory))+" of memory")
	}
	parts = append(parts, m.Kernel, m.System)
	if m.Load != "" {
		parts = append(parts, "load "+m.Load+" at the start")
	}
	parts = append(parts, m.Program, m.Date.Format("2 January 2006, 15:04 UTC"))
	return strings.Join(deleteEmpty(parts), "; ")
}

func deleteEmpty(list []string) (kept []string) {
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
