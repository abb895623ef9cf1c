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

// errIssuer is the error of an issuer that cannot be reached, or whose answer is
// unusable.
var errIssuer = errors.New("the issuer cannot be used")

// algorithms are those with a key that signs and another that verifies. With
// others, anyone who knows the published keys could sign.
func algorithms() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}
}

// renewal is how long keys are trusted before they are fetched again: the issuer
// may have revoked some.
const renewal = time.Hour

// known is what the issuer has said.
type known struct {
	verifier *oidc.IDTokenVerifier
	when     time.Time
}

// An issuer verifies tokens.
type issuer struct {
	url    string
	client *http.Client
	now    func() time.Time
	log    zerolog.Logger

	known atomic.Pointer[known] // nil until the issuer has answered

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

// verify checks the signature and the issuer of a token. The error wraps errIssuer
// if that is not possible now.
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

// discovered returns the verifier for the issuer's current configuration. While
// the issuer cannot be reached, the last configuration remains in use.
func (i *issuer) discovered(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	before := i.known.Load()
	if before.fresh(i.now()) {
		return before.verifier, nil
	}
	if before != nil {
		select {
		case i.turn <- struct{}{}:
		default: // another asks
			return before.verifier, nil
		}
	} else {
		select {
		case i.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", errIssuer, ctx.Err())
		}
	}
	defer func() { <-i.turn }()
	if k := i.known.Load(); k.fresh(i.now()) {
		return k.verifier, nil
	}
	err := i.ask(context.WithoutCancel(ctx))
	if k := i.known.Load(); k != nil {
		return k.verifier, nil
	}
	return nil, err
}

func (k *known) fresh(now time.Time) bool { return k != nil && now.Sub(k.when) < renewal }

// ask fetches the configuration, unless that has just failed. The caller has the
// turn.
func (i *issuer) ask(ctx context.Context) error {
	if i.failed != nil && i.now().Sub(i.when) < pause {
		return i.failed
	}
	v, err := i.discover(ctx)
	if err != nil {
		i.failed, i.when = fmt.Errorf("%w: %w", errIssuer, err), i.now()
		if !errors.Is(err, errIssuer) { // else it is in the log already
			i.log.Warn().Err(err).Msg("the configuration of the issuer (--oauth-issuer) cannot be used")
		}
		return i.failed
	}
	i.failed = nil
	i.known.Store(&known{verifier: v, when: i.now()})
	return nil
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

// keys distinguish bad signatures from keys that could not be fetched.
type keys struct{ remote oidc.KeySet }

// VerifySignature implements oidc.KeySet.
func (k keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, token)
	if failure, ok := ctx.Value(failureKey{}).(*error); ok && (errors.Is(err, errIssuer) || err != nil && ctx.Err() != nil) {
		*failure = fmt.Errorf("%w: %w", errIssuer, err)
	}
	return payload, err
}
