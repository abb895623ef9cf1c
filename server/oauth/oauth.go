package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/guard"
)

// skew is how far the issuer's clock may be from the service's.
const skew = time.Minute

// maxToken is the length of the longest token.
const maxToken = 16 << 10

// Options configure a resource. Issuer, Audiences and URL are required.
type Options struct {
	// Issuer is the URL that identifies the issuer, exactly as its tokens have it.
	Issuer string
	// Audiences are the audiences of this service; a token must have one of them.
	Audiences []string
	// Scopes must all be granted. A scope that begins with an audience, with URL,
	// or with "api://" (as Entra ID has them) also matches its last part in tokens.
	Scopes []string
	// URL is where clients reach the service, without a trailing slash.
	URL string
	// Paths maps each path of the service to the path of the resource that it
	// belongs to. Requests for other paths belong to URL.
	Paths map[string]string
	// Name is the name of the resource for people.
	Name string
	// Transport carries the requests to the issuer. Nil means
	// [http.DefaultTransport].
	Transport http.RoundTripper
	// Now is the time. Nil means [time.Now].
	Now func() time.Time
	// Logger logs failures of the issuer.
	Logger zerolog.Logger
}

// A Resource is the service that tokens are issued for. It may be used
// concurrently.
type Resource struct {
	opts   Options
	issuer *issuer
}

var _ guard.Authenticator = (*Resource)(nil)

// New returns a resource. It does not contact the issuer yet.
func New(opts Options) *Resource {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Transport == nil {
		opts.Transport = http.DefaultTransport
	}
	return &Resource{opts: opts, issuer: newIssuer(opts)}
}

// A refusal is why a token is not accepted.
type refusal struct {
	kind error  // of package guard
	code string // of RFC 6750, "" for none
	text string
	path string // of the resource
}

func (f *refusal) Error() string { return fmt.Sprintf("%v: %s", f.kind, f.text) }
func (f *refusal) Unwrap() error { return f.kind }

func invalid(text string) *refusal {
	return &refusal{kind: guard.ErrUnauthenticated, code: "invalid_token", text: text}
}

// Authenticate implements guard.Authenticator. A principal is a subject of the
// issuer, within one tenant if there are tenants; it reveals neither.
func (r *Resource) Authenticate(q *http.Request) (guard.Principal, error) {
	who, refused := r.check(q)
	if refused != nil {
		refused.path = r.opts.Paths[q.URL.Path]
		return "", refused
	}
	return who, nil
}

func (r *Resource) check(q *http.Request) (guard.Principal, *refusal) {
	raw, ok := guard.Bearer(q)
	if !ok {
		return "", &refusal{kind: guard.ErrUnauthenticated, text: `send "Authorization: Bearer TOKEN" with a token of the issuer named in the metadata that WWW-Authenticate points to`}
	}
	if !compact(raw) {
		return "", invalid("the token is not a signed JWT, or it is too long")
	}
	token, refused := r.verify(q.Context(), raw)
	if refused != nil {
		return "", refused
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return "", invalid("claims of the token have wrong types")
	}
	if refused := r.judge(token, c); refused != nil {
		return "", refused
	}
	identity, err := json.Marshal([]string{r.opts.Issuer, token.Subject, c.Tenant})
	if err != nil {
		return "", invalid("the subject of the token cannot be read")
	}
	sum := sha256.Sum256(identity)
	return guard.Principal("oauth:" + hex.EncodeToString(sum[:])), nil
}

// verify checks signature and issuer.
func (r *Resource) verify(ctx context.Context, raw string) (*oidc.IDToken, *refusal) {
	token, err := r.issuer.verify(ctx, raw)
	switch {
	case errors.Is(err, errIssuer):
		return nil, &refusal{kind: guard.ErrUnavailable, text: "the keys of the token issuer cannot be fetched; retry shortly"}
	case err != nil:
		return nil, invalid("the token was not signed or not issued by the issuer of this service; get one from the issuer named in the metadata that WWW-Authenticate points to")
	}
	return token, nil
}

// judge checks everything else.
func (r *Resource) judge(token *oidc.IDToken, c claims) *refusal {
	switch now := r.opts.Now(); {
	case !slices.ContainsFunc(r.opts.Audiences, func(a string) bool { return slices.Contains(token.Audience, a) }):
		return invalid("the token is for another audience; get one for this service from the issuer")
	case c.Expires == nil:
		return invalid("the token has no expiry")
	case seconds(now.Add(-skew)) >= *c.Expires:
		return invalid("the token has expired; get a new one")
	case c.NotBefore != nil && seconds(now.Add(skew)) < *c.NotBefore:
		return invalid("the token is not valid yet")
	case token.Subject == "":
		return invalid("the token has no subject")
	}
	held := c.granted()
	for _, scope := range r.opts.Scopes {
		if !r.grants(held, scope) {
			return &refusal{kind: guard.ErrForbidden, code: "insufficient_scope", text: fmt.Sprintf("the token lacks the scope %s; get one with it from the issuer", scope)}
		}
	}
	return nil
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// grants reports whether a scope is among those that a token holds.
func (r *Resource) grants(held []string, scope string) bool {
	if slices.Contains(held, scope) {
		return true
	}
	owned := strings.HasPrefix(scope, "api://") || strings.HasPrefix(scope, r.opts.URL+"/") ||
		slices.ContainsFunc(r.opts.Audiences, func(a string) bool { return strings.HasPrefix(scope, strings.TrimSuffix(a, "/")+"/") })
	short := scope[strings.LastIndexByte(scope, '/')+1:]
	return owned && short != "" && slices.Contains(held, short)
}

// Challenge implements guard.Authenticator.
func (r *Resource) Challenge(err error) string {
	var f *refusal
	if !errors.As(err, &f) || f.kind == guard.ErrUnavailable {
		return ""
	}
	parts := []string{fmt.Sprintf("resource_metadata=%q", r.opts.URL+metadataPath+f.path)}
	if f.code != "" {
		parts = append(parts, fmt.Sprintf("error=%q", f.code), fmt.Sprintf("error_description=%q", f.text))
	}
	if len(r.opts.Scopes) > 0 {
		parts = append(parts, fmt.Sprintf("scope=%q", strings.Join(r.opts.Scopes, " ")))
	}
	return "Bearer " + strings.Join(parts, ", ")
}
