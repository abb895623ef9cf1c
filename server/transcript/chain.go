package transcript

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// A chain makes and checks the hashes of lines.
type chain struct {
	last [sha256.Size]byte
	n    int // records
}

const (
	hashMember = `,"hash":"`
	lineEnd    = `"}`
	tailSize   = len(hashMember) + 2*sha256.Size + len(lineEnd)
)

// next is the hash of the chain with a body after it.
func (c *chain) next(body []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(c.last[:])
	h.Write(body)
	h.Sum(sum[:0])
	return sum
}

// seal returns the line for a record, with its end, and the chain after it.
func (c chain) seal(r Record) ([]byte, chain, error) {
	r.N = c.n + 1
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, c, err
	}
	body := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	after := chain{c.next(body), r.N}
	line := append([]byte(nil), body[:len(body)-1]...)
	line = append(line, hashMember...)
	line = hex.AppendEncode(line, after.last[:])
	return append(line, lineEnd+"\n"...), after, nil
}

// open returns the record of a line without its end, and the chain after it. ok is false
// if the line is not what was written after the chain.
func (c chain) open(line []byte) (r Record, after chain, ok bool) {
	if len(line) <= tailSize {
		return r, c, false
	}
	head, tail := line[:len(line)-tailSize], line[len(line)-tailSize:]
	digits, isTail := bytes.CutPrefix(tail, []byte(hashMember))
	digits, isEnd := bytes.CutSuffix(digits, []byte(lineEnd))
	body := append(append([]byte(nil), head...), '}')
	after = chain{c.next(body), c.n + 1}
	if !isTail || !isEnd || !bytes.Equal(digits, hex.AppendEncode(nil, after.last[:])) {
		return r, c, false
	}
	return r, after, json.Unmarshal(body, &r) == nil && r.N == after.n
}
