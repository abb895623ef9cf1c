package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions/azure"
)

// Credential returns the source of tokens for the pool at an endpoint, nil if it
// takes none. A credential that cannot work is returned all the same: its error,
// which says how to sign in, belongs to the first call, since the server starts
// without signing in. The error of Credential itself says which setting is wrong.
func Credential(cfg config.Config, at azure.Endpoint) (azcore.TokenCredential, error) {
	kind := cfg.Azure.AzureCredential
	switch {
	case cfg.Azure.PoolTokenFile != "":
		return tokenFile(cfg.Azure.PoolTokenFile), nil
	case kind == config.CredentialNone && at.Loopback():
		return nil, nil
	case kind == config.CredentialNone:
		return nil, fmt.Errorf("--azure-credential=none: only a pool on this machine can go without a token, and this one is on %s", at.Host())
	case kind != config.CredentialAuto:
		return entra(kind, cfg.Azure.AzureClientID), nil
	case cfg.PoolToken != "" && !at.Azure():
		return fixedToken(cfg.PoolToken), nil
	case at.Loopback():
		return nil, nil
	case !at.Azure():
		// The user's token for Azure must not be sent to whoever runs that host.
		return nil, fmt.Errorf("%s is not one of Azure's hosts: name the file that holds the token of this pool with --pool-token-file, or say with --azure-credential that it takes a token of Microsoft Entra", at.Host())
	}
	return entra(config.CredentialDefault, cfg.Azure.AzureClientID), nil
}

// entra returns a credential of Microsoft Entra.
func entra(kind config.AzureCredential, clientID string) azcore.TokenCredential {
	inner, err := newEntra(kind, clientID)
	return signIn{kind: kind, inner: inner, err: err}
}

func newEntra(kind config.AzureCredential, clientID string) (azcore.TokenCredential, error) {
	switch kind {
	case config.CredentialCLI:
		return azidentity.NewAzureCLICredential(nil)
	case config.CredentialManagedIdentity:
		var o azidentity.ManagedIdentityCredentialOptions
		if clientID != "" {
			o.ID = azidentity.ClientID(clientID)
		}
		return azidentity.NewManagedIdentityCredential(&o)
	case config.CredentialWorkloadIdentity:
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientID: clientID})
	case config.CredentialServicePrincipal:
		return azidentity.NewEnvironmentCredential(nil)
	default:
		return azidentity.NewDefaultAzureCredential(nil)
	}
}

// signIn is a credential whose errors say how to sign in.
type signIn struct {
	kind  config.AzureCredential
	inner azcore.TokenCredential
	err   error // why inner is nil
}

func (s signIn) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	err := s.err
	if err == nil {
		var token azcore.AccessToken
		if token, err = s.inner.GetToken(ctx, o); err == nil && oneWord(token.Token) {
			return token, nil
		} else if err == nil {
			err = errors.New("the identity service returned no valid token")
		}
	}
	if ctx.Err() != nil {
		return azcore.AccessToken{}, ctx.Err()
	}
	return azcore.AccessToken{}, &signInError{s.kind, err}
}

// signInError is the error of a credential that returned no token.
type signInError struct {
	kind config.AzureCredential
	err  error
}

func (e *signInError) Error() string {
	return howTo(e.kind) + ". What was tried: " + shorten(e.err.Error())
}

func (e *signInError) Unwrap() error { return e.err }

// howTo says what makes a credential work.
func howTo(kind config.AzureCredential) string {
	switch kind {
	case config.CredentialCLI:
		return "Sign in with the Azure CLI: az login"
	case config.CredentialManagedIdentity:
		return "Run this on an Azure host that has a managed identity; give --azure-client-id for a user-assigned one"
	case config.CredentialWorkloadIdentity:
		return "Run this in a pod with workload identity: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE must be set"
	case config.CredentialServicePrincipal:
		return "Set AZURE_TENANT_ID and AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH"
	default:
		return "Sign in with az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET of a service principal, or run this where there is a managed identity; --azure-credential chooses one kind, such as cli"
	}
}

const (
	maxTried     = 440 // bytes of all that was tried
	maxTriedLine = 100 // of one credential
)

// troubleshooting is what azidentity ends its errors with.
var troubleshooting = regexp.MustCompile(`(?i)\s*To troubleshoot, visit \S+|\s*See https://\S+[^.]*\.?`)

// shorten cuts azidentity's error, which has a paragraph for each credential, to
// the beginning of each.
func shorten(text string) string {
	var kept []string
	for line := range strings.Lines(troubleshooting.ReplaceAllString(text, "")) {
		line = strings.Trim(line, "- \t\r\n=.")
		if line == "" || strings.HasPrefix(line, "DefaultAzureCredential: failed") || line == "Attempted credentials:" {
			continue
		}
		if len(line) > maxTriedLine {
			line = strings.ToValidUTF8(line[:maxTriedLine], "") + "…"
		}
		kept = append(kept, line)
	}
	all := strings.Join(kept, "; ")
	if len(all) > maxTried {
		all = strings.ToValidUTF8(all[:maxTried], "") + "…"
	}
	return all
}

// tokenLife is how long a token from a file is used before the file is read
// again. azcore asks for a new token five minutes before the end.
const tokenLife = 6 * time.Minute

// maxToken is how many bytes a token may have.
const maxToken = 16 << 10

// tokenFile is a credential that reads a file, which may change.
type tokenFile string

func (f tokenFile) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	data, err := os.ReadFile(string(f))
	if err != nil {
		return azcore.AccessToken{}, fmt.Errorf("the token file (--pool-token-file): %w", err)
	}
	return bearer(string(data))
}

// fixedToken is a credential that has one token.
type fixedToken string

func (t fixedToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return bearer(string(t))
}

func bearer(text string) (azcore.AccessToken, error) {
	text = strings.TrimSpace(text)
	if scheme, rest, ok := strings.Cut(text, " "); ok && strings.EqualFold(scheme, "Bearer") {
		text = strings.TrimSpace(rest)
	}
	if !oneWord(text) {
		return azcore.AccessToken{}, errors.New("the token of the pool must be one word of printable ASCII (--pool-token-file or DYNAMIC_SESSIONS_POOL_TOKEN)")
	}
	return azcore.AccessToken{Token: text, ExpiresOn: time.Now().Add(tokenLife)}, nil
}

// oneWord reports whether text can be a token in a header.
func oneWord(text string) bool {
	return text != "" && len(text) <= maxToken && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
