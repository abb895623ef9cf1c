package azure

import (
	"encoding/json"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// FuzzTell has a service say what it likes: what is told is bounded, and of a known kind.
func FuzzTell(f *testing.F) {
	for _, seed := range []string{
		`{"events":[{"kind":"begun"},{"kind":"stdout","text":"a"},{"kind":"clear"}],"last":3,"running":true}`,
		`{"events":[{"kind":"display","place":-1,"display":{"image/png":"AAAA"}},{"kind":"display"}],"last":-1}`,
		`{"events":[{"kind":"late","late":{"number":-3,"text":"x","total":-1,"displays":[{"data":null}],"displaysDropped":-1}}]}`,
		`{"events":[{"kind":"late"},{"kind":"unknown","text":"x"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var out wire.Output
		if json.Unmarshal(data, &out) != nil {
			return
		}
		told := 0
		one := follower{run: run{Request: sessions.Request{Events: func(e sessions.Event) {
			told++
			late := e.Late
			if e.Kind < sessions.EventWaiting || e.Kind > sessions.EventLate || e.Kind == sessions.EventDisplay && len(e.Display.Data) == 0 ||
				len(e.Display.Data) > maxForms || late.Number < 0 || late.Total < int64(len(late.Text)) || late.DisplaysDropped < 0 || len(late.Displays) > maxLateDisplays {
				t.Errorf("%+v", e)
			}
		}}}}
		if whole := one.tell(nil, out); told > len(out.Events) || whole != (told == len(out.Events)) {
			t.Errorf("%d of %d told, all: %t", told, len(out.Events), whole)
		}
	})
}
