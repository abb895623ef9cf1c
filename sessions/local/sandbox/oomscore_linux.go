package sandbox

import (
	"bytes"
	"os"
	"strconv"
)

// When a machine runs out of memory the kernel kills processes, those with a
// high score first. Sandboxes go first: each has one person's variables in it.
// The sandbox host has all of them, and the server goes last. A process passes
// its score on to those that it starts.
const (
	sandboxScore = 900 // of sentries with their programs, and of gofers
	hostScore    = 500 // of the sandbox host, unless the server's is higher
	serverScore  = -500
)

const scorePath = "/proc/self/oom_score_adj"

// raiseScore makes the kernel prefer this process by as much as score says.
// Everybody may; it never prefers it less than before.
func raiseScore(score int) {
	if now, err := ownScore(); err == nil && now < score {
		_ = os.WriteFile(scorePath, []byte(strconv.Itoa(score)), 0)
	}
}

// lowerScore makes the kernel spare this process, which only root may ask for.
func lowerScore(score int) {
	if now, err := ownScore(); err == nil && now > score {
		_ = os.WriteFile(scorePath, []byte(strconv.Itoa(score)), 0)
	}
}

func ownScore() (int, error) {
	data, err := os.ReadFile(scorePath)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(bytes.TrimSpace(data)))
}
