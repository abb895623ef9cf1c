package sandbox

import "os"

// pipes are the two ends of a program's streams.
type pipes struct {
	stdin, stdout, stderr *os.File // ours
	theirs                []*os.File
}

func (p *pipes) ours() []*os.File { return []*os.File{p.stdin, p.stdout, p.stderr} }

func openPipes() (*pipes, error) {
	var r, w [streams]*os.File
	for i := range streams {
		var err error
		if r[i], w[i], err = os.Pipe(); err != nil {
			closeAll(r[:i])
			closeAll(w[:i])
			return nil, err
		}
	}
	return &pipes{stdin: w[0], stdout: r[1], stderr: r[2], theirs: []*os.File{r[0], w[1], w[2]}}, nil
}
