// Package size reads and writes amounts of memory and disk as people write them.
package size

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
)

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

// Parse reads a size such as "1048576", "500MB", "2GiB" or "1.5g", in bytes. Case
// does not matter; K, M, G and T alone are powers of 1024. The error is for whoever
// wrote the size.
func Parse(s string) (int64, error) {
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
		return 0, errors.New("it is more than " + Format(math.MaxInt64))
	}
	return amount.Num().Int64(), nil
}

// Format returns a size in the largest unit that divides it, in a form that Parse
// reads.
func Format(bytes int64) string {
	for _, u := range []struct {
		suffix string
		bytes  int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"GB", 1e9}, {"MB", 1e6}, {"KiB", 1 << 10}} {
		if bytes >= u.bytes && bytes%u.bytes == 0 {
			return strconv.FormatInt(bytes/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(bytes, 10)
}
