package gofer

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/lisafs"
	"gvisor.dev/gvisor/pkg/log"
	"gvisor.dev/gvisor/pkg/unet"
	"gvisor.dev/gvisor/runsc/fsgofer/filter"
)

// The descriptors of a gofer, beside its streams. Whoever starts it passes them in this order.
const (
	configFile  = 3 // the Config, as JSON
	readyFile   = 4 // is written to and closed when the gofer serves
	firstSocket = 5 // of the first mount; those of the others follow
)

// Serve serves what the file configFile says, until nobody is connected any more. It
// closes the file, and then installs gVisor's seccomp filter for gofers.
func Serve() error {
	log.SetTarget(log.GoogleEmitter{Writer: &log.Writer{Next: io.Discard}})
	var config Config
	file := os.NewFile(configFile, "config")
	err := json.NewDecoder(file).Decode(&config)
	file.Close()
	if err != nil {
		return fmt.Errorf("reading what to serve: %w", err)
	}
	servers, err := newServers(config)
	if err != nil {
		return err
	}
	unix.Umask(0) // the sandbox has applied its own
	if err := filter.Install(filter.Options{}); err != nil {
		return fmt.Errorf("filtering system calls: %w", err)
	}
	for i, s := range servers {
		socket, err := unet.NewSocket(firstSocket + i)
		if err != nil {
			return err
		}
		c, err := s.CreateConnection(socket, "/", !s.mount.Writable)
		if err != nil {
			return fmt.Errorf("serving %s: %w", s.mount.Source, err)
		}
		s.StartConnection(c)
	}
	ready := os.NewFile(readyFile, "ready")
	if _, err := ready.Write([]byte{0}); err != nil {
		return err
	}
	ready.Close()
	for _, s := range servers {
		s.Wait()
	}
	return nil
}

func newServers(config Config) ([]*server, error) {
	blank, err := openBlanks(config)
	if err != nil {
		return nil, err
	}
	var servers []*server
	for _, m := range config.Mounts {
		s := &server{mount: m, blank: blank, ids: newIDs(), covered: map[place]bool{}, private: map[inode]bool{}, links: map[place]string{}, linked: map[inode]bool{}}
		s.Init(s, lisafs.ServerOpts{WalkStatSupported: true, SetAttrOnDeleted: true, AllocateOnDeleted: true, OpenOnDeleted: true})
		s.findCovered()
		servers = append(servers, s)
	}
	return servers, nil
}

// A server serves one mount.
type server struct {
	lisafs.Server
	mount   Mount
	blank   blanks
	ids     ids
	covered map[place]bool
	private map[inode]bool
	links   map[place]string // folders of which the links are seen
	linked  map[inode]bool   // the same folders
}

var _ lisafs.ServerImpl = (*server)(nil)

// MaxMessageSize is the protocol's own.
func (s *server) MaxMessageSize() uint32 { return lisafs.MaxMessageSize() }

// SupportedMessages are all but those for sockets and extended attributes of files.
func (s *server) SupportedMessages() []lisafs.MID {
	return []lisafs.MID{
		lisafs.Mount, lisafs.Channel, lisafs.FStat, lisafs.SetStat, lisafs.Walk, lisafs.WalkStat,
		lisafs.OpenAt, lisafs.OpenCreateAt, lisafs.Close, lisafs.FSync, lisafs.PWrite, lisafs.PRead,
		lisafs.MkdirAt, lisafs.MknodAt, lisafs.SymlinkAt, lisafs.LinkAt, lisafs.FStatFS, lisafs.FAllocate,
		lisafs.ReadLinkAt, lisafs.UnlinkAt, lisafs.RenameAt, lisafs.Getdents64,
	}
}
