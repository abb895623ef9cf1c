package wire

import "time"

// Time is a time as the service writes it: UTC in .NET's round-trip form, always
// with seven digits. It is read from any form of RFC 3339.
type Time struct{ time.Time }

// MarshalJSON implements [json.Marshaler].
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05.0000000Z"`)), nil
}
