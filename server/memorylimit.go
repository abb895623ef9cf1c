package server

import (
	"runtime/debug"
	"slices"
	"strings"
)

// heapLimit is above what the answers of sessions take together
// (budget.AnswerMemory) and what the server itself needs. Without it the
// collector of garbage lets as much again lie about.
const heapLimit = 288 << 20

// limitHeap tells the collector to work harder where much is in memory. It is a
// goal and no bound: what is needed is had. GOMEMLIMIT goes before.
func limitHeap(environ []string) {
	if !slices.ContainsFunc(environ, func(v string) bool { return strings.HasPrefix(v, "GOMEMLIMIT=") }) {
		debug.SetMemoryLimit(heapLimit)
	}
}
