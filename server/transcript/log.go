package transcript

import (
	"errors"
	"os"
	"time"
)

// A logFile appends records to a log. It is used by one goroutine.
type logFile struct {
	path  string
	chain chain
	size  int64
	lost  int  // records that could not be written since the last that was
	over  bool // the log is full
}

// createLog creates a log at path, which must not exist.
func createLog(path string, open Open) (*logFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	l := &logFile{path: path}
	return l, errors.Join(file.Close(), l.append(Record{Kind: kindOpen, Open: &open}))
}

// continueLog goes on with a log, if it is whole and has room.
func continueLog(path string, open Open) (*logFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	read, err := Read(file)
	if err != nil {
		return nil, err
	}
	if last := read.Records[len(read.Records)-1]; last.Kind == kindFull {
		return nil, errors.New("it is full")
	}
	l := &logFile{path: path, chain: read.chain, size: read.bytes}
	return l, l.append(Record{Kind: kindContinue, Open: &open})
}

// append writes a record, after one that says how many are missing.
func (l *logFile) append(r Record) error {
	if l.over {
		return nil
	}
	if l.lost > 0 {
		if err := l.write(Record{Kind: kindGap, Lost: l.lost}); err != nil {
			l.lost++
			return err
		}
		l.lost = 0
	}
	err := l.write(r)
	if err != nil {
		l.lost++
	}
	return err
}

// write writes a line whole or not at all, unless the disk fails at that too.
func (l *logFile) write(r Record) error {
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	r.Time = r.Time.UTC()
	line, after, err := l.chain.seal(r)
	if err != nil {
		return err
	}
	if l.size+int64(len(line)) > maxLog {
		l.over = true
		if line, after, err = l.chain.seal(Record{Kind: kindFull, Time: r.Time}); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	n, err := file.Write(line)
	if err != nil && n > 0 {
		err = errors.Join(err, file.Truncate(l.size))
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	l.chain, l.size = after, l.size+int64(len(line))
	return nil
}
