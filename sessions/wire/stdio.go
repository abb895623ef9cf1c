package wire

// PathPrepare is where a pool at the other end of standard streams is asked whether
// sessions can be had. The answer to a GET is a stream of [Stage], a line of JSON each,
// that ends when they can, or cannot. Azure has nothing like it.
const PathPrepare = "/stdio/prepare"

// Stage is a line of what a pool says while it gets ready. The first has Version, the
// last has Ready or Error, those between have Doing.
type Stage struct {
	Version string `json:"version,omitempty"` // of the program, to be compared
	Doing   string `json:"doing,omitempty"`   // such as "downloading packages"
	Ready   bool   `json:"ready,omitempty"`
	Error   string `json:"error,omitempty"` // why there are no sessions, and what to do
}
