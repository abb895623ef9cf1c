package config

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
)

// Azure is a pool elsewhere, in Azure or not, that replaces the embedded one.
type Azure struct {
	PoolEndpoint    string          `placeholder:"URL" help:"Run the code in the sessions of this pool instead of on this machine: the management endpoint of an Azure Container Apps session pool, or the address of a pool command. Also read from POOL_MANAGEMENT_ENDPOINT. none means the embedded pool, whatever the environment says."`
	APIVersion      string          `name:"api-version" placeholder:"VERSION" help:"The version of Azure's API to use, such as 2024-02-02-preview. Default: 2025-10-02-preview."`
	AzureCredential AzureCredential `placeholder:"KIND" help:"Where the token for the pool comes from: default (environment, workload identity, managed identity, Azure CLI and others, in turn), cli, managed-identity, workload-identity, service-principal, or none for a pool on this machine that needs no token."`
	AzureClientID   string          `name:"azure-client-id" placeholder:"ID" help:"The client ID of a user-assigned managed identity, or of the application behind a workload identity."`
	PoolTokenFile   string          `placeholder:"FILE" help:"The file that holds the bearer token of a pool outside Azure, such as that of a pool command. The token itself can be in DYNAMIC_SESSIONS_POOL_TOKEN."`
	KeepAlive       Duration        `placeholder:"TIME" help:"Prevent the cooldown of a session in the pool for this long after its last use, by listing its files from time to time. Default: not at all."`
	AsyncAfter      Duration        `placeholder:"TIME" help:"Start runs that may take longer than this asynchronously and poll for their result, for networks that cut idle connections. Default: never."`
}

// AzureCredential is a way to get a token from Microsoft Entra.
type AzureCredential string

// The kinds of credentials. CredentialAuto means that none was chosen: it is
// CredentialDefault for Azure's own hosts, and none for this machine.
const (
	CredentialAuto             AzureCredential = ""
	CredentialDefault          AzureCredential = "default"
	CredentialCLI              AzureCredential = "cli"
	CredentialManagedIdentity  AzureCredential = "managed-identity"
	CredentialWorkloadIdentity AzureCredential = "workload-identity"
	CredentialServicePrincipal AzureCredential = "service-principal"
	CredentialNone             AzureCredential = "none"
)

// Set reports whether a pool elsewhere is to be used.
func (a *Azure) Set() bool { return a.PoolEndpoint != "" && !strings.EqualFold(a.PoolEndpoint, "none") }

// endpointVariables name the endpoint in the environment; the first that is set
// wins. Azure's documentation and the clients of other languages use them.
func endpointVariables() []string {
	return []string{
		"POOL_MANAGEMENT_ENDPOINT", "AZURE_CONTAINER_APP_SESSION_POOL_MANAGEMENT_ENDPOINT",
		"ACA_POOL_MANAGEMENT_ENDPOINT", "AZURE_POOL_MANAGEMENT_ENDPOINT",
	}
}

// tokenVariable holds the token of a pool outside Azure. It has no flag, because
// everyone on the machine can see the flags of a process.
const tokenVariable = prefix + "POOL_TOKEN"

// complete fills in what comes from variables without a flag.
func (a *Azure) complete(environ []string) {
	a.PoolEndpoint = strings.TrimSpace(given(a.PoolEndpoint))
	if a.PoolEndpoint == "" {
		a.PoolEndpoint = lookup(environ, endpointVariables()...)
	}
	for _, text := range []*string{&a.APIVersion, &a.AzureClientID, &a.PoolTokenFile} {
		*text = strings.TrimSpace(given(*text))
	}
}

// lookup returns the first of the variables that is set to something.
func lookup(environ []string, names ...string) string {
	for _, wanted := range names {
		for _, entry := range slices.Backward(environ) {
			if name, value, _ := strings.Cut(entry, "="); name == wanted && !unset(value) {
				return strings.TrimSpace(value)
			}
		}
	}
	return ""
}

var apiVersion = regexp.MustCompile(`^20\d\d-\d\d-\d\d(-preview)?$`)

func (a *Azure) validate() error {
	if a.APIVersion != "" && !apiVersion.MatchString(a.APIVersion) {
		return &settingError{"api-version", a.APIVersion, "it must be a date with or without -preview, such as 2025-10-02-preview or 2024-02-02-preview"}
	}
	if err := oneOf("azure-credential", a.AzureCredential, CredentialAuto, CredentialDefault, CredentialCLI,
		CredentialManagedIdentity, CredentialWorkloadIdentity, CredentialServicePrincipal, CredentialNone); err != nil {
		return &settingError{"azure-credential", string(a.AzureCredential), "it must be default, cli, managed-identity, workload-identity, service-principal or none"}
	}
	if a.AzureClientID != "" && a.AzureCredential != CredentialManagedIdentity && a.AzureCredential != CredentialWorkloadIdentity {
		return &settingError{"azure-client-id", a.AzureClientID, "it needs --azure-credential=managed-identity or workload-identity; for other kinds set AZURE_CLIENT_ID"}
	}
	if a.PoolTokenFile != "" {
		if err := absolute("pool-token-file", a.PoolTokenFile); err != nil {
			return err
		}
		if a.AzureCredential != CredentialAuto {
			return &settingError{"pool-token-file", a.PoolTokenFile, "there is also an --azure-credential; leave out one of them"}
		}
	}
	day := Duration(24 * time.Hour)
	if err := between("keep-alive", a.KeepAlive, 0, day); err != nil {
		return err
	}
	return between("async-after", a.AsyncAfter, 0, Duration(sessions.MaxAzureRun))
}

// validateElsewhere reports settings of the embedded pool that have no effect on
// a pool elsewhere but matter too much to be ignored, even as variables.
func (c *Config) validateElsewhere() error {
	if !c.Azure.Set() {
		return nil
	}
	switch {
	case c.Pool.Isolation == local.None:
		return &settingError{"isolation", string(local.None), "the code runs in the pool that --pool-endpoint or POOL_MANAGEMENT_ENDPOINT names, not on this machine; leave out --isolation, or give --pool-endpoint=none"}
	case c.Serve.SessionName != "":
		return &settingError{"session-name", c.Serve.SessionName, "only sessions on this machine can be kept, but --pool-endpoint or POOL_MANAGEMENT_ENDPOINT names a pool elsewhere; leave out one of them, or give --pool-endpoint=none"}
	}
	return nil
}
