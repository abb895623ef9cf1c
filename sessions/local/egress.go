package local

import (
	"crypto/rand"
	"path/filepath"

	"dynamic-sessions-mcp/sessions/egress"
)

// indexFolder is where pages and files of the package index are kept, in the cache folder.
const indexFolder = "index"

// proxy returns what connects sessions with what they may reach, nil if that is nothing.
func (o Options) proxy() *egress.Proxy {
	if !o.Egress.Set() || !o.Isolation.Sandboxed() {
		return nil
	}
	options := egress.Options{Rules: o.Egress, Secrets: o.Secrets, Logger: o.Logger}
	if o.Egress.PyPI {
		client, err := egress.IndexClient(o.IndexCA)
		if err != nil {
			o.Logger.Warn().Err(err).Msg("the authorities of PIP_CERT cannot be read; the package index is asked with those of the system")
		}
		options.Index = egress.NewIndex(o.Index, filepath.Join(o.CacheDir, indexFolder), client)
	}
	return egress.New(options)
}

// newKey returns the key of a new session: see [interpreter.Place].
func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // which never fails
	return key
}
