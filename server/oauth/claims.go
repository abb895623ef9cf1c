package oauth

import (
	"encoding/json"
	"slices"
	"strings"
)

// claims are the claims that this package checks instead of package oidc. Times
// are in seconds (RFC 7519, NumericDate).
type claims struct {
	Expires   *float64 `json:"exp"`
	NotBefore *float64 `json:"nbf"`
	Scope     words    `json:"scope"` // RFC 9068
	Scp       words    `json:"scp"`   // of Entra ID, Okta and others
	Roles     words    `json:"roles"`
	Tenant    string   `json:"tid"` // of Entra ID
}

// granted returns the scopes of a token. Roles count for tokens that a program got
// for itself, which have no scopes in Entra ID; a user's roles do not tell what
// the user allowed the client to do.
func (c claims) granted() []string {
	if c.Scope == nil && c.Scp == nil {
		return c.Roles
	}
	return slices.Concat(c.Scope, c.Scp)
}

// words are a JSON list, or a string of words separated by spaces. Nil means that
// the claim is missing.
type words []string

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		*w = words{}
		return json.Unmarshal(data, (*[]string)(w))
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*w = append(words{}, strings.Fields(text)...)
	return nil
}

// compact reports whether a token is a JWS in compact serialization (RFC 7515,
// 7.1). The JSON serialization can have unsigned headers.
func compact(token string) bool {
	if len(token) > maxToken || strings.Count(token, ".") != 2 {
		return false
	}
	for _, c := range []byte(token) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
