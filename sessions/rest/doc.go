// Package rest serves a [sessions.Pool] over the data-plane REST API of Azure
// Container Apps dynamic sessions, so that programs written for Azure can use
// any pool.
//
// [New] returns a [Handler], which serves both generations of the API at once
// (see package wire for their routes). The path decides what a call means;
// api-version matters only where both generations share a path and differ in the
// answer: GET /files and GET /files/{name}. Whatever precedes a route in a path is
// ignored, so that
//
//	https://REGION.dynamicsessions.io/subscriptions/S/resourceGroups/G/sessionPools/P
//
// becomes an endpoint of this service when its host is replaced. Doubled slashes,
// a missing api-version and unknown parameters are accepted.
//
// A name in a path may have slashes, escaped or not. Where a file's name looks
// like part of a route, the route wins: GET /files/a/content returns the content
// of file "a", and GET /files/a%2Fcontent describes file "a/content".
//
// With path in the query a name is looked up in that folder, and then as it is:
// the answer to an upload has the whole name with the folder, which finds the
// file with that query and without it. If there is no file of a name, but one of
// the same name in another form of Unicode (macOS sends such names), that one is
// meant. An upload stores a file under exactly its name.
//
// When a program ran, the answer is 200 with the program's status in the body;
// every other outcome is an error in the envelope of package wire, whose traceId
// is also in the log. Files are streamed: memory does not grow with their size.
//
// # What differs from Azure
//
//   - The etag of a session is the GUID that its executions have in
//     X-Ms-Session-Guid.
//   - timeoutInSeconds over what the pool allows counts as that, which need not be
//     Azure's 220; it is also what a run without one may take.
//   - stdout and stderr are cut at the pool's own limit unless
//     outputStreamsMaxLength asks for less.
//   - useEmptyKernel runs the code in a separate session with copies of the
//     files, and copies the changes back. Meanwhile it counts as one more of the
//     pool's sessions.
//   - An operation-id that a caller repeats with the same identifier names the
//     same asynchronous execution, which is not run again.
//   - DELETE /executions/{id} stops an execution that runs, by the Operation-Id that it
//     was sent with or given. Azure has no such call.
//   - GET /executions/{id}/output has what an execution has written and shown so far, in
//     order, if that was sent with Dynamic-Sessions-Output: see [wire.Output]. At most
//     16 MB that nobody has read are kept of one execution; if there is more, the call
//     tells what came before that, and the answer to the execution has all of it.
//   - POST /executions runs commands (shellCommand, execCommandAndArgs, stdin) as
//     well as code, in the same sessions; a pool in Azure runs only one of them. A
//     command has the working directory and environment of the interpreter and
//     does not change it. A command that did not exit by itself has the status 124
//     if it timed out and 137 otherwise, and stderr says why.
//   - Asynchronous execution and commands are refused in the wrapped generation
//     (SessionRequestNotSupported).
//   - POST /mcp is always there.
//   - Answers have [wire.Details] for callers that request it.
//
// # Who may call
//
// A [Handler] serves every caller that reaches it. A guard in front of it checks names,
// origins and tokens, and refuses with [Handler.Refuse], so that callers read
// the envelope that they know.
//
// # Limits
//
// Asynchronous executions are kept in memory for an hour, at most 1000 of them
// with at most 256 MB of answers; the oldest are evicted first. Only the
// identifier that started one finds it. [Handler.Close] interrupts those that
// still run.
package rest
