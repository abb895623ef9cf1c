package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// When a machine runs out of memory, the kernel kills processes, those with a high
// score first. Sandboxes go first: each holds the variables of one session. The
// sandbox host holds all sandboxes, and the server goes last. Children inherit the
// score.
const (
	sandboxScore = 900 // of sentries with their programs, and of gofers
	hostScore    = 500 // of the sandbox host, unless the server's is higher
	serverScore  = -500
)

const scorePath = "/proc/self/oom_score_adj"

// raiseScore raises the score of this process to score, which needs no privilege.
// It never lowers it.
func raiseScore(score int) { raise(scorePath, score) }

// raiseScoreOf raises the score of a process of this user.
func raiseScoreOf(pid, score int) { raise(fmt.Sprintf("/proc/%d/oom_score_adj", pid), score) }

func raise(path string, score int) {
	if now, err := readScore(path); err == nil && now < score {
		_ = os.WriteFile(path, []byte(strconv.Itoa(score)), 0)
	}
}

// lowerScore lowers the score of this process, which only root may do.
func lowerScore(score int) {
	if now, err := readScore(scorePath); err == nil && now > score {
		_ = os.WriteFile(scorePath, []byte(strconv.Itoa(score)), 0)
	}
}

func readScore(path string) (int, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(bytes.TrimSpace(data)))
}
