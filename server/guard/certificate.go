package guard

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

const (
	certificateAge   = 365 * 24 * time.Hour
	certificateSpare = 30 * 24 * time.Hour // that one must have left to be used again
)

// SelfSigned returns a certificate for this machine's own names and for hosts,
// and the file with the authority that clients must trust. Both are kept in
// dir and made again when they are about to expire or lack a host. The
// authority's key is not kept: what trusts it trusts this one certificate.
func SelfSigned(dir string, hosts []string) (certificate tls.Certificate, authority string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("the certificate of --tls-self-signed: %w", err)
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return certificate, "", err
	}
	lock := cachedir.NewLock(filepath.Join(dir, "lock"))
	if err := lock.Lock(); err != nil {
		return certificate, "", err
	}
	defer lock.Close()
	authority, server := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "server.pem")
	hosts = append([]string{"localhost", "127.0.0.1", "::1"}, hosts...)
	if certificate, err = tls.LoadX509KeyPair(server, server); err == nil && usable(certificate, authority, hosts) {
		return certificate, authority, nil
	}
	if err := makeCertificate(authority, server, hosts); err != nil {
		return certificate, "", err
	}
	certificate, err = tls.LoadX509KeyPair(server, server)
	return certificate, authority, err
}

// usable reports whether the certificate is good for a while, for all hosts,
// and by the authority that clients were told of.
func usable(certificate tls.Certificate, authority string, hosts []string) bool {
	data, err := os.ReadFile(authority)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(data) {
		return false
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
	ca := template("dynamic-sessions-mcp authority of this machine")
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
	return errors.Join(
		writePEM(server, 0o600, pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}, pem.Block{Type: "CERTIFICATE", Bytes: der}),
		writePEM(authority, 0o644, pem.Block{Type: "CERTIFICATE", Bytes: caDER}))
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

// writePEM replaces a file at once, so that no other process reads half of it.
func writePEM(path string, mode os.FileMode, blocks ...pem.Block) error {
	var text bytes.Buffer
	for i := range blocks {
		if err := pem.Encode(&text, &blocks[i]); err != nil {
			return err
		}
	}
	partial, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return err
	}
	_, err = partial.Write(text.Bytes())
	err = errors.Join(err, partial.Chmod(mode), partial.Close())
	if err == nil {
		err = os.Rename(partial.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial.Name()))
	}
	return nil
}
