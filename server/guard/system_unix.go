//go:build !windows

package guard

// systemFiles are where systems keep all authorities in one file: Debian and
// Alpine, Fedora and RHEL, openSUSE, and those that have it where OpenSSL and
// LibreSSL look, such as macOS.
func systemFiles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem",
		"/etc/ssl/cert.pem",
		"/usr/local/etc/ssl/cert.pem",
	}
}

// systemDirs are where systems keep each authority in a file of its own.
func systemDirs() []string { return []string{"/etc/ssl/certs", "/etc/pki/tls/certs"} }

func systemStore() [][]byte { return nil }
