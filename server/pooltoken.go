package server

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// minToken is how many characters a token must have that is read from a file:
// fewer can be guessed.
const minToken = 16

// readToken returns the token in a file. If there is no such file it is made,
// readable by its owner alone, with a random token.
func readToken(path string) (string, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return existingToken(path)
	}
	if err != nil {
		return "", fmt.Errorf("the file for the token (--auth-token-file): %w", err)
	}
	token := rand.Text()
	if _, err = file.WriteString(token + "\n"); err == nil {
		err = file.Close()
	}
	if err != nil {
		_ = file.Close()
		return "", errors.Join(fmt.Errorf("the file for the token (--auth-token-file): %w", err), os.Remove(path))
	}
	return token, nil
}

func existingToken(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the file with the token (--auth-token-file): %w", err)
	}
	token := bytes.TrimSpace(data)
	if len(token) < minToken || bytes.ContainsAny(token, " \t\r\n") {
		return "", fmt.Errorf("the file with the token (--auth-token-file) must have one word of at least %d characters; remove %s to get one", minToken, path)
	}
	return string(token), nil
}
