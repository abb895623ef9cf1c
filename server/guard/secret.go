package guard

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// minSecret is the least length of a secret from a file, in characters: shorter
// ones can be guessed.
const minSecret = 16

// ReadSecret returns the secret in the file at path. If there is no such file, it
// creates one with a random secret, readable only by its owner. Errors name flag,
// such as "--auth-token-file".
func ReadSecret(path, flag string) (string, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return existingSecret(path, flag)
	}
	if err != nil {
		return "", fmt.Errorf("creating the file of %s: %w; its folder must exist and be writable", flag, err)
	}
	secret := rand.Text()
	if _, err = file.WriteString(secret + "\n"); err == nil {
		err = file.Close()
	}
	if err != nil {
		_ = file.Close()
		return "", errors.Join(fmt.Errorf("creating the file of %s: %w", flag, err), os.Remove(path))
	}
	return secret, nil
}

func existingSecret(path, flag string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the file of %s: %w", flag, err)
	}
	secret := bytes.TrimSpace(data)
	if len(secret) < minSecret || bytes.ContainsFunc(secret, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", fmt.Errorf("the file of %s must contain a single word of at least %d ASCII characters; delete %s to have one generated", flag, minSecret, path)
	}
	return string(secret), nil
}

// Exposed reports whether other users of the machine can read a file.
func Exposed(path string) bool {
	about, err := os.Stat(path)
	return err == nil && runtime.GOOS != "windows" && about.Mode().Perm()&0o007 != 0
}
