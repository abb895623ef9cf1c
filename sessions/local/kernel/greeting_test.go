package kernel

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestLateReports greets kernels that answer a question of their earlier life first.
func TestLateReports(t *testing.T) {
	t.Parallel()
	const report, ready = `{"type":"idle_report","seq":7,"idle":true,"cpu":1}`, `{"type":"ready","protocol":1,"python":"3.14","pid":1}`
	for _, tt := range []struct {
		name   string
		resume bool
		late   int
		want   error
	}{
		{"none", true, 0, nil}, {"one", true, 1, nil}, {"some", true, maxLateReports, nil},
		{"without end", true, maxLateReports + 1, ErrProtocol}, {"of a new kernel", false, 1, ErrProtocol},
	} {
		var said strings.Builder
		for _, frame := range append(slices.Repeat([]string{report}, tt.late), ready) {
			said.Write(binary.BigEndian.AppendUint32(nil, uint32(len(frame))))
			said.Write(binary.BigEndian.AppendUint32(nil, 0)) // of payload
			said.WriteString(frame)
		}
		if _, err := Connect(t.Context(), strings.NewReader(said.String()), io.Discard, Options{Resume: tt.resume}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}
