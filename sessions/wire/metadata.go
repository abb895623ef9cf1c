package wire

// Metadata is the answer to GET /metadata: what every session of a pool has.
type Metadata struct {
	Reference
	Runtimes      []Version `json:"runtimes"`
	Packages      []Version `json:"preInstalledPackages"`
	CreatedAt     Time      `json:"createdAt"`
	LastUpdatedAt Time      `json:"lastUpdatedAt"`
	Kernel        Kernel    `json:"jupyterKernel"`
}

// Version is a thing with its version.
type Version struct {
	Reference
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Kernel describes what runs the code.
type Kernel struct {
	Reference
	Name        string `json:"name"`
	Version     string `json:"version"`
	ProjectURL  string `json:"projectUrl"`
	Description string `json:"description"`
}

// ManagedSession is the answer to POST /.management/getSession.
type ManagedSession struct {
	Reference
	Identifier     string `json:"identifier"`
	ETag           string `json:"etag"`
	CreatedAt      Time   `json:"createdAt"`
	LastAccessedAt Time   `json:"lastAccessedAt"`
	ExpiresAt      Time   `json:"expiresAt"` // GET /session calls it expireAt
}

// ManagedSessions is the answer to POST /.management/listSessions.
type ManagedSessions struct {
	Reference
	Value    []ManagedSession `json:"value"`
	Count    int              `json:"count"`
	NextLink *string          `json:"nextLink,omitempty"`
}
