package guard

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

const (
	certificateAge   = 365 * 24 * time.Hour
	certificateSpare = 30 * 24 * time.Hour // a certificate is replaced when less is left

	authorityName = "dynamic-sessions-mcp authority of this machine"
)

// Issued is a certificate that SelfSigned has issued.
type Issued struct {
	Certificate tls.Certificate
	// Authority is the file with the authority that clients must trust, alone.
	Authority string
	// Bundle is the file that has the system's authorities too, for clients in which
	// a file replaces those.
	Bundle string
	// NoSystem reports that no authorities of the system were found.
	NoSystem bool
}

// SelfSigned returns a certificate for this machine's own names and for hosts. It
// keeps its files in dir, a private folder, in which every set of hosts has its
// own certificate and authority, so that services side by side do not interfere.
// A certificate that is about to expire is replaced. The authority's key is not
// kept: to trust the authority is to trust this one certificate.
func SelfSigned(dir string, hosts []string, system System) (issued Issued, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("the certificate of --tls-self-signed: %w", err)
		}
	}()
	lock := cachedir.NewLock(filepath.Join(dir, "lock"))
	if err := lock.Lock(); err != nil {
		return issued, err
	}
	defer lock.Close()
	prune(dir)
	if err := issued.issue(dir, hostSet(hosts)); err != nil {
		return issued, err
	}
	var found bool
	issued.Bundle, found, err = writeBundle(dir, system)
	issued.NoSystem = !found
	return issued, err
}

// hostSet returns the normalized names of a certificate, without duplicates.
func hostSet(hosts []string) []string {
	set := []string{"localhost", "127.0.0.1", "::1"}
	for _, host := range hosts {
		host = strings.ToLower(strings.Trim(host, "[]"))
		if ip := net.ParseIP(host); ip != nil {
			host = ip.String()
		}
		set = append(set, host)
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// issue loads the certificate for a set of hosts, or makes it.
func (issued *Issued) issue(dir string, hosts []string) error {
	sum := sha256.Sum256([]byte(strings.Join(hosts, "\n")))
	dir, err := cachedir.Subfolder(dir, hex.EncodeToString(sum[:8]))
	if err != nil {
		return err
	}
	issued.Authority = filepath.Join(dir, authorityFile)
	server := filepath.Join(dir, serverFile)
	issued.Certificate, err = tls.LoadX509KeyPair(server, server)
	if err == nil && usable(issued.Certificate, issued.Authority, hosts) {
		return nil
	}
	if err := makeCertificate(issued.Authority, server, hosts); err != nil {
		return err
	}
	issued.Certificate, err = tls.LoadX509KeyPair(server, server)
	return err
}

// usable reports whether the certificate is valid for some time to come, for all
// hosts, and signed by the authority that clients know.
func usable(certificate tls.Certificate, authority string, hosts []string) bool {
	roots := x509.NewCertPool()
	for _, root := range parsed(authority) {
		roots.AddCert(root)
	}
	for _, host := range hosts {
		_, err := certificate.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: time.Now().Add(certificateSpare)})
		if err != nil {
			return false
		}
	}
	return true
}

func makeCertificate(authority, server string, hosts []string) error {
	ca := template(authorityName)
	ca.IsCA, ca.KeyUsage, ca.ExtKeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
	ca.MaxPathLenZero = true
	leaf := template("dynamic-sessions-mcp")
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, host)
		}
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return err
	}
	signer, err := x509.ParseCertificate(caDER)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, signer, &key.PublicKey, caKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	// A service that was started before may still have a certificate of the
	// authorities that were there.
	trusted := []pem.Block{{Type: "CERTIFICATE", Bytes: caDER}}
	for _, earlier := range valid(parsed(authority)) {
		trusted = append(trusted, pem.Block{Type: "CERTIFICATE", Bytes: earlier.Raw})
	}
	return errors.Join(
		writePEM(authority, 0o644, trusted...),
		writePEM(server, 0o600, pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}, pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func template(name string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // crypto/rand ends the program instead
	}
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(certificateAge),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
}
