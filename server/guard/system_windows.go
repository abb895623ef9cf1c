package guard

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

func systemFiles() []string { return nil }

func systemDirs() []string { return nil }

// systemStore returns the authorities (DER) of the user's store, which has those
// of the machine in it.
func systemStore() [][]byte {
	name, err := windows.UTF16PtrFromString("ROOT")
	if err != nil {
		return nil
	}
	store, err := windows.CertOpenSystemStore(0, name)
	if err != nil {
		return nil
	}
	defer windows.CertCloseStore(store, 0)
	var all [][]byte
	var at *windows.CertContext
	for {
		// It frees the one before, and at the end there is none to be freed.
		if at, err = windows.CertEnumCertificatesInStore(store, at); err != nil || at == nil {
			return all
		}
		all = append(all, append([]byte(nil), unsafe.Slice(at.EncodedCert, at.Length)...))
	}
}
