package guard

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions/atomicfile"
	"dynamic-sessions-mcp/sessions/local/cachedir"
)

const (
	authorityFile = "ca.pem"
	serverFile    = "server.pem"
	bundleFile    = "ca-bundle.pem"
)

// issuedKind is the folder of the certificate for one set of hosts.
func issuedKind() cachedir.Kind {
	return cachedir.Kind{Form: regexp.MustCompile(`^[0-9a-f]{16}$`), Proof: []string{serverFile}}
}

// writeBundle writes the file with the system's authorities and those of all
// services that share dir, so that a program that trusts only this file can call
// each of them and any other host. found reports whether the system has any. The
// caller holds the lock of dir.
func writeBundle(dir string, system System) (path string, found bool, err error) {
	path = filepath.Join(dir, bundleFile)
	theirs := system.authorities(path)
	known := map[string]bool{}
	var blocks []pem.Block
	for _, der := range append(ownAuthorities(dir), theirs...) {
		if !known[string(der)] {
			known[string(der)] = true
			blocks = append(blocks, pem.Block{Type: "CERTIFICATE", Bytes: der})
		}
	}
	return path, !allOurs(theirs), writePEM(path, 0o600, blocks...)
}

// ownAuthorities returns the valid authorities (DER) of the certificates in dir,
// and of one that an earlier version may have left there.
func ownAuthorities(dir string) [][]byte {
	own := valid(parsed(filepath.Join(dir, authorityFile)))
	for _, issued := range issuedKind().List(dir) {
		own = append(own, valid(parsed(filepath.Join(issued.Path, authorityFile)))...)
	}
	var all [][]byte
	for _, authority := range own {
		all = append(all, authority.Raw)
	}
	return all
}

// allOurs reports whether this program made all of the authorities.
func allOurs(all [][]byte) bool {
	for _, der := range all {
		authority, err := x509.ParseCertificate(der)
		if err != nil || authority.Subject.CommonName != authorityName {
			return false
		}
	}
	return true
}

// parsed returns the certificates in a file of ours.
func parsed(file string) []*x509.Certificate {
	var all []*x509.Certificate
	for _, der := range readAuthorities(file) {
		if certificate, err := x509.ParseCertificate(der); err == nil {
			all = append(all, certificate)
		}
	}
	return all
}

// valid returns those of the certificates that have not expired.
func valid(all []*x509.Certificate) []*x509.Certificate {
	return slices.DeleteFunc(all, func(c *x509.Certificate) bool { return time.Now().After(c.NotAfter) })
}

// prune removes expired certificates from dir. One that cannot be removed stays,
// which is harmless. The caller holds the lock of dir.
func prune(dir string) {
	for _, issued := range issuedKind().List(dir) {
		authorities := parsed(filepath.Join(issued.Path, authorityFile))
		if len(authorities) > 0 && len(valid(authorities)) == 0 {
			_ = issuedKind().Remove(issued.Path)
		}
	}
}

// writePEM replaces a file atomically.
func writePEM(path string, mode os.FileMode, blocks ...pem.Block) error {
	return atomicfile.Write(path, mode, func(w io.Writer) error {
		var err error
		for i := range blocks {
			err = errors.Join(err, pem.Encode(w, &blocks[i]))
		}
		return err
	})
}
