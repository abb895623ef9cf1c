// Package oauthtest has an issuer of tokens for tests.
package oauthtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// An Issuer publishes its configuration and keys, and signs whatever it is
// given. It may be used concurrently.
type Issuer struct {
	// Server is the issuer's; its URL identifies the issuer.
	Server *httptest.Server
	// KeyReads counts how often the keys were read.
	KeyReads atomic.Int64

	mu     sync.Mutex
	number int
	key    *ecdsa.PrivateKey
	rsa    *rsa.PrivateKey
	broken http.HandlerFunc // answers instead, unless it is nil
}

// Claims are what a token says.
type Claims map[string]any

// New returns an issuer that ends with the test, over HTTPS if it is secure.
func New(t testing.TB, secure bool) *Issuer {
	t.Helper()
	i := &Issuer{}
	var err error
	if i.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	i.Rotate(t)
	start := httptest.NewServer
	if secure {
		start = httptest.NewTLSServer
	}
	i.Server = start(http.HandlerFunc(i.serve))
	t.Cleanup(i.Server.Close)
	return i
}

// Rotate exchanges the key by which tokens are signed from now on.
func (i *Issuer) Rotate(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.number++
	i.key = key
}

// Break lets another handler answer; nil restores the issuer.
func (i *Issuer) Break(by http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.broken = by
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	number, key, broken := i.number, i.key, i.broken
	i.mu.Unlock()
	if broken != nil {
		broken(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	var document any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		document = map[string]any{"issuer": i.Server.URL, "jwks_uri": i.Server.URL + "/keys", "authorization_endpoint": i.Server.URL + "/authorize",
			"token_endpoint": i.Server.URL + "/token", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}}
	case "/keys":
		i.KeyReads.Add(1)
		document = i.keySet(number, key)
	default:
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(document)
}

// ServeKeys answers with the keys, for handlers of Break.
func (i *Issuer) ServeKeys(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	number, key := i.number, i.key
	i.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	i.KeyReads.Add(1)
	_ = json.NewEncoder(w).Encode(i.keySet(number, key))
}

func (i *Issuer) keySet(number int, key *ecdsa.PrivateKey) map[string]any {
	point, _ := key.PublicKey.Bytes() // 4, X, Y
	return map[string]any{"keys": []any{
		map[string]string{"kty": "EC", "kid": fmt.Sprint(number), "alg": "ES256", "crv": "P-256", "x": encode(point[1:33]), "y": encode(point[33:])},
		map[string]string{"kty": "RSA", "kid": "rsa", "n": encode(i.rsa.N.Bytes()), "e": encode(big.NewInt(int64(i.rsa.E)).Bytes())},
	}}
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// Claims returns those of a usual token, with changes; nil leaves a claim out.
func (i *Issuer) Claims(now time.Time, changes Claims) Claims {
	c := Claims{"iss": i.Server.URL, "sub": "ada", "aud": "api", "scp": "run other", "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	for name, value := range changes {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	return c
}

// Token signs claims with the newest key.
func (i *Issuer) Token(c Claims) string {
	i.mu.Lock()
	number, key := i.number, i.key
	i.mu.Unlock()
	return sign(Claims{"alg": "ES256", "typ": "at+jwt", "kid": fmt.Sprint(number)}, c, func(sum []byte) []byte {
		r, s, err := ecdsa.Sign(rand.Reader, key, sum)
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	})
}

// RSAToken signs claims with RS256 and a key without a stated algorithm.
func (i *Issuer) RSAToken(c Claims) string {
	return sign(Claims{"alg": "RS256", "kid": "rsa"}, c, func(sum []byte) []byte {
		signature, err := rsa.SignPKCS1v15(rand.Reader, i.rsa, crypto.SHA256, sum)
		if err != nil {
			panic(err)
		}
		return signature
	})
}

// Unsigned returns claims with the algorithm none.
func (i *Issuer) Unsigned(c Claims) string {
	return sign(Claims{"alg": "none"}, c, func([]byte) []byte { return nil })
}

// Confused signs claims with HS256 and the public key of RSA as its secret.
func (i *Issuer) Confused(c Claims) string {
	der, err := x509.MarshalPKIXPublicKey(&i.rsa.PublicKey)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(unsigned(Claims{"alg": "HS256", "kid": "rsa"}, c)))
	return unsigned(Claims{"alg": "HS256", "kid": "rsa"}, c) + "." + encode(mac.Sum(nil))
}

func unsigned(head, c Claims) string {
	first, err := json.Marshal(head)
	if err != nil {
		panic(err)
	}
	second, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return encode(first) + "." + encode(second)
}

func sign(head, c Claims, by func(sum []byte) []byte) string {
	text := unsigned(head, c)
	sum := sha256.Sum256([]byte(text))
	return text + "." + encode(by(sum[:]))
}
