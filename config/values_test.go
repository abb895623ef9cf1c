package config

import (
	"math"
	"testing"
	"time"
)

func TestParseBytes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want Bytes // -1: an error
	}{
		{"1048576", 1 << 20}, {"2GiB", 2 << 30}, {"500MB", 500e6}, {"500 mb", 500e6}, {"1.5g", 3 << 29},
		{"64k", 64 << 10}, {"0", 0}, {"7B", 7}, {" 1TiB ", 1 << 40}, {"9223372036854775807", math.MaxInt64},
		{"9223372036854775808", -1}, {"", -1}, {"GiB", -1}, {"-1", -1}, {"+1", -1}, {"1e9", -1}, {"0x10", -1},
		{"1.5", -1}, {"1..5k", -1}, {"1/2k", -1}, {"5 apples", -1}, {"1_000", -1}, {"∞", -1},
	} {
		got, err := parseBytes(tt.in)
		if tt.want < 0 {
			if err == nil {
				t.Errorf("%q: got %d, want an error", tt.in, got)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%q: got %d, %v, want %d", tt.in, got, err, tt.want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want time.Duration // -1: an error
	}{
		{"60", time.Minute}, {"60s", time.Minute}, {"2m", 2 * time.Minute}, {"1h30m", 90 * time.Minute},
		{"1.5", 1500 * time.Millisecond}, {" 5 ", 5 * time.Second}, {"0", 0},
		{"", -1}, {"soon", -1}, {"1d", -1}, {"1 m", -1}, {"..", -1}, {"1e3", -1},
	} {
		got, err := parseDuration(tt.in)
		if tt.want < 0 {
			if err == nil {
				t.Errorf("%q: got %v, want an error", tt.in, got)
			}
			continue
		}
		if err != nil || time.Duration(got) != tt.want {
			t.Errorf("%q: got %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
}
