package backend

import (
	"fmt"
	"time"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
)

func openAzure(o Options) (Pool, error) {
	options, err := azureOptions(o)
	if err != nil {
		return nil, err
	}
	o.Logger.Info().Str("host", options.Endpoint.Host()).Msg("code runs in the sessions of a pool on this host (--pool-endpoint), not on this machine")
	return azure.New(options)
}

// azureOptions translates the settings for a pool elsewhere.
func azureOptions(o Options) (options azure.Options, err error) {
	cfg := o.Config
	endpoint, err := Endpoint(cfg.Azure)
	if err != nil {
		return options, err
	}
	credential, err := Credential(cfg, endpoint)
	if err != nil {
		return options, err
	}
	return azure.Options{
		Endpoint:    endpoint,
		Credential:  credential,
		APIVersion:  cfg.Azure.APIVersion,
		MaxRun:      MaxRun(cfg),
		AsyncAfter:  time.Duration(cfg.Azure.AsyncAfter),
		Cooldown:    time.Duration(cfg.Pool.Cooldown),
		KeepAlive:   time.Duration(cfg.Azure.KeepAlive),
		StopOnClose: !cfg.SharesSessions(),
		MaxUpload:   int64(cfg.Pool.MaxUpload),
		MaxOutput:   int64(cfg.Pool.MaxOutput),
		UserAgent:   about.Name + "/" + about.ReadBuild().Version,
		Logger:      o.Logger,
	}, nil
}

// MaxRun is how long a run may take: what the configuration says, and in Azure at most
// what that allows.
func MaxRun(c config.Config) time.Duration {
	longest := time.Duration(c.Pool.MaxRun)
	if endpoint, err := azure.ParseEndpoint(c.Azure.PoolEndpoint); c.Azure.Set() && err == nil && endpoint.Azure() {
		longest = min(longest, sessions.MaxAzureRun)
	}
	return longest
}

// Endpoint reads where the pool elsewhere is. The error says which setting is
// wrong.
func Endpoint(c config.Azure) (azure.Endpoint, error) {
	endpoint, err := azure.ParseEndpoint(c.PoolEndpoint)
	if err != nil {
		return endpoint, fmt.Errorf("--pool-endpoint (or POOL_MANAGEMENT_ENDPOINT): %w", err)
	}
	return endpoint, nil
}
