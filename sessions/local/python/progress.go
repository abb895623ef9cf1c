package python

import (
	"fmt"
	"strings"
	"sync"
)

// The parts of an installation, as the percentage at which each ends.
const (
	percentExtracted  = 5
	percentDownloaded = 50
	percentUnpacked   = 65
	percentCompiled   = 95
)

// A progress reports the status of an installation from what its parts do. Its
// methods may be called concurrently.
type progress struct {
	report   func(Status)
	packages int // how many there are

	mu      sync.Mutex
	percent int
	current string // the package that pip is downloading
	nth     int    // how many packages pip has come to
}

// say reports a status. The percentage never falls.
func (p *progress) say(percent int, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sayLocked(percent, text)
}

func (p *progress) sayLocked(percent int, text string) {
	p.percent = min(max(p.percent, percent), 100)
	if p.report != nil {
		p.report(Status{Text: text, Percent: p.percent})
	}
}

// part reports the status of a part of the installation that goes from one
// percentage to another. done out of total steps of the part are done.
func (p *progress) part(text string, from, to, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	percent := from + (to-from)*done/max(total, 1)
	p.sayLocked(percent, fmt.Sprintf("%s, %d %%", text, max(percent, p.percent)))
}

// pipLine processes a line that pip prints with --progress-bar=raw.
func (p *progress) pipLine(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var done, total float64
	switch {
	case strings.HasPrefix(line, "Collecting "):
		p.nth++
		p.current, _, _ = strings.Cut(strings.TrimPrefix(line, "Collecting "), "==")
		p.downloaded(0)
	case strings.HasPrefix(line, "Progress "):
		if n, _ := fmt.Sscanf(line, "Progress %g of %g", &done, &total); n == 2 && total > 0 {
			p.downloaded(min(max(done/total, 0), 1))
		}
	case strings.HasPrefix(line, "Installing collected packages"):
		p.sayLocked(percentDownloaded, fmt.Sprintf("unpacking %d Python packages, %d %%", p.nth, percentDownloaded))
	}
}

// downloaded reports that this part of the current package is there.
func (p *progress) downloaded(part float64) {
	whole := float64(max(p.packages, p.nth, 1))
	done := (float64(max(p.nth, 1)-1) + part) / whole
	percent := max(p.percent, percentExtracted+int(done*(percentDownloaded-percentExtracted)))
	p.sayLocked(percent, fmt.Sprintf("installing Python packages: %s (%d of %d), %d %%", p.current, p.nth, int(whole), percent))
}
