// Package azure is a [sessions.Pool] whose sessions live in a session pool of
// Azure Container Apps, or in anything else that serves the same data plane.
//
//	endpoint, err := azure.ParseEndpoint("https://westeurope.dynamicsessions.io/subscriptions/…")
//	pool, err := azure.New(azure.Options{Endpoint: endpoint, Credential: credential})
//	defer pool.Close()
//	run, err := pool.Execute(ctx, sessions.NewID(), sessions.Request{Code: "6*7"})
//
// # What is sent, and to whom
//
// Requests go through azcore's pipeline. The token is asked for with the scope
// [wire.Scope] and goes to the endpoint's host alone: redirects are not
// followed, and plain HTTP is for loopback only. Names and identifiers are
// escaped. Nothing of code, files, names, identifiers and tokens is logged.
//
// # Trying again
//
// What can be repeated without harm (reading, listing, deleting) is tried again
// after errors of the network and the statuses 408, 429, 500, 502, 503 and 504,
// and once after an answer that was cut off, did not come, or is not a pool's: a
// redirect or a web page. So is an upload whose reader is an [io.Seeker], but
// once in all. Running code is only tried again when it surely did not run: the
// request was never sent, or the answer was 429, or 401, which gets one more try
// with a new token. Otherwise the error wraps [sessions.ErrOutcomeUnknown], and
// that of an upload [sessions.ErrStoreUnknown]. Retry-After is heeded if there is
// time for it, and else handed to the caller in a [sessions.CapacityError].
//
// # Time
//
// The answer to a run comes within the run's time and [Options].Patience, from
// when its turn in the session has come. Other calls end after some silence, and
// in less than the 60 s for which many clients wait; as long as the bytes of a
// file come or go, they may take their time.
//
// # Generations
//
// [Options].APIVersion chooses between the two generations that package wire
// describes. A pool that refuses one with SessionPropertiesMissing is spoken to
// in the other from then on. The older one has no way to describe or remove a
// file and no folders: those calls use the paths of the newer one.
//
// # What the service does not tell
//
// Azure's answer to a run has one picture, and the traceback in stderr: this
// package takes them apart. It has neither a list of the files that the run
// made nor output while the code runs. A service that answers with
// [wire.Details], as this program's own does, loses nothing.
//
// The data plane has no way to cancel a run. When a caller gives up, the
// request is dropped; Azure may let the code go on until its time is up.
//
// Sources: Azure/azure-rest-api-specs, specification/app/data-plane, and the
// recorded answers in testdata/azure.
package azure
