package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"dynamic-sessions-mcp/sessions/userfolders"
)

// writeBundle writes the OCI bundle of a sandbox: the configuration that the
// Open Container Initiative's runtime specification 1.0 describes.
func writeBundle(dir, rootfs string, binds []specs.Mount, s Spec) error {
	config := specs.Spec{
		Version:     "1.0.2",
		Hostname:    s.Hostname,
		Root:        &specs.Root{Path: rootfs, Readonly: true},
		Mounts:      append(memoryMounts(s), binds...),
		Annotations: sharedMounts(binds),
		Process: &specs.Process{
			Args:            s.Args,
			Env:             s.Env,
			Cwd:             dataDir,
			NoNewPrivileges: true,
			Capabilities:    &specs.LinuxCapabilities{},
			Rlimits:         rlimits(s.Limits),
		},
		Linux: &specs.Linux{Resources: resources(s.Limits), Namespaces: []specs.LinuxNamespace{
			{Type: specs.PIDNamespace},
			{Type: specs.NetworkNamespace},
			{Type: specs.IPCNamespace},
			{Type: specs.UTSNamespace},
			{Type: specs.MountNamespace},
		}},
	}
	data, err := json.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600)
}

// memoryMounts are the mounts that hold nothing of the host.
func memoryMounts(s Spec) []specs.Mount {
	tmp := []string{"mode=1777"}
	if s.Limits.Scratch > 0 {
		tmp = append(tmp, fmt.Sprintf("size=%d", s.Limits.Scratch))
	}
	return []specs.Mount{
		{Destination: "/proc", Type: "proc", Source: "proc"},
		{Destination: "/tmp", Type: "tmpfs", Source: "tmpfs", Options: tmp},
	}
}

// layout returns the trees that a sandbox needs and the mounts that show them.
// The last tree is that of its data, and its own. The user's folders are no tree, but
// what the sandbox host mounts in one place for all sandboxes.
func (r *Runtime) layout(bundle string, s Spec) (needed []tree, mounts []specs.Mount) {
	add := func(t tree, guest, access string) {
		needed = append(needed, t)
		mounts = append(mounts, specs.Mount{Destination: guest, Type: "bind", Source: t.Point,
			Options: []string{"rbind", access, "nosuid", "nodev"}})
	}
	for _, b := range slices.Concat(r.shown, s.Binds) {
		add(tree{Source: b.Host, Point: treePoint(r.dir, b.Host)}, b.Guest, "ro")
	}
	add(tree{Source: s.Data, Point: dataPoint(bundle)}, dataDir, "rw")
	mounts = append(mounts, specs.Mount{Destination: userfolders.Dir, Type: "bind", Source: userPoint(r.dir),
		Options: []string{"rbind", "ro", "nosuid", "nodev", "noexec"}})
	return needed, mounts
}

// sharedMounts tells gVisor that the host changes the data folder and those of the
// user too, so that it does not cache them. It may cache the others, which makes
// imports a quarter faster.
func sharedMounts(binds []specs.Mount) map[string]string {
	hints := map[string]string{}
	for name, guest := range map[string]string{"data": dataDir, "user": userfolders.Dir} {
		for _, m := range binds {
			if m.Destination == guest {
				hint := "dev.gvisor.spec.mount." + name + "."
				hints[hint+"source"], hints[hint+"type"], hints[hint+"share"] = m.Source, m.Type, "shared"
			}
		}
	}
	return hints
}

func rlimits(l Limits) []specs.POSIXRlimit {
	limits := []specs.POSIXRlimit{
		{Type: "RLIMIT_CORE"},
		{Type: "RLIMIT_NOFILE", Soft: maxOpenFiles, Hard: maxOpenFiles},
	}
	if l.FileSize > 0 {
		limits = append(limits, specs.POSIXRlimit{Type: "RLIMIT_FSIZE", Soft: uint64(l.FileSize), Hard: uint64(l.FileSize)})
	}
	if l.Processes > 0 {
		limits = append(limits, specs.POSIXRlimit{Type: "RLIMIT_NPROC", Soft: uint64(l.Processes), Hard: uint64(l.Processes)})
	}
	return limits
}

// resources says how much memory the program may use. gVisor ignores it; tuneSentry
// reads it.
func resources(l Limits) *specs.LinuxResources {
	if l.Memory == 0 {
		return nil
	}
	return &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &l.Memory}}
}

// maxOpenFiles is what a program may open at once. gVisor holds a host
// descriptor for many of them.
const maxOpenFiles = 8192
