package config

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Bytes is an amount of memory or disk.
type Bytes int64

// units are the suffixes of sizes. MB is a million bytes and MiB is 1<<20.
var units = []struct {
	suffix string
	bytes  int64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"b", 1},
	{"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"t", 1 << 40},
}

var errSize = errors.New("it must be a number of bytes with an optional unit, such as 1048576, 500MB or 2GiB")

// parseBytes reads a size such as "1048576", "500MB", "2GiB" or "1.5g". Case
// does not matter; K, M, G and T alone are powers of 1024.
func parseBytes(s string) (Bytes, error) {
	number, unit := strings.ToLower(strings.TrimSpace(s)), int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	if strings.Trim(number, "0123456789.") != "" || len(number) > 32 {
		return 0, errSize
	}
	amount, ok := new(big.Rat).SetString(number)
	if !ok {
		return 0, errSize
	}
	amount.Mul(amount, new(big.Rat).SetInt64(unit))
	if !amount.IsInt() {
		return 0, errors.New("it is not a whole number of bytes")
	}
	if !amount.Num().IsInt64() {
		return 0, errors.New("it is more than " + Bytes(math.MaxInt64).String())
	}
	return Bytes(amount.Num().Int64()), nil
}

// String returns the size in the largest unit that divides it, in a form that
// parseBytes reads.
func (b Bytes) String() string {
	for _, u := range []struct {
		suffix string
		bytes  Bytes
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"GB", 1e9}, {"MB", 1e6}, {"KiB", 1 << 10}} {
		if b >= u.bytes && b%u.bytes == 0 {
			return strconv.FormatInt(int64(b/u.bytes), 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

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
