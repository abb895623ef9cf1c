package azure

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Claims are what a token says about itself and its subject. They are not
// verified: use them for hints, not for decisions.
type Claims struct {
	Audience string `json:"-"`
	Tenant   string `json:"tid"`
	Object   string `json:"oid"` // of the user, service principal or managed identity
	App      string `json:"appid"`
	Kind     string `json:"idtyp"` // "user" or "app"
}

// ReadClaims returns the claims of a token. ok is false if it is not a token of
// Microsoft Entra.
func ReadClaims(token string) (c Claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > 64<<10 {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return c, false
	}
	var all struct {
		Claims
		Audience any `json:"aud"`
	}
	if json.Unmarshal(payload, &all) != nil {
		return c, false
	}
	c = all.Claims
	switch audience := all.Audience.(type) {
	case string:
		c.Audience = audience
	case []any:
		if len(audience) > 0 {
			c.Audience, _ = audience[0].(string)
		}
	}
	for _, s := range []*string{&c.Audience, &c.Tenant, &c.Object, &c.App, &c.Kind} {
		*s = printable(*s, 100)
	}
	return c, c.Audience != ""
}

func claimsOf(token string) Claims {
	c, _ := ReadClaims(token)
	return c
}
