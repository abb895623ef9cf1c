package server

import (
	"runtime/debug"
	"slices"
	"strings"
)

// heapLimit is more than what the answers of sessions take together
// (budget.AnswerMemory) plus what the server itself needs. Without it the garbage
// collector would let the heap grow to twice that.
const heapLimit = 288 << 20

// limitHeap makes the garbage collector work harder when the heap is large. It is a
// goal, not a limit: what is needed is allocated. GOMEMLIMIT takes precedence.
func limitHeap(environ []string) {
	if !slices.ContainsFunc(environ, func(v string) bool { return strings.HasPrefix(v, "GOMEMLIMIT=") }) {
		debug.SetMemoryLimit(heapLimit)
	}
}
