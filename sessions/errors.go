package sessions

import (
	"errors"
	"time"
)

// The kinds of errors that a [Pool] returns, besides [fs.ErrNotExist] and the
// errors of contexts. Test for them with [errors.Is]. The error itself says
// what happened, why, and what to do next.
var (
	ErrInvalidID      = errors.New("invalid session identifier")
	ErrInvalidName    = errors.New("invalid file name")
	ErrInvalidRequest = errors.New("invalid request")
	ErrTooLarge       = errors.New("too large")
	ErrDiskFull       = errors.New("the session's disk is full")
	ErrNoSession      = errors.New("no such session")
	ErrNoCapacity     = errors.New("the pool has no free session")
	ErrUnavailable    = errors.New("sessions are not available")
	ErrUnauthorized   = errors.New("not signed in to the pool")
	ErrForbidden      = errors.New("not allowed to use the pool")
	ErrClosed         = errors.New("the pool is closed")
)

// A CapacityError is an [ErrNoCapacity] that knows when to try again.
type CapacityError struct {
	Limit      int           // sessions the pool may hold; 0 if unknown
	RetryAfter time.Duration // when a session may be free; 0 if unknown
}

// Error says what to do.
func (e *CapacityError) Error() string {
	if e.RetryAfter > 0 {
		return "the pool holds as many sessions as it may; one may be free in " +
			e.RetryAfter.Round(time.Second).String()
	}
	return "the pool holds as many sessions as it may; try again later"
}

// Unwrap makes errors.Is(err, ErrNoCapacity) true.
func (e *CapacityError) Unwrap() error { return ErrNoCapacity }
