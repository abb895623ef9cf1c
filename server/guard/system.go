package guard

import (
	"encoding/asn1"
	"encoding/pem"
	"os"
	"path/filepath"
)

// A System is where the authorities are that programs of this machine trust, as
// the environment tells OpenSSL, Python and Go. An empty field means the system's
// default place.
type System struct {
	File string // SSL_CERT_FILE
	Dirs string // SSL_CERT_DIR, a list as PATH is one
}

// authorities returns the certificates (DER) that the system trusts, none if the
// machine has no such file. Files with only this program's own authorities, such
// as own, do not count.
func (s System) authorities(own string) [][]byte {
	var all [][]byte
	if s.File != "" && !sameFile(s.File, own) {
		all = readAuthorities(s.File)
	}
	for _, file := range systemFiles() {
		if !allOurs(all) {
			break
		}
		all = append(all, readAuthorities(file)...)
	}
	dirs := filepath.SplitList(s.Dirs)
	if allOurs(all) {
		dirs = append(dirs, systemDirs()...)
	}
	for _, dir := range dirs {
		all = append(all, readFolder(dir)...)
	}
	if allOurs(all) {
		all = append(all, systemStore()...)
	}
	return all
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

func readFolder(dir string) [][]byte {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all [][]byte
	for _, entry := range entries {
		all = append(all, readAuthorities(filepath.Join(dir, entry.Name()))...)
	}
	return all
}

// maxAuthorities is the size in bytes from which a file is no list of
// authorities: the longest that systems have are a quarter of a megabyte.
const maxAuthorities = 16 << 20

// readAuthorities returns the certificates (DER) in a file; none if it cannot be
// read. It keeps certificates that this program cannot parse, since others may.
func readAuthorities(file string) [][]byte {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxAuthorities {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var all [][]byte
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		var whole asn1.RawValue
		if end, err := asn1.Unmarshal(block.Bytes, &whole); block.Type == "CERTIFICATE" && err == nil && len(end) == 0 {
			all = append(all, block.Bytes)
		}
	}
	return all
}
