// Package azure implements [sessions.Pool] with a session pool of Azure Container
// Apps, or with any other service that has the same data plane.
//
//	endpoint, err := azure.ParseEndpoint("https://westeurope.dynamicsessions.io/subscriptions/…")
//	pool, err := azure.New(azure.Options{Endpoint: endpoint, Credential: credential})
//	defer pool.Close()
//	run, err := pool.Execute(ctx, sessions.NewID(), sessions.Request{Code: "6*7"})
//
// # What is sent, and to whom
//
// Requests go through azcore's pipeline. The token has the scope [wire.Scope] and
// is sent only to the endpoint's host: redirects are not followed, and plain HTTP
// is allowed only for loopback. Names and identifiers are escaped. Code, files,
// names, identifiers and tokens are never logged.
//
// # Retries
//
// Calls that can be repeated safely (reading, listing, deleting) are retried after
// network errors and the statuses 408, 429, 500, 502, 503 and 504, and once after
// an answer that was cut off, did not arrive, or is not from a pool, such as a
// redirect or a web page. An upload whose reader is an [io.Seeker] is retried
// once in all. A run is retried only if it surely did not start: the request was
// never sent, or the answer was 429 or 401; after 401 it gets one attempt with a
// new token. Otherwise the error wraps [sessions.ErrOutcomeUnknown], and that of
// an upload [sessions.ErrStoreUnknown]. Retry-After is obeyed if there is time for
// it; else the caller gets it in a [sessions.CapacityError].
//
// # Time
//
// A run is answered within its own time limit plus [Options].Patience, counted
// from its turn in the session. Other calls end when the service is silent for
// too long, and before the 60 s after which many clients give up; the transfer of
// a file may take longer as long as it makes progress.
//
// # Generations
//
// [Options].APIVersion chooses between the two generations that package wire
// describes. After a refusal with SessionPropertiesMissing the pool uses the other
// one. The older generation cannot describe or delete files and has no folders:
// those calls use the paths of the newer one.
//
// # What the service does not tell
//
// Azure's answer to a run has at most one picture, and has the traceback in stderr,
// from which this package separates it. It has neither a list of the files that
// the run created nor output while the code runs. A service that answers with
// [wire.Details], as this program's own does, loses nothing; it is also asked for output
// of code that has run for half a second. Where there is none, the caller is told so, by
// [sessions.EventSilent].
//
// The data plane cannot cancel a run. When a caller gives up, the request is
// dropped; Azure may let the code run until its time limit.
//
// Sources: Azure/azure-rest-api-specs, specification/app/data-plane, and the
// recorded answers in testdata/azure.
package azure
