package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/rs/zerolog"
)

// errIssuer is of an issuer that cannot be asked, or answers with what cannot be
// used.
var errIssuer = errors.New("the issuer cannot be used")

// algorithms are those with a key that signs and another that verifies. With
// others whoever knows the published keys could sign.
func algorithms() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}
}

// An issuer verifies tokens.
type issuer struct {
	url    string
	client *http.Client
	now    func() time.Time
	log    zerolog.Logger

	verifier atomic.Pointer[oidc.IDTokenVerifier] // nil until the issuer has answered

	turn   chan struct{} // holds a token of who discovers and has the fields below
	failed error         // of the last attempt
	when   time.Time
}

func newIssuer(opts Options) *issuer {
	return &issuer{
		url: opts.Issuer, now: opts.Now, log: opts.Logger, turn: make(chan struct{}, 1),
		client: &http.Client{Transport: &fetcher{base: opts.Transport, now: opts.Now, log: opts.Logger, last: map[string]answer{}}},
	}
}

type failureKey struct{}

// verify checks the signature of a token and that it is the issuer's. It returns
// an error that wraps errIssuer if that cannot be known.
func (i *issuer) verify(ctx context.Context, raw string) (*oidc.IDToken, error) {
	verifier, err := i.discovered(ctx)
	if err != nil {
		return nil, err
	}
	var failure error // which the library's error does not wrap
	token, err := verifier.Verify(context.WithValue(ctx, failureKey{}, &failure), raw)
	if err != nil && failure != nil {
		return nil, failure
	}
	return token, err
}

// discovered returns the verifier, with what the issuer says of itself.
func (i *issuer) discovered(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	if v := i.verifier.Load(); v != nil {
		return v, nil
	}
	select {
	case i.turn <- struct{}{}:
		defer func() { <-i.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errIssuer, ctx.Err())
	}
	if v := i.verifier.Load(); v != nil {
		return v, nil
	}
	if i.failed != nil && i.now().Sub(i.when) < pause {
		return nil, i.failed
	}
	v, err := i.discover(context.WithoutCancel(ctx))
	if err != nil {
		i.failed, i.when = fmt.Errorf("%w: %w", errIssuer, err), i.now()
		if !errors.Is(err, errIssuer) { // else it is in the log already
			i.log.Warn().Err(err).Msg("the configuration of the issuer (--oauth-issuer) cannot be used; nobody can come in")
		}
		return nil, i.failed
	}
	i.verifier.Store(v)
	return v, nil
}

func (i *issuer) discover(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	ctx = oidc.ClientContext(ctx, i.client)
	provider, err := oidc.NewProvider(ctx, i.url)
	if err != nil {
		return nil, err
	}
	var document struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return nil, err
	}
	return oidc.NewVerifier(i.url, keys{oidc.NewRemoteKeySet(ctx, document.Keys)}, &oidc.Config{
		SupportedSigningAlgs: algorithms(),
		SkipClientIDCheck:    true, // audience and times are judged with the other claims
		SkipExpiryCheck:      true,
	}), nil
}

// keys tell tokens with bad signatures from keys that could not be read.
type keys struct{ remote oidc.KeySet }

// VerifySignature implements oidc.KeySet.
func (k keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, token)
	if failure, ok := ctx.Value(failureKey{}).(*error); ok && (errors.Is(err, errIssuer) || err != nil && ctx.Err() != nil) {
		*failure = fmt.Errorf("%w: %w", errIssuer, err)
	}
	return payload, err
}
