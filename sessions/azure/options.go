package azure

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// Options configure a [Pool]. Endpoint is required, and Credential unless the
// endpoint is on this machine. The zero value of everything else is a default.
type Options struct {
	// Endpoint is the pool's address.
	Endpoint Endpoint
	// Credential provides tokens. Nil sends none, which is for loopback only.
	Credential azcore.TokenCredential
	// APIVersion is what calls ask for. "" means wire.Version20251002.
	APIVersion string

	// MaxRun bounds a run, whether its request says how long or not; zero means
	// sessions.MaxAzureRun, which is the most that Azure allows.
	MaxRun time.Duration
	// AsyncAfter makes runs with a longer time limit asynchronous: they are
	// started and then polled, so that no intermediary closes a connection that is
	// silent for long. Zero means never. The older generation has no such runs.
	AsyncAfter time.Duration
	// Cooldown is after how long without use the service ends a session; zero
	// means 300 s, Azure's default. It only tells what the pool is set to.
	Cooldown time.Duration
	// KeepAlive is how long after its last use a session is kept alive, by listing
	// its files from time to time. Zero means not at all.
	KeepAlive time.Duration
	// StopOnClose stops the sessions that were used when the Pool is closed,
	// instead of leaving them to their cooldown.
	StopOnClose bool

	// MaxUpload bounds the bytes of one file; zero means wire.MaxUpload.
	MaxUpload int64
	// MaxResponse bounds the bytes of an answer, files apart; zero means 64 MiB.
	MaxResponse int64
	// MaxOutput is how many bytes of stdout and of stderr to request from a service
	// that lets its callers choose; zero means 1 MiB.
	MaxOutput int64
	// MaxList bounds the entries of a listing; zero means 10,000.
	MaxList int

	// Retries is how often a call is retried at most; zero means 3, a negative
	// number never. An upload is retried once at most.
	Retries int
	// RetryDelay is the wait before the first retry; later waits are longer. Zero
	// means 500 ms. A Retry-After takes precedence.
	RetryDelay time.Duration
	// MaxRetryDelay bounds one wait; zero means 10 s. A Retry-After that is
	// longer ends the call.
	MaxRetryDelay time.Duration
	// Patience is how long the service may be silent, in addition to the time limit
	// of a run; zero means 7 s. It includes waiting for a busy pool.
	Patience time.Duration
	// PollDelay is the wait before an asynchronous run is polled first; it grows to
	// 2 s. Zero means 250 ms.
	PollDelay time.Duration

	// UserAgent identifies the program to the service.
	UserAgent string
	// Logger logs what is of interest to the operator. The zero value logs nothing.
	Logger zerolog.Logger
	// Transport carries the requests; nil means one that follows no redirects.
	Transport policy.Transporter
}

// withDefaults checks o and fills in what is not set.
func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Endpoint.base == "":
		return o, errors.New("azure: Options.Endpoint is required")
	case o.Credential == nil && !o.Endpoint.Loopback():
		return o, errors.New("azure: Options.Credential is required, since the pool is not on this machine")
	case o.MaxRun < 0:
		return o, fmt.Errorf("azure: Options.MaxRun is %v and must not be negative", o.MaxRun)
	}
	o.APIVersion = cmp.Or(o.APIVersion, wire.Version20251002)
	o.MaxRun = cmp.Or(o.MaxRun, sessions.MaxAzureRun)
	o.Cooldown = cmp.Or(o.Cooldown, 300*time.Second)
	o.MaxUpload = cmp.Or(o.MaxUpload, wire.MaxUpload)
	o.MaxResponse = cmp.Or(o.MaxResponse, 64<<20)
	o.MaxOutput = cmp.Or(o.MaxOutput, 1<<20)
	o.MaxList = cmp.Or(o.MaxList, 10_000)
	o.Retries = cmp.Or(o.Retries, 3)
	o.RetryDelay = cmp.Or(o.RetryDelay, 500*time.Millisecond)
	o.MaxRetryDelay = cmp.Or(o.MaxRetryDelay, 10*time.Second)
	o.Patience = cmp.Or(o.Patience, 7*time.Second)
	o.PollDelay = cmp.Or(o.PollDelay, 250*time.Millisecond)
	o.UserAgent = cmp.Or(o.UserAgent, "dynamic-sessions-mcp")
	return o, nil
}
