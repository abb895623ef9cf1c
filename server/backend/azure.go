package server

import (
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions/azure"
)

// openerOf returns what opens the pool of a configuration. The command that
// serves a pool always serves the embedded one.
func openerOf(cfg config.Config) opener {
	if !cfg.Azure.Set() || cfg.Command == config.CommandPool {
		return openEmbedded
	}
	return func(c config.Pool, log zerolog.Logger, _ func(stage string)) (Pool, error) {
		return openAzure(cfg, c, log)
	}
}

// openAzure opens a pool that is not in this process. Nothing is sent before
// the first call.
func openAzure(cfg config.Config, c config.Pool, log zerolog.Logger) (Pool, error) {
	o, err := azureOptions(cfg, c, log)
	if err != nil {
		return nil, err
	}
	log.Info().Str("host", o.Endpoint.Host()).Msg("code runs in the sessions of a pool there (--pool-endpoint), not on this machine")
	return azure.New(o)
}

func azureOptions(cfg config.Config, c config.Pool, log zerolog.Logger) (o azure.Options, err error) {
	endpoint, err := parseEndpoint(cfg.Azure)
	if err != nil {
		return o, err
	}
	credential, err := newCredential(cfg, endpoint)
	if err != nil {
		return o, err
	}
	return azure.Options{
		Endpoint:    endpoint,
		Credential:  credential,
		APIVersion:  cfg.Azure.APIVersion,
		Timeout:     time.Duration(c.Timeout),
		AsyncAfter:  time.Duration(cfg.Azure.AsyncAfter),
		Cooldown:    time.Duration(c.Cooldown),
		KeepAlive:   time.Duration(cfg.Azure.KeepAlive),
		StopOnClose: !cfg.SharesSessions(),
		MaxUpload:   int64(c.MaxUpload),
		MaxOutput:   int64(c.MaxOutput),
		UserAgent:   name + "/" + readBuild().version,
		Logger:      log,
	}, nil
}

func parseEndpoint(c config.Azure) (azure.Endpoint, error) {
	endpoint, err := azure.ParseEndpoint(c.PoolEndpoint)
	if err != nil {
		return endpoint, fmt.Errorf("--pool-endpoint (or POOL_MANAGEMENT_ENDPOINT): %w", err)
	}
	return endpoint, nil
}
