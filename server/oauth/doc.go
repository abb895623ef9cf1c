// Package oauth lets in who has a token of an OAuth 2.1 issuer that is meant
// for this service.
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
// The service is a resource server and nothing else: it signs nobody in. A
// client without a token is refused with the address of the metadata (RFC 9728),
// which name the issuer; it signs its user in there and comes back.
//
// A token must be a JWT in compact form, signed by a key that the issuer
// publishes with an algorithm that has public keys, of that issuer and for one of
// the audiences, within its time give or take a minute, with a subject and every
// scope. The issuer's configuration (OpenID Connect Discovery 1.0) and keys are
// read when the first token comes and every hour, and the keys again when a token
// is signed by one that is not among them.
//
// Tokens are held for as long as they are checked. They are neither logged nor
// part of errors; [guard.Guard] takes them out of requests.
package oauth
