package guard

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Tokens are the bearer tokens of a service, each of which is a principal of its
// own (RFC 6750, in the header alone).
type Tokens struct{ sums [][32]byte }

// NewTokens returns an authenticator by tokens.
func NewTokens(tokens ...string) *Tokens {
	t := &Tokens{}
	for _, token := range tokens {
		t.sums = append(t.sums, sha256.Sum256([]byte(token)))
	}
	return t
}

// One reports whether there is only one principal.
func (t *Tokens) One() bool { return len(t.sums) == 1 }

var errWrongToken = fmt.Errorf("%w: the bearer token is not that of this service, which it printed at its start or keeps in its --auth-token-file", ErrNobody)

// Authenticate implements Authenticator. How long it takes tells nothing about
// the tokens.
func (t *Tokens) Authenticate(r *http.Request) (Principal, error) {
	token, ok := Bearer(r)
	if !ok {
		return "", fmt.Errorf(`%w: send "Authorization: Bearer TOKEN" with the token of this service, which it printed at its start or keeps in its --auth-token-file`, ErrNobody)
	}
	sum := sha256.Sum256([]byte(token))
	found := 0
	for i := range t.sums {
		found |= subtle.ConstantTimeCompare(sum[:], t.sums[i][:])
	}
	if found != 1 {
		return "", errWrongToken
	}
	again := sha256.Sum256(append([]byte("principal\x00"), sum[:]...)) // no hash of a token is kept elsewhere
	return Principal("token:" + hex.EncodeToString(again[:])), nil
}

// Bearer returns the bearer token of a request. There is none if there are
// several.
func Bearer(r *http.Request) (token string, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != "" && len(r.Header.Values("Authorization")) == 1
}

// Challenge implements Authenticator.
func (t *Tokens) Challenge(err error) string {
	if errors.Is(err, errWrongToken) {
		return `Bearer error="invalid_token"`
	}
	return "Bearer"
}

// Everyone lets everyone in as the same principal.
type Everyone struct{}

// Authenticate implements Authenticator.
func (Everyone) Authenticate(*http.Request) (Principal, error) { return "everyone", nil }

// One reports that there is only one principal.
func (Everyone) One() bool { return true }

// Challenge implements Authenticator.
func (Everyone) Challenge(error) string { return "Bearer" }
