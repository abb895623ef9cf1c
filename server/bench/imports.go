package bench

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"dynamic-sessions-mcp/sessions"
)

// libraries are what people import first, beside what every session has imported.
var libraries = [...]string{"sklearn.ensemble", "statsmodels.api", "scipy.stats", "seaborn", "networkx", "plotly.express", "openpyxl", "docx", "sympy"}

// imported is what a session has imported before its first call.
const imported = "import IPython, numpy, pandas, matplotlib.pyplot"

var imports = measurement{
	name: "imports", title: "first imports of nine libraries, together", show: showSum, short: true,
	about: "nine libraries, scikit-learn and others, each in a new session and in a new process that has numpy, pandas and matplotlib imported",
	pairs: func(n int) int { return aThird(n) * len(libraries) },
	cost:  1900 * time.Millisecond,
	fully: true,
	begin: beginImports,
}

// beginImports starts the pool in which each pair has a session of its own.
func beginImports(ctx context.Context, b *bench) (*trial, error) {
	p, err := b.startPool(ctx, "--warm=0")
	if err != nil {
		return nil, err
	}
	var id sessions.ID
	var w *worker
	t := &trial{close: p.close, label: func(i int) string { return libraries[i%len(libraries)] }}
	t.prepare = func(ctx context.Context, _ int) error {
		id, w = sessions.NewID(), nil
		var ready errgroup.Group
		ready.Go(func() error { _, err := p.run(ctx, id, calculation); return err })
		if b.outside != nil {
			ready.Go(func() (err error) { w, err = b.newProcess(ctx); return err })
		}
		return ready.Wait()
	}
	t.inside = func(ctx context.Context, i int) ([]float64, error) {
		// Also a session that waits for its user is idle at most a second before it is
		// frozen; what that costs is in the warm calls.
		if _, err := p.run(ctx, id, calculation); err != nil {
			return nil, err
		}
		return one(p.run(ctx, id, "import "+libraries[i%len(libraries)]))
	}
	t.tidy = func() {
		if w != nil {
			w.close()
		}
		_ = p.client.Stop(context.WithoutCancel(ctx), id)
	}
	if b.outside != nil {
		t.outside = func(ctx context.Context, i int) ([]float64, error) {
			return one(w.run(ctx, "import "+libraries[i%len(libraries)]))
		}
	}
	return t, nil
}

// newProcess starts a process outside and imports what a session has imported.
func (b *bench) newProcess(ctx context.Context) (*worker, error) {
	w, err := b.startWorker()
	if err != nil {
		return nil, err
	}
	if _, err := w.run(ctx, imported); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}
