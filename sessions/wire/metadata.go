package wire

import "time"

// Metadata is the answer to GET /metadata: what every session of a pool has.
type Metadata struct {
	Runtimes      []Version `json:"runtimes"`
	Packages      []Version `json:"preInstalledPackages"`
	CreatedAt     time.Time `json:"createdAt"`
	LastUpdatedAt time.Time `json:"lastUpdatedAt"`
	Kernel        Kernel    `json:"jupyterKernel"`
}

// Version is a thing with its version.
type Version struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Kernel describes what runs the code.
type Kernel struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	ProjectURL  string `json:"projectUrl"`
	Description string `json:"description"`
}

// ManagedSession is the answer to POST /.management/getSession.
type ManagedSession struct {
	Identifier     string    `json:"identifier"`
	ETag           string    `json:"etag"`
	CreatedAt      time.Time `json:"createdAt"`
	LastAccessedAt time.Time `json:"lastAccessedAt"`
	ExpiresAt      time.Time `json:"expiresAt"` // GET /session calls it expireAt
}

// ManagedSessions is the answer to POST /.management/listSessions.
type ManagedSessions struct {
	Value    []ManagedSession `json:"value"`
	Count    int              `json:"count"`
	NextLink *string          `json:"nextLink,omitempty"`
}
