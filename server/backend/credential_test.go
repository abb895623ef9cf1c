package backend

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions/azure"
)

const (
	inAzure  = "https://westeurope.dynamicsessions.io/subscriptions/s/resourceGroups/rg/sessionPools/p"
	onHost   = "http://127.0.0.1:8080"
	selfHost = "https://sessions.example.com"
)

func parsed(t *testing.T, address string) azure.Endpoint {
	t.Helper()
	e, err := azure.ParseEndpoint(address)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A token of the user's goes to no host that it is not for.
func TestCredentialFitsTheEndpoint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, at string
		azure    config.Azure
		token    string
		want     string // the type of the credential, "" for none, "error"
	}{
		{"Azure", inAzure, config.Azure{}, "", "signIn"},
		{"Azure with a token in the environment", inAzure, config.Azure{}, "token", "signIn"},
		{"Azure with a file", inAzure, config.Azure{PoolTokenFile: "/f"}, "", "tokenFile"},
		{"Azure with none", inAzure, config.Azure{AzureCredential: config.CredentialNone}, "", "error"},
		{"this machine", onHost, config.Azure{}, "", ""},
		{"this machine with a token", onHost, config.Azure{}, "token", "fixedToken"},
		{"this machine with none", onHost, config.Azure{AzureCredential: config.CredentialNone}, "token", ""},
		{"another host", selfHost, config.Azure{}, "", "error"},
		{"another host with a file", selfHost, config.Azure{PoolTokenFile: "/f"}, "", "tokenFile"},
		{"another host that is said to take one", selfHost, config.Azure{AzureCredential: config.CredentialCLI}, "", "signIn"},
	} {
		c, err := Credential(config.Config{Azure: tt.azure, PoolToken: tt.token}, parsed(t, tt.at))
		got := ""
		switch c.(type) {
		case signIn:
			got = "signIn"
		case tokenFile:
			got = "tokenFile"
		case fixedToken:
			got = "fixedToken"
		}
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%s: got %s (%v), want %s", tt.name, got, err, tt.want)
		}
	}
}

// Each way to sign in asks whom it names.
func TestSignInIsOfTheKindThatIsAskedFor(t *testing.T) {
	t.Setenv("AZURE_TENANT_ID", "00000000-0000-0000-0000-000000000001")
	t.Setenv("AZURE_CLIENT_ID", "00000000-0000-0000-0000-000000000002")
	t.Setenv("AZURE_CLIENT_SECRET", "secret")
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", filepath.Join(t.TempDir(), "token"))
	for kind, want := range map[config.AzureCredential]string{
		config.CredentialCLI:              "*azidentity.AzureCLICredential",
		config.CredentialManagedIdentity:  "*azidentity.ManagedIdentityCredential",
		config.CredentialWorkloadIdentity: "*azidentity.WorkloadIdentityCredential",
		config.CredentialServicePrincipal: "*azidentity.EnvironmentCredential",
		config.CredentialDefault:          "*azidentity.DefaultAzureCredential",
		config.CredentialAuto:             "*azidentity.DefaultAzureCredential",
	} {
		c, err := Credential(config.Config{Azure: config.Azure{AzureCredential: kind}}, parsed(t, inAzure))
		in, ok := c.(signIn)
		if err != nil || !ok || in.err != nil || fmt.Sprintf("%T", in.inner) != want {
			t.Errorf("%s: %T of %T (%v), %v; want %s", kind, c, in.inner, in.err, err, want)
		}
	}
}

// A managed identity gives the token that the pool gets, for the scope and the
// identity that were asked for; what is no token is an error that says what to do.
func TestManagedIdentityGivesTokens(t *testing.T) {
	const scope = "https://dynamicsessions.io"
	var asked url.Values
	answer, status := "", 200
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Query()
		w.WriteHeader(status)
		io.WriteString(w, answer)
	}))
	defer endpoint.Close()
	t.Setenv("IDENTITY_ENDPOINT", endpoint.URL)
	t.Setenv("IDENTITY_HEADER", "header")
	expires := time.Now().Add(time.Hour).Unix()
	for name, tt := range map[string]struct {
		status       int
		answer, want string
	}{
		"a token":   {200, fmt.Sprintf(`{"access_token":"the-token","expires_on":"%d","resource":%q,"token_type":"Bearer"}`, expires, scope), "the-token"},
		"a page":    {200, "<html>", ""},
		"no token":  {200, fmt.Sprintf(`{"expires_on":"%d"}`, expires), ""},
		"two words": {200, fmt.Sprintf(`{"access_token":"the\r\ntoken","expires_on":"%d"}`, expires), ""},
		"refused":   {400, `{"error":"invalid_request"}`, ""},
	} {
		answer, status = tt.answer, tt.status
		// A client of its own for each: tokens are kept by client.
		id := fmt.Sprintf("00000000-0000-0000-0000-%012x", rand.Uint64N(1<<48))
		token, err := entra(config.CredentialManagedIdentity, id).GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{scope + "/.default"}})
		if token.Token != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: %q, %v", name, token.Token, err)
		}
		if err != nil && !strings.Contains(err.Error(), "managed identity") {
			t.Errorf("%s: the error does not say what to do: %v", name, err)
		}
		if asked.Get("resource") != scope || asked.Get("client_id") != id {
			t.Errorf("%s: asked for %v", name, asked)
		}
	}
}

func TestTokenFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	file := tokenFile(path)
	if _, err := file.GetToken(t.Context(), policy.TokenRequestOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	for text, want := range map[string]string{
		"abc\n": "abc", "Bearer abc": "abc", " abc ": "abc", "": "", "a b c": "", "a\x01b": "", "ä": "", strings.Repeat("x", maxToken+1): "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		token, err := file.GetToken(t.Context(), policy.TokenRequestOptions{})
		if token.Token != want || (err == nil) != (want != "") {
			t.Errorf("%.20q gave %q, %v", text, token.Token, err)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the token: %v", err)
		}
	}
}

func TestSignInErrorIsShort(t *testing.T) {
	t.Parallel()
	long := "DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n" +
		strings.Repeat("\tSomeCredential: "+strings.Repeat("because ", 40)+"\n", 8) + "To troubleshoot, visit https://aka.ms/x"
	text := (&signInError{config.CredentialDefault, errors.New(long)}).Error()
	if len(text) > 700 || !strings.Contains(text, "az login") || !strings.Contains(text, "SomeCredential") || strings.Contains(text, "aka.ms") || strings.Contains(text, "\n") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}
