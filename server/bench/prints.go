package bench

import (
	"context"
	"time"
)

var prints = measurement{
	name: "prints", title: "100,000 printed lines",
	about: "for i in range(100000): print(i), through MCP over stdio and in ipykernel, or without --peers in a plain process",
	cost:  250 * time.Millisecond,
	fully: true,
	begin: func(ctx context.Context, b *bench) (*trial, error) {
		const code = "for i in range(100000): print(i)"
		t, err := b.beginCode(ctx, workload{code: code, outside: b.printer})
		if err != nil {
			return nil, err
		}
		t.note = "outside is a plain process that writes to a pipe; with --peers it is ipykernel, which people would use instead."
		if b.peers != "" {
			t.note = "outside is ipykernel, through jupyter_client."
		}
		return t, nil
	},
}

// printer is what people would print with if there were no sessions.
func (b *bench) printer(context.Context) (*worker, error) {
	if b.peers != "" {
		return b.kernel()
	}
	return b.startWorker()
}
