package sessions

import (
	"errors"
	"fmt"
	"time"
)

// The kinds of errors that a [Pool] returns, besides [fs.ErrNotExist] and the
// errors of contexts. Test for them with [errors.Is]. The text of an error says
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

	// ErrAsleep is the [ErrNoCapacity] of a session that sleeps and could not be woken. Its
	// variables and files are kept.
	ErrAsleep = fmt.Errorf("%w: the session is asleep and could not be woken", ErrNoCapacity)
	// ErrOutcomeUnknown is for an execution whose answer was lost: the code may
	// have run, or may still be running. It must not be repeated blindly.
	ErrOutcomeUnknown = errors.New("it is not known whether the code ran")
	// ErrStoreUnknown is for an upload whose answer was lost: the file may be
	// stored. Uploading it again does no harm.
	ErrStoreUnknown = errors.New("it is not known whether the file was stored")
	// ErrNotPython is for a pool whose sessions run something else, such as
	// JavaScript or a shell. No call to it can succeed.
	ErrNotPython = errors.New("the pool's sessions do not run Python")
)

// A CapacityError is an [ErrNoCapacity] that says when to retry. Nothing was run, and
// nothing is lost.
type CapacityError struct {
	Limit      int           // sessions the pool may hold; 0 if unknown
	Own        int           // sessions awake of the owner, if these are too many; see WithOwner
	Starting   int           // sessions that are starting, if this one waited for them too long; 0 if the limit was reached
	Asleep     string        // why the session, which is asleep, could not be woken; "" for other reasons
	Memory     int64         // bytes that all sessions may use together, if one more does not fit; 0 otherwise
	RetryAfter time.Duration // when a session may be free; 0 if unknown
}

// Error says what to do.
func (e *CapacityError) Error() string {
	if e.Asleep != "" {
		return "the session is asleep and could not be woken, because " + e.Asleep +
			"; its variables and files are kept: try again"
	}
	text := "the pool is at its limit of sessions; "
	if e.Starting > 0 {
		text = fmt.Sprintf("the pool is busy starting %d other sessions; ", e.Starting)
	}
	if e.Own > 0 {
		text = fmt.Sprintf("you have %d sessions in use, the most for one user while others need some; end one or wait; ", e.Own)
	}
	if e.Memory > 0 {
		text = fmt.Sprintf("memory is short: none is left for another session, in the %d MiB that all sessions share or on the machine; ", e.Memory>>20)
	}
	if e.RetryAfter > 0 {
		return text + "one may be free in " + max(e.RetryAfter.Round(time.Second), time.Second).String()
	}
	return text + "try again later"
}

// Unwrap makes errors.Is(err, ErrNoCapacity) true, and errors.Is(err, ErrAsleep) if Asleep says why.
func (e *CapacityError) Unwrap() error {
	if e.Asleep != "" {
		return ErrAsleep
	}
	return ErrNoCapacity
}
