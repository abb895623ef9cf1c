package tools

import (
	"encoding/base64"
	"errors"
	"strings"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// decodeBase64 takes base64 as models and programs write it: the standard
// alphabet or that of URLs (RFC 4648, sections 4 and 5), with padding or
// without, in lines or not, alone or as a data: URL.
func decodeBase64(name, s string) ([]byte, error) {
	if head, rest, ok := strings.Cut(s, ","); ok && strings.HasPrefix(strings.TrimSpace(head), "data:") {
		if !strings.HasSuffix(strings.TrimSpace(head), ";base64") {
			return nil, mistake.Errorf("The argument %s is a data: URL that is not in base64. Send base64, or text as content.", name)
		}
		s = rest
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, s)
	padded := len(s)
	s = strings.TrimRight(s, "=")
	if padded-len(s) > 2 {
		return nil, mistake.Errorf("The argument %s is not base64: it ends in more than two = signs. Encode the bytes again, or send text as content.", name)
	}
	data, err := base64.RawStdEncoding.DecodeString(s)
	at, isAt := errors.AsType[base64.CorruptInputError](err)
	switch {
	case err == nil:
		return data, nil
	case len(s)%4 == 1 && isAt && int(at) >= len(s)-1:
		return nil, mistake.Errorf("The argument %s is not base64: it was cut short, at %d characters. Encode the bytes again, or send text as content.", name, len(s))
	case isAt && int(at) < len(s):
		return nil, mistake.Errorf("The argument %s is not base64: character %d, not counting spaces, is %q. Encode the bytes again, or send text as content.",
			name, int(at)+1, prose.Line(s[at:min(int(at)+1, len(s))], 4))
	}
	return nil, mistake.Errorf("The argument %s is not base64. Encode the bytes again, or send text as content.", name)
}
