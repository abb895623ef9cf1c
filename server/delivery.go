package server

import (
	"net"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/filelinks"
	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/tools/delivery"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// newSaver returns what saves the files of a session in a folder of the user.
func (p program) newSaver(pool sessions.Pool, folder string, named sessions.ID) (*delivery.Saver, error) {
	opts := p.saverOptions(pool, folder)
	if named != "" {
		record, err := p.recordOf(named)
		if err != nil {
			return nil, err
		}
		opts.Record = record
	}
	return delivery.New(opts)
}

func (p program) saverOptions(pool sessions.Pool, folder string) delivery.Options {
	o := delivery.Options{Pool: pool, Folder: folder, Home: backend.Home(), Dir: sessionpath.New(backend.Environment(p.cfg).DataDir)}
	if !p.cfg.Azure.Set() {
		o.MaxBytes = int64(p.cfg.Pool.Disk)
	}
	return o
}

// recordOf is the file that says what was saved of a session that outlives servers.
func (p program) recordOf(named sessions.ID) (string, error) {
	dir, err := cachedir.Open(p.cfg.Pool.CacheDir)
	if err != nil {
		return "", err
	}
	if dir, err = cachedir.Subfolder(dir, "delivered"); err != nil {
		return "", err
	}
	return filepath.Join(dir, string(named)), nil
}

// newLinks returns what links to files of sessions, for a service that listens at an
// address.
func (p program) newLinks(pool sessions.Pool, key []byte, access *httpserver.Access, at net.Addr) (*filelinks.Links, error) {
	return filelinks.New(p.linkOptions(pool, key, access.Endpoint(at)))
}

func (p program) linkOptions(pool sessions.Pool, key []byte, url string) filelinks.Options {
	return filelinks.Options{
		Pool: pool, Key: key, URL: url, Life: time.Duration(p.cfg.Serve.LinkLife), Principal: caller,
		Dir: sessionpath.New(backend.Environment(p.cfg).DataDir), Logger: p.log,
	}
}
