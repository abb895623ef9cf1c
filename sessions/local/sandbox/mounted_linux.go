package sandbox

import (
	"os"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	gcontainer "gvisor.dev/gvisor/runsc/container"
)

// mounted shows sandboxes the host's files by mounts, in namespaces of the sandbox host's
// own.
type mounted struct {
	*trees
	*userDir
}

// openMounts makes what the sandboxes of the runtime in dir share. The process must be in
// its own mount namespace.
func openMounts(dir string, from system) (*mounted, error) {
	if err := ownRoot(); err != nil {
		return nil, err
	}
	if err := openRootfs(rootfsDir(dir), from); err != nil {
		return nil, err
	}
	trees, err := openTrees(blankDir(dir))
	if err != nil {
		return nil, err
	}
	user, err := openUserDir(dir, trees)
	if err != nil {
		return nil, err
	}
	return &mounted{trees, user}, nil
}

// contain makes gVisor's own container.
func (m *mounted) contain(c *contained, spec *specs.Spec, streams []*os.File) error {
	made, err := gcontainer.New(c.conf, gcontainer.Args{
		ID:        c.id,
		Spec:      spec,
		BundleDir: c.bundle,
		Attached:  true, // its processes die with this one
		PassFiles: map[int]*os.File{0: streams[0], 1: streams[1], 2: streams[2]},
	})
	if err != nil {
		return err
	}
	c.gvisor, c.sentry, c.gofer = made, made.Sandbox, made.GoferPid.Load()
	return nil
}
