package egress

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
)

// What makes the head of a request one that two readers may understand differently.
var (
	errLines    = unsafe("its head has a line that goes on in the next one, or ends with something else than CR LF")
	errName     = unsafe("its head has a line without the name of a header")
	errTwice    = unsafe("its head says twice where it goes, or how long it is")
	errTransfer = unsafe("its head has a transfer encoding other than chunked")
	errHead     = unsafe("its head is none of HTTP/1.1")
	errEndless  = unsafe("its head has no end")
)

func unsafe(why string) *refusal {
	return &refusal{http.StatusBadRequest, "this is no request that can be passed on safely: " + why}
}

// peekHead waits for the head of a request, checks it, and returns how long it is, with the
// empty line. The reader still has it. The error is a refusal if the head is one.
func peekHead(r *bufio.Reader) (size int, err error) {
	for {
		head, err := r.Peek(r.Buffered())
		if err != nil {
			return 0, err
		}
		if n := bytes.Index(head, []byte("\r\n\r\n")); n >= 0 {
			return n + 4, checkHead(head[:n])
		}
		if bytes.Contains(head, []byte("\n\n")) {
			return 0, errLines
		}
		switch _, err := r.Peek(len(head) + 1); {
		case errors.Is(err, bufio.ErrBufferFull):
			return 0, errEndless
		case err == io.EOF && len(head) > 0:
			return 0, io.ErrUnexpectedEOF
		case err != nil:
			return 0, err
		}
	}
}

// checkHead refuses a head that net/http reads in one of several possible ways: lines that
// go on, bare CR and LF, and anything but one length and one host. The head is without its
// last two line ends. net/http checks the rest.
func checkHead(head []byte) error {
	lines := strings.Split(string(head), "\r\n")
	counts := map[string]int{}
	for i, line := range lines {
		if strings.ContainsAny(line, "\r\n\x00") || line == "" || line[0] == ' ' || line[0] == '\t' {
			return errLines
		}
		if i == 0 {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsFunc(name, notInName) {
			return errName
		}
		name = strings.ToLower(name)
		counts[name]++
		if name == "transfer-encoding" && !strings.EqualFold(strings.Trim(value, " \t"), "chunked") {
			return errTransfer
		}
	}
	if counts["content-length"]+counts["transfer-encoding"] > 1 || counts["host"] > 1 {
		return errTwice
	}
	return nil
}

// notInName reports a character that the name of a header cannot have.
func notInName(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
