package config

import (
	"errors"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"dynamic-sessions-mcp/config/size"
)

// Bytes is an amount of memory or disk.
type Bytes int64

// parseBytes reads a size; see [size.Parse].
func parseBytes(s string) (Bytes, error) {
	n, err := size.Parse(s)
	return Bytes(n), err
}

// String returns the size in a form that parseBytes reads.
func (b Bytes) String() string { return size.Format(int64(b)) }

// Decode implements kong.MapperValue.
func (b *Bytes) Decode(ctx *kong.DecodeContext) error {
	return decode(ctx, b, parseBytes)
}

// Duration is a length of time.
type Duration time.Duration

var errDuration = errors.New("it must be a number of seconds or a time with its unit, such as 60, 60s or 2m")

// parseDuration reads a time such as "60", "60s", "1.5m" or "1h30m". A bare
// number is seconds.
func parseDuration(s string) (Duration, error) {
	s = strings.TrimSpace(s)
	if s != "" && strings.Trim(s, "0123456789.") == "" {
		s += "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, errDuration
	}
	return Duration(d), nil
}

// String returns the time in a form that parseDuration reads.
func (d Duration) String() string { return time.Duration(d).String() }

// Decode implements kong.MapperValue.
func (d *Duration) Decode(ctx *kong.DecodeContext) error {
	return decode(ctx, d, parseDuration)
}

// decode takes a flag's value and parses it into target. The error is a
// settingError that names the flag.
func decode[T any](ctx *kong.DecodeContext, target *T, parse func(string) (T, error)) error {
	var text string
	if err := ctx.Scan.PopValueInto(ctx.Value.Name, &text); err != nil {
		return err
	}
	value, err := parse(text)
	if err != nil {
		return &settingError{Field: ctx.Value.Name, Value: text, Reason: err.Error()}
	}
	*target = value
	return nil
}
