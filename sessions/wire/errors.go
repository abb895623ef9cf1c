package wire

import (
	"context"
	"errors"
	"io/fs"
	"net/http"

	"dynamic-sessions-mcp/sessions"
)

// Envelope is the body of every error.
type Envelope struct {
	Error Error `json:"error"`
}

// Error says what went wrong. Code and Message are always there.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target,omitempty"`
	TraceID string `json:"traceId,omitempty"`
}

// Error codes. Those that begin with Session or InvalidLength were recorded from
// Azure.
const (
	CodePropertiesMissing  = "SessionPropertiesMissing"
	CodeValidationFailed   = "SessionRequestValidationFailed"
	CodeNotSupported       = "SessionRequestNotSupported"
	CodeIdentifierLength   = "InvalidLengthOfSessionIdentifier"
	CodeIdentifierNotFound = "SessionWithIdentifierNotFound"
	CodeFileName           = "InvalidFileName"
	CodeUnauthorized       = "Unauthorized"
	CodeForbidden          = "Forbidden"
	CodeNotFound           = "NotFound"
	CodeNotRunning         = "ExecutionNotRunning"
	CodeTooLarge           = "RequestEntityTooLarge"
	CodeDiskFull           = "SessionDiskFull"
	CodeTooManyRequests    = "TooManyRequests"
	CodeUnavailable        = "ServiceUnavailable"
	CodeClosing            = "ServiceClosing"
	CodeInternal           = "InternalServerError"
)

// A row says how an error of the domain looks on the wire.
type row struct {
	err    error
	status int
	code   string
}

// rows is the one table of errors, read in both directions; of several rows
// that fit, the first counts.
func rows() []row {
	return []row{
		{sessions.ErrInvalidID, http.StatusBadRequest, CodeIdentifierLength},
		{sessions.ErrInvalidName, http.StatusBadRequest, CodeFileName},
		{sessions.ErrNoSession, http.StatusBadRequest, CodeIdentifierNotFound},
		{sessions.ErrInvalidRequest, http.StatusBadRequest, CodeValidationFailed},
		{sessions.ErrInvalidRequest, http.StatusBadRequest, CodeNotSupported},
		{sessions.ErrInvalidRequest, http.StatusBadRequest, CodePropertiesMissing},
		{sessions.ErrUnauthorized, http.StatusUnauthorized, CodeUnauthorized},
		{sessions.ErrForbidden, http.StatusForbidden, CodeForbidden},
		{fs.ErrNotExist, http.StatusNotFound, CodeNotFound},
		{sessions.ErrTooLarge, http.StatusRequestEntityTooLarge, CodeTooLarge},
		{sessions.ErrDiskFull, http.StatusRequestEntityTooLarge, CodeDiskFull},
		{sessions.ErrNoCapacity, http.StatusTooManyRequests, CodeTooManyRequests},
		{sessions.ErrUnavailable, http.StatusServiceUnavailable, CodeUnavailable},
		{sessions.ErrClosed, http.StatusServiceUnavailable, CodeClosing},
		{context.Canceled, 499, "Canceled"},
		{context.DeadlineExceeded, http.StatusGatewayTimeout, "Timeout"},
	}
}

// Status returns the HTTP status and the code for an error of a pool. An error
// that is not in the table is the service's own fault: 500.
func Status(err error) (status int, code string) {
	for _, r := range rows() {
		if errors.Is(err, r.err) {
			return r.status, r.code
		}
	}
	return http.StatusInternalServerError, CodeInternal
}

// Sentinel returns the domain's error for an error of the service: by its code if
// that is known, else by its status, else [sessions.ErrUnavailable].
func Sentinel(status int, code string) error {
	for _, r := range rows() {
		if r.code == code && code != "" {
			return r.err
		}
	}
	for _, r := range rows() {
		if r.status == status && status != http.StatusBadRequest {
			return r.err
		}
	}
	if status >= 400 && status < 500 {
		return sessions.ErrInvalidRequest
	}
	return sessions.ErrUnavailable
}
