// Package egress lets sessions that have no network reach a list of hosts, and a package
// index, through a proxy in the server's process.
//
//	rules, err := egress.ParseRules([]string{"pypi", "api.example.com"})
//	proxy := egress.New(egress.Options{Rules: rules, …})
//	proxy.Serve(ctx, stream) // for each connection that code in a session opens
//
// A stream speaks HTTP as to a proxy: CONNECT for TLS, which is passed on as it is, and
// plain requests with the whole address in the first line. The proxy trusts nothing that
// comes in it. It compares the host with the rules, resolves the name itself, refuses every
// address that is not one of the public internet, and connects to the very address that it
// looked at, so that neither a name nor its next answer leads to the machine, its network
// or a service of its cloud. Each decision is logged: the host, the bytes, and why not.
// Nothing else of a request is.
//
// For the hosts of [Secret]s TLS ends here instead, see terminate.go: requests are read one by
// one and written anew, with the secrets in the place of the placeholders that the session
// has, and answers are searched for them.
//
// A connection with a host that the rules do not have waits while the user is asked, if
// somebody can ask: see [Approvals], of which each session has one.
//
// The package index is not reached through the proxy but behind it, read-only: see index.go.
package egress
