// Package oauth authenticates callers by access tokens that an OAuth 2.1 issuer
// issued for this service.
//
//	who := oauth.New(oauth.Options{
//		Issuer: "https://login.example.com", Audiences: []string{"https://python.example.com/mcp"},
//		Scopes: []string{"run"}, URL: "https://python.example.com", Paths: map[string]string{"/mcp": "/mcp"},
//	})
//	for _, path := range who.MetadataPaths() { // these need no token
//		mux.Handle(path, who.Metadata())
//	}
//	guard.New(guard.Options{Who: who, Open: who.MetadataPaths()})
//
// The service is only a resource server; it does not sign users in. A client
// without a token is refused with the address of the metadata (RFC 9728), which
// names the issuer; the client signs its user in there and comes back.
//
// A token must be a JWT in compact form, signed with a public-key algorithm by a
// key that the issuer publishes. It must name that issuer and one of the
// audiences, be valid now (with a minute of tolerance), and have a subject and
// every required scope. The issuer's configuration (OpenID Connect Discovery 1.0)
// and keys are read with the first token and then hourly, and the keys again
// when a token is signed by an unknown one.
//
// Tokens are kept only while they are checked. They are never logged and never
// part of errors; [guard.Guard] removes them from requests.
package oauth
