package sessions

// A Question is whether a session may connect with a host that its pool has not opened.
// Code in the session waits for the answer. The functions may be called concurrently, at
// any time.
type Question struct {
	// Host is a name in small letters, digits, hyphens, underscores and dots.
	Host string
	Port uint16
	// Answer says what the user has decided. The first decision counts for as long as the
	// session lives, also one that comes when nothing waits any more.
	Answer func(allow bool)
	// Withdraw says that the user is asked no longer. The code may ask again, unless the
	// user had time enough to answer.
	Withdraw func()
	// Done is closed when nothing waits for an answer any more.
	Done <-chan struct{}
}
