// Package rest serves a [sessions.Pool] over the data-plane REST API of Azure
// Container Apps dynamic sessions, so that programs written for Azure can use
// any pool.
//
// [New] returns a [Handler], which serves both generations of the API at once
// (see package wire for their routes). What a call means is told by its path;
// api-version is looked at only where both generations share a path and differ
// in the answer, which is GET /files and GET /files/{name}. Whatever stands
// before a route in a path is ignored, so that
//
//	https://REGION.dynamicsessions.io/subscriptions/S/resourceGroups/G/sessionPools/P
//
// becomes an endpoint of this service by its host alone. Doubled slashes, a
// missing api-version and parameters that nobody knows are no errors.
//
// A name in a path may have slashes, escaped or not. Where a file's name could
// be taken for a part of a route, the route wins: GET /files/a/content is what
// file "a" holds, and GET /files/a%2Fcontent describes file "a/content".
//
// With path in the query a name is looked for in that folder, and then as it is:
// the answer to an upload has the whole name, folder included, which finds the
// file with the same query and without it. A name that nothing has, but that
// something has in another form of Unicode, as macOS sends them, means that. An
// upload makes the file of exactly its name.
//
// What a program does is a 200 with a status in its body; every other outcome
// is an error with the envelope that package wire describes, whose traceId is
// also in the log. Bodies are streamed: memory does not grow with a file.
//
// # What differs from Azure
//
//   - The etag of a session is the GUID that its executions have in
//     X-Ms-Session-Guid.
//   - timeoutInSeconds over 220 is taken for 220; without one the pool's default
//     counts.
//   - stdout and stderr are cut at the pool's own bound unless
//     outputStreamsMaxLength asks for less.
//   - useEmptyKernel runs the code in a session of its own, which has copies of
//     the files. What the code changes there is copied back. For its time it is
//     one more of the sessions that the pool may hold.
//   - An operation-id that a caller repeats with the same identifier names the
//     same asynchronous execution, which is not run again.
//   - POST /executions runs commands (shellCommand, execCommandAndArgs, stdin) as
//     well as code, in the same sessions: a pool of Azure's runs one or the other. A
//     command begins where code is and with its environment, and changes nothing
//     in the interpreter. One that did not end by itself has the status 124 if its
//     time was up and 137 otherwise, and stderr says why.
//   - Asynchronous execution and commands are refused in the wrapped generation
//     (SessionRequestNotSupported).
//   - POST /mcp is always there.
//   - Answers have [wire.Details] for callers that ask for it.
//
// # Who may call
//
// A [Handler] serves whoever reaches it. A guard in front of it checks names,
// origins and tokens, and refuses with [Handler.Refuse], so that callers read
// the envelope that they know.
//
// # Limits
//
// Asynchronous executions are kept in memory for an hour, at most 1000 of them
// and at most 256 MB of answers; the oldest go first. Only the identifier that
// started one finds it. [Handler.Close] ends those that still run.
package rest
