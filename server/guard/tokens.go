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
// own. They come in the Authorization header alone (RFC 6750, section 2.1).
type Tokens struct{ sums [][32]byte }

// NewTokens returns an authenticator that accepts each of the tokens.
func NewTokens(tokens ...string) *Tokens {
	t := &Tokens{}
	for _, token := range tokens {
		t.sums = append(t.sums, sha256.Sum256([]byte(token)))
	}
	return t
}

// One reports whether there is only one principal.
func (t *Tokens) One() bool { return len(t.sums) == 1 }

var (
	errNoToken    = fmt.Errorf(`%w: send "Authorization: Bearer TOKEN" with the token of this service, which it printed at startup or keeps in its --auth-token-file`, ErrUnauthenticated)
	errWrongToken = fmt.Errorf("%w: the bearer token is not that of this service, which it printed at startup or keeps in its --auth-token-file; tokens from elsewhere, such as Azure's, do not work here", ErrUnauthenticated)
)

// Authenticate implements Authenticator. How long it takes reveals nothing about
// the tokens.
func (t *Tokens) Authenticate(r *http.Request) (Principal, error) {
	token, ok := Bearer(r)
	if !ok {
		return "", errNoToken
	}
	sum := sha256.Sum256([]byte(token))
	found := 0
	for i := range t.sums {
		found |= subtle.ConstantTimeCompare(sum[:], t.sums[i][:])
	}
	if found != 1 {
		return "", errWrongToken
	}
	again := sha256.Sum256(append([]byte("principal\x00"), sum[:]...)) // so that no hash of a token is kept elsewhere
	return Principal("token:" + hex.EncodeToString(again[:])), nil
}

// Bearer returns the bearer token of a request. ok is false if the request has
// none, or several Authorization headers: two credentials are none.
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

// Everyone lets every caller in, all as the same principal.
type Everyone struct{}

// Authenticate implements Authenticator.
func (Everyone) Authenticate(*http.Request) (Principal, error) { return "everyone", nil }

// One reports that there is only one principal.
func (Everyone) One() bool { return true }

// Challenge implements Authenticator.
func (Everyone) Challenge(error) string { return "Bearer" }
