package interpreter

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// showPatience is how long an execution waits until the user's folders are seen as
// they are now. Large ones take a while the first time, and a file server may not
// answer: then the code sees what has been shown until then.
const showPatience = 3 * time.Second

// shownFolders are what is known of the user's folders.
type shownFolders struct {
	mu      sync.Mutex
	unshown []sandbox.Unshown // as logged last
}

// ShowFolders has every interpreter see the user's folders as they are now. It waits
// for a moment only, also if that takes longer. Folders that cannot be seen are
// logged.
func (e *Engine) ShowFolders(ctx context.Context) {
	k, ready := e.kit.Made()
	if !ready || len(e.opts.Folders) == 0 || k.runtime == nil {
		return
	}
	done := make(chan struct{})
	e.opts.Owner.Go(func() {
		defer close(done)
		e.showFolders(k)
	})
	late := time.NewTimer(showPatience)
	defer late.Stop()
	select {
	case <-done:
	case <-ctx.Done():
	case <-late.C:
	}
}

func (e *Engine) showFolders(k *kit) {
	if len(e.opts.Folders) == 0 || k.runtime == nil {
		return
	}
	unshown, err := k.runtime.ShowFolders(e.ctx)
	if err != nil {
		if e.ctx.Err() == nil {
			e.opts.Logger.Warn().Err(err).Msg("code does not see the folders of --allow-dir; the next run tries again")
		}
		return
	}
	e.shown.log(unshown, e.opts.Logger)
}

// userFolders are what interpreters see of the user's folders.
func (k *kit) userFolders() sandbox.UserFolders {
	return sandbox.UserFolders{Folders: k.opts.Folders, Hidden: k.opts.FoldersHidden, Private: k.privateFolders()}
}

// privateFolders are the program's own folders, with what all sessions have.
func (k *kit) privateFolders() []string {
	var private []string
	for _, dir := range []string{k.opts.CacheDir, k.workspace} {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			private = append(private, real)
		}
	}
	return private
}

// log logs the folders that code does not see, unless that is known.
func (s *shownFolders) log(unshown []sandbox.Unshown, log zerolog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range unshown {
		if !slices.Contains(s.unshown, u) {
			log.Warn().Str("folder", u.Host).Str("why", u.Why).Msg("code does not see this folder of --allow-dir")
		}
	}
	s.unshown = unshown
}

// releaseFiles has the code's open files of the user's folders closed, so that it can
// be woken whatever becomes of them. An error shows by itself.
func (l *Live) releaseFiles(k *kit) {
	if len(k.opts.Folders) > 0 {
		_ = l.conn.ReleaseFiles()
	}
}

// takeFilesBack has them opened again in an interpreter that did not fall asleep.
func (l *Live) takeFilesBack(k *kit) {
	if len(k.opts.Folders) > 0 && !l.Ended() {
		_, _ = l.conn.IdleReport()
	}
}
