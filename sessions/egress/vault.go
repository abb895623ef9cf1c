package egress

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A vault has the secrets of a proxy as one session sees them: with the placeholders and
// the authority of this session.
type vault struct {
	held      []held
	authority *authority
}

// A held is a secret with what stands for it.
type held struct {
	Secret
	placeholder string
}

// newVault returns the secrets for a session with this key, nil if there are none.
func newVault(secrets []Secret, session []byte) (*vault, error) {
	if len(secrets) == 0 {
		return nil, nil
	}
	authority, err := newAuthority(session)
	if err != nil {
		return nil, err
	}
	v := &vault{authority: authority}
	for _, s := range secrets {
		// Of the name alone: code that kept it goes on if the secret gets another host.
		mark, err := hkdf.Key(sha256.New, session, nil, "placeholder "+s.Name, 16)
		if err != nil {
			return nil, err
		}
		v.held = append(v.held, held{s, "placeholder-" + s.Name + "-" + hex.EncodeToString(mark)})
	}
	return v, nil
}

// of returns the secrets of a host, none if v is nil.
func (v *vault) of(host string, port uint16) (held []held) {
	if v == nil {
		return nil
	}
	for _, h := range v.held {
		if h.host == host && h.port == port {
			held = append(held, h)
		}
	}
	return held
}

// foreign reports a secret whose placeholder is in a text and which is none of those
// given.
func (v *vault) foreign(text string, own []held) (held, bool) {
	if v != nil {
		for _, h := range v.held {
			if strings.Contains(text, h.placeholder) && !slices.Contains(own, h) {
				return h, true
			}
		}
	}
	return held{}, false
}

// basic is what precedes a name and a password in a header.
const basic = "Basic "

// decodeBasic returns the name and the password of a header's value, in base64.
func decodeBasic(value string) (string, bool) {
	if len(value) < len(basic) || !strings.EqualFold(value[:len(basic)], basic) {
		return "", false
	}
	text := strings.TrimRight(strings.TrimSpace(value[len(basic):]), "=")
	plain, err := base64.RawStdEncoding.DecodeString(text)
	return string(plain), err == nil
}

// texts are the parts of a request's head in which placeholders are looked for.
func texts(h http.Header, u *url.URL) []string {
	all := []string{u.RawQuery, u.EscapedPath()}
	for _, values := range h {
		for _, value := range values {
			all = append(all, value)
			if plain, ok := decodeBasic(value); ok {
				all = append(all, plain)
			}
		}
	}
	return all
}

// filling is what happens to one request.
type filling struct {
	own   []held
	used  []string // names
	forms []form   // in which the secrets may come back, besides the usual ones
}

// header puts secrets into the values of headers.
func (f *filling) header(h http.Header) {
	for _, values := range h {
		for i, value := range values {
			if plain, ok := decodeBasic(value); ok {
				if filled := f.text(plain, same); filled != plain {
					values[i] = basic + base64.StdEncoding.EncodeToString([]byte(filled))
					f.forms = append(f.forms, form{values[i][len(basic):], strings.TrimSpace(value[len(basic):])})
				}
				continue
			}
			values[i] = f.text(value, same)
		}
	}
}

func same(s string) string { return s }

// text puts secrets into a text, written as encode does.
func (f *filling) text(text string, encode func(string) string) string {
	for _, h := range f.own {
		if strings.Contains(text, h.placeholder) {
			text = strings.ReplaceAll(text, h.placeholder, encode(*h.value))
			if !slices.Contains(f.used, h.Name) {
				f.used = append(f.used, h.Name)
			}
		}
	}
	return text
}

// Environment returns the variables that code in the session has for its secrets, by name:
// the placeholders. It is nil if there are none.
func (c *Client) Environment() map[string]string {
	if c.vault == nil {
		return nil
	}
	variables := map[string]string{}
	for _, h := range c.vault.held {
		variables[h.Name] = h.placeholder
	}
	return variables
}

// Authority returns the certificate, in PEM, that the session must trust besides those that
// it trusts anyway, "" if it has no secrets.
func (c *Client) Authority() string {
	if c.vault == nil {
		return ""
	}
	return c.vault.authority.pem()
}
