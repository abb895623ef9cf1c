package guard

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// issue is SelfSigned where it must succeed.
func issue(t *testing.T, dir string, system System, hosts ...string) Issued {
	t.Helper()
	issued, err := SelfSigned(dir, hosts, system)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

// made is a certificate of an authority that is made for a test.
type made struct {
	authority, leaf *x509.Certificate
	key             *ecdsa.PrivateKey
}

// makeTest makes a certificate for host that is valid until a time.
func makeTest(t *testing.T, name, host string, until time.Time) made {
	t.Helper()
	ca, leaf := template(name), template(name)
	ca.IsCA, ca.KeyUsage, ca.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	leaf.DNSNames = []string{host}
	for _, c := range []*x509.Certificate{ca, leaf} {
		c.NotBefore, c.NotAfter = until.Add(-certificateAge), until
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(c *x509.Certificate) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, c, ca, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	return made{sign(ca), sign(leaf), key}
}

func block(c *x509.Certificate) pem.Block { return pem.Block{Type: "CERTIFICATE", Bytes: c.Raw} }

// systemFile writes the authorities of what stands for the system.
func systemFile(t *testing.T, authorities ...made) string {
	t.Helper()
	var text bytes.Buffer
	for _, m := range authorities {
		b := block(m.authority)
		if err := pem.Encode(&text, &b); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "system.pem")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// trusts reports whether who trusts what is in a file takes a certificate for
// a host.
func trusts(t *testing.T, file string, leaf *x509.Certificate, host string) bool {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(data)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
	return err == nil
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestServicesSideBySide(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := makeTest(t, "the system's", "api.example", time.Now().Add(time.Hour))
	system := System{File: systemFile(t, other)}
	a := issue(t, dir, system, "a.example")
	before := read(t, a.Authority)
	b := issue(t, dir, system, "b.example", "192.0.2.7")
	if a.Authority == b.Authority || read(t, a.Authority) != before {
		t.Errorf("the second service has changed what clients of the first trust")
	}
	if trusts(t, a.Authority, b.Certificate.Leaf, "b.example") || trusts(t, b.Authority, a.Certificate.Leaf, "a.example") {
		t.Error("who trusts one service trusts the other")
	}
	for _, file := range []string{a.Authority, a.Bundle} {
		for _, host := range []string{"a.example", "localhost", "127.0.0.1", "::1"} {
			if !trusts(t, file, a.Certificate.Leaf, host) {
				t.Errorf("%s is of no use to clients that call the first service %s", file, host)
			}
		}
	}
	if a.Bundle != b.Bundle {
		t.Errorf("there are two bundles, %s and %s, of which a program can be told one", a.Bundle, b.Bundle)
	}
	if !trusts(t, b.Bundle, b.Certificate.Leaf, "192.0.2.7") || !trusts(t, b.Bundle, other.leaf, "api.example") || a.NoSystem || b.NoSystem {
		t.Error("the bundle lacks the second service or the system's authorities")
	}
	again := issue(t, dir, system, "A.Example", "LOCALHOST", "a.example")
	if again.Authority != a.Authority || !bytes.Equal(again.Certificate.Leaf.Raw, a.Certificate.Leaf.Raw) {
		t.Error("the same names in another form have another certificate")
	}
	assertPrivate(t, dir)
}

// assertPrivate checks that nobody else can read what is secret, and that
// nothing is left half written.
func assertPrivate(t *testing.T, dir string) {
	t.Helper()
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		private := slices.Contains([]string{serverFile, bundleFile}, info.Name()) || info.IsDir() && path != dir
		if private && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		if strings.HasPrefix(info.Name(), ".new-") {
			t.Errorf("%s was left", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Services that start at the same time do not write over each other.
func TestServicesThatStartTogether(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	system := System{File: systemFile(t, makeTest(t, "the system's", "api.example", time.Now().Add(time.Hour)))}
	issued := make([]Issued, 8)
	var all sync.WaitGroup
	for i := range issued {
		all.Go(func() {
			var err error
			if issued[i], err = SelfSigned(dir, []string{fmt.Sprintf("s%d.example", i/2)}, system); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, one := range issued {
		if one.Certificate.Leaf == nil || !trusts(t, one.Bundle, one.Certificate.Leaf, fmt.Sprintf("s%d.example", i/2)) {
			t.Errorf("the bundle lacks the authority of service %d", i)
		}
	}
}

// A certificate is made again before it expires. One that is still served goes
// on to be trusted.
func TestRenewal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	system := System{File: systemFile(t, makeTest(t, "the system's", "api.example", time.Now().Add(time.Hour)))}
	first := issue(t, dir, system)
	old := makeTest(t, authorityName, "localhost", time.Now().Add(certificateSpare/2))
	key, err := x509.MarshalPKCS8PrivateKey(old.key)
	if err != nil {
		t.Fatal(err)
	}
	server := filepath.Join(filepath.Dir(first.Authority), serverFile)
	if err := writePEM(first.Authority, 0o644, block(old.authority)); err != nil {
		t.Fatal(err)
	}
	if err := writePEM(server, 0o600, pem.Block{Type: "PRIVATE KEY", Bytes: key}, block(old.leaf)); err != nil {
		t.Fatal(err)
	}
	renewed := issue(t, dir, system)
	if left := time.Until(renewed.Certificate.Leaf.NotAfter); left < certificateAge-time.Hour {
		t.Errorf("the certificate is good for %v", left)
	}
	for _, file := range []string{renewed.Authority, renewed.Bundle} {
		for _, leaf := range []*x509.Certificate{renewed.Certificate.Leaf, old.leaf} {
			if !trusts(t, file, leaf, "localhost") {
				t.Errorf("%s lacks the authority of the certificate until %v", file, leaf.NotAfter)
			}
		}
	}
	expired := makeTest(t, authorityName, "localhost", time.Now().Add(-time.Hour))
	if err := writePEM(renewed.Authority, 0o644, block(expired.authority)); err != nil {
		t.Fatal(err)
	}
	other := issue(t, dir, system, "b.example")
	if _, err := os.Stat(filepath.Dir(renewed.Authority)); !os.IsNotExist(err) {
		t.Errorf("what has expired is still there: %v", err)
	}
	if text := read(t, other.Bundle); strings.Contains(text, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: expired.authority.Raw}))) {
		t.Error("the bundle has an authority that has expired")
	}
}

// What a person has set for programs must not make the bundle lack the system's
// authorities.
func TestSystemAuthorities(t *testing.T) {
	t.Parallel()
	one := makeTest(t, "one", "one.example", time.Now().Add(time.Hour))
	two := makeTest(t, "two", "two.example", time.Now().Add(time.Hour))
	file, more := systemFile(t, one), systemFile(t, two)
	dir := t.TempDir()
	ours := issue(t, dir, System{File: file}, "a.example")
	if err := os.WriteFile(filepath.Join(filepath.Dir(more), "notes.txt"), []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	hasDefault := len(System{}.authorities("")) > 0
	for name, test := range map[string]struct {
		system    System
		one, two  bool
		byDefault bool // what the system has is in it
	}{
		"a file":                    {System{File: file}, true, false, false},
		"a folder":                  {System{File: file, Dirs: filepath.Dir(more)}, true, true, false},
		"two folders":               {System{Dirs: filepath.Dir(file) + string(os.PathListSeparator) + filepath.Dir(more)}, true, true, true},
		"nothing":                   {System{}, false, false, true},
		"a file that is not there":  {System{File: filepath.Join(dir, "none")}, false, false, true},
		"a folder in place of one":  {System{File: dir}, false, false, true},
		"the authority alone":       {System{File: ours.Authority}, false, false, true},
		"the bundle itself":         {System{File: ours.Bundle}, false, false, true},
		"no certificates in a file": {System{File: filepath.Join(filepath.Dir(more), "notes.txt")}, false, false, true},
	} {
		got := issue(t, dir, test.system, "a.example")
		if trusts(t, got.Bundle, one.leaf, "one.example") != test.one || trusts(t, got.Bundle, two.leaf, "two.example") != test.two {
			t.Errorf("%s: the bundle has other authorities", name)
		}
		if !trusts(t, got.Bundle, got.Certificate.Leaf, "a.example") {
			t.Errorf("%s: the bundle lacks ours", name)
		}
		if test.byDefault && hasDefault && (got.NoSystem || strings.Count(read(t, got.Bundle), "BEGIN") < 10) {
			t.Errorf("%s: the bundle lacks what the system has", name)
		}
	}
}

func TestCertificateFolderThatIsALink(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links take rights there")
	}
	dir, elsewhere := t.TempDir(), t.TempDir()
	there := issue(t, dir, System{})
	folder := filepath.Dir(there.Authority)
	if err := os.Rename(folder, filepath.Join(elsewhere, "x")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(elsewhere, "x"), folder); err != nil {
		t.Fatal(err)
	}
	if _, err := SelfSigned(dir, nil, System{}); err == nil || !strings.Contains(err.Error(), "is a link") {
		t.Errorf("got %v", err)
	}
}

// A certificate that was damaged is made again.
func TestDamagedCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	there := issue(t, dir, System{}, "a.example")
	folder := filepath.Dir(there.Authority)
	for _, name := range []string{authorityFile, serverFile} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("-----BEGIN"), 0o600); err != nil {
			t.Fatal(err)
		}
		got := issue(t, dir, System{}, "a.example")
		if _, err := tls.LoadX509KeyPair(filepath.Join(folder, serverFile), filepath.Join(folder, serverFile)); err != nil {
			t.Error(err)
		}
		if !trusts(t, got.Authority, got.Certificate.Leaf, "a.example") {
			t.Errorf("after %s was damaged", name)
		}
	}
}
