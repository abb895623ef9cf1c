package transcript

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// maxLog bounds a log, and maxLine a record of it, in bytes.
	maxLog, maxLine = 64 << 20, 24 << 20
)

// A Log is a log that was read to its end and is as it was written.
type Log struct {
	Records []Record
	Hash    string // of the last record, in hexadecimal digits

	bytes int64
	chain chain
}

// Read reads a log and checks every record. The error says what is wrong with it, and
// where.
func Read(from io.Reader) (*Log, error) {
	var l Log
	lines := bufio.NewReaderSize(io.LimitReader(from, maxLog+maxLine+1), 1<<16)
	for {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if l.bytes += int64(len(line)); l.bytes > maxLog+maxLine {
			return nil, fmt.Errorf("it has more than %d MB, and a transcript's log ends before that; this is none, or others have written to it", (maxLog+maxLine)>>20)
		}
		if errTaken := l.take(line, err); errTaken != nil {
			return nil, errTaken
		}
	}
	if len(l.Records) == 0 {
		return nil, errors.New("it is empty; give the file conversation-….jsonl of the folder of --transcript")
	}
	l.Hash = hex.EncodeToString(l.chain.last[:])
	return &l, nil
}

// readLine reads a line with its end, but not more than a record may have.
func readLine(from *bufio.Reader) (line []byte, err error) {
	for {
		part, err := from.ReadSlice('\n')
		if line = append(line, part...); !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		if len(line) > maxLine {
			return line, nil
		}
	}
}

var errNoLog = errors.New("it is not a transcript's log; give the file conversation-….jsonl of the folder of --transcript")

// take adds a line. err is why it has no end.
func (l *Log) take(line []byte, err error) error {
	n := len(l.Records) + 1
	whole, ended := bytes.CutSuffix(line, []byte("\n"))
	r, after, ok := l.chain.open(whole)
	switch {
	case n == 1 && !looksLikeLog(whole):
		return errNoLog
	case n == 1 && versionOf(whole) != formatVersion:
		return fmt.Errorf("it is of version %d, and this program reads version %d; use the program that wrote it, or a newer one", versionOf(whole), formatVersion)
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("reading record %d: %w", n, err)
	case len(line) > maxLine:
		return fmt.Errorf("record %d is longer than any can be: it is not as it was written; the %d before it are", n, n-1)
	case !ended:
		return fmt.Errorf("it ends within record %d: it was cut, or the server was killed while it wrote; the %d before that are as they were written", n, n-1)
	case !ok:
		return fmt.Errorf("record %d (line %d) is not as it was written, or one before it is missing; the %d before it are as they were", n, n, n-1)
	}
	if n == 1 && r.Open == nil {
		return errNoLog
	}
	l.chain = after
	l.Records = append(l.Records, r)
	return nil
}

// opening is what of the first record does not change from one version to the next.
type opening struct {
	Open struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	} `json:"open"`
}

func looksLikeLog(line []byte) bool {
	var o opening
	return json.Unmarshal(line, &o) == nil && o.Open.Format == formatName ||
		bytes.Contains(line[:min(len(line), 300)], []byte(`"format":"`+formatName+`"`))
}

func versionOf(line []byte) int {
	var o opening
	if json.Unmarshal(line, &o) != nil {
		return formatVersion // it is damaged, which its hash tells
	}
	return o.Open.Version
}
