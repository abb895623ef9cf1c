package config

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Azure is a session pool elsewhere, which takes the embedded pool's place.
type Azure struct {
	PoolEndpoint    string          `placeholder:"URL" help:"Run the code in the sessions of this pool instead of on this machine: the management endpoint of a session pool of Azure Container Apps, or the address of a pool command. Also read from POOL_MANAGEMENT_ENDPOINT. none means the embedded pool, whatever the environment says."`
	APIVersion      string          `name:"api-version" placeholder:"VERSION" help:"The version of Azure's API to speak, such as 2024-02-02-preview. Default: 2025-10-02-preview."`
	AzureCredential AzureCredential `placeholder:"KIND" help:"Where the token for the pool comes from: default (environment, workload identity, managed identity, Azure CLI and others, in turn), cli, managed-identity, workload-identity, service-principal, or none for a pool on this machine that asks for no token."`
	AzureClientID   string          `name:"azure-client-id" placeholder:"ID" help:"The client ID of a user-assigned managed identity, or of the application of a workload identity."`
	PoolTokenFile   string          `placeholder:"FILE" help:"The file with the bearer token of a pool that is not in Azure, such as the one of a pool command. The token itself can be in DYNAMIC_SESSIONS_POOL_TOKEN."`
	KeepAlive       Duration        `placeholder:"TIME" help:"Keep a session of the pool from its cooldown for so long after its last use, by listing its files now and then. Default: not at all."`
	AsyncAfter      Duration        `placeholder:"TIME" help:"Start runs that may take longer than this and ask for their end, where something on the way cuts connections that are silent for long. Default: never."`
}

// AzureCredential is a way to get a token of Microsoft Entra.
type AzureCredential string

// The kinds of credentials. CredentialAuto is what is done if nothing is said:
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

// endpointVariables name the endpoint in the environment, the first first: they
// are what Azure's documents and the clients of other languages use.
func endpointVariables() []string {
	return []string{
		"POOL_MANAGEMENT_ENDPOINT", "AZURE_CONTAINER_APP_SESSION_POOL_MANAGEMENT_ENDPOINT",
		"ACA_POOL_MANAGEMENT_ENDPOINT", "AZURE_POOL_MANAGEMENT_ENDPOINT",
	}
}

// tokenVariable has the token of a pool that is not in Azure. It is no flag,
// since those are shown to everyone on the machine.
const tokenVariable = prefix + "POOL_TOKEN"

// complete fills in what comes from variables that belong to no flag.
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
		return &Error{"api-version", a.APIVersion, "it must be a date with or without -preview, such as 2025-10-02-preview or 2024-02-02-preview"}
	}
	if err := oneOf("azure-credential", a.AzureCredential, CredentialAuto, CredentialDefault, CredentialCLI,
		CredentialManagedIdentity, CredentialWorkloadIdentity, CredentialServicePrincipal, CredentialNone); err != nil {
		return &Error{"azure-credential", string(a.AzureCredential), "it must be default, cli, managed-identity, workload-identity, service-principal or none"}
	}
	if a.AzureClientID != "" && a.AzureCredential != CredentialManagedIdentity && a.AzureCredential != CredentialWorkloadIdentity {
		return &Error{"azure-client-id", a.AzureClientID, "it goes with --azure-credential=managed-identity or workload-identity; for other kinds set AZURE_CLIENT_ID"}
	}
	if a.PoolTokenFile != "" {
		if err := absolute("pool-token-file", a.PoolTokenFile); err != nil {
			return err
		}
		if a.AzureCredential != CredentialAuto {
			return &Error{"pool-token-file", a.PoolTokenFile, "there is also an --azure-credential; leave out one of them"}
		}
	}
	day := Duration(24 * time.Hour)
	if err := between("keep-alive", a.KeepAlive, 0, day); err != nil {
		return err
	}
	return between("async-after", a.AsyncAfter, 0, Duration(MaxTimeout))
}

// validateElsewhere reports settings of the embedded pool that would have no
// effect although much depends on them.
func (c *Config) validateElsewhere() error {
	if !c.Azure.Set() || c.Command == CommandPool {
		return nil
	}
	switch {
	case c.Pool.Isolation == IsolationNone:
		return &Error{"isolation", string(IsolationNone), "the code runs in the pool that --pool-endpoint or POOL_MANAGEMENT_ENDPOINT names, not on this machine; leave out --isolation, or give --pool-endpoint=none"}
	case c.Serve.SessionName != "":
		return &Error{"session-name", c.Serve.SessionName, "only sessions on this machine can be kept, and --pool-endpoint or POOL_MANAGEMENT_ENDPOINT names a pool elsewhere; leave out one of them, or give --pool-endpoint=none"}
	}
	return nil
}
