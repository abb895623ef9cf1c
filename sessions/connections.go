package sessions

// Connections are the requests of a session's code to one host that ended alike, where
// the session has no network but a proxy that knows what is open.
type Connections struct {
	// Host is the name of the host, "" if the request named none that can be read.
	Host string `json:"host,omitempty"`
	// Port is 0 for the package index.
	Port uint16 `json:"port,omitempty"`
	// Refused is why the proxy did not connect them; "" if it did.
	Refused string `json:"refused,omitempty"`
	// Count is how many there were.
	Count int `json:"count"`
	// Sent and Received are what passed, in bytes.
	Sent     int64 `json:"sent,omitempty"`
	Received int64 `json:"received,omitempty"`
}
