package wire

// Values of File.Type. Readers ignore their case.
const (
	TypeFile      = "file"
	TypeDirectory = "directory"
)

// File is how the flat generation describes a file or folder. An answer to an
// upload may leave Type and ContentType empty.
type File struct {
	Reference
	Name           string  `json:"name"` // without its folder
	Directory      *string `json:"directory,omitempty"`
	Type           string  `json:"type"`
	ContentType    string  `json:"contentType"`
	SizeInBytes    int64   `json:"sizeInBytes"`
	LastModifiedAt Time    `json:"lastModifiedAt"`
}

// Files is a list of File.
type Files struct {
	Reference
	Value    []File  `json:"value"`
	NextLink *string `json:"nextLink,omitempty"`
	// Omitted counts what is not in Value; see sessions.Listing. Azure does not
	// send it.
	Omitted int `json:"dynamicSessionsOmitted,omitempty"`
}

// WrappedFile is how the wrapped generation describes a file. It is also the
// answer to GET /files/{name}.
type WrappedFile struct {
	Reference
	Properties WrappedFileProperties `json:"properties"`
}

// WrappedFileProperties is what a WrappedFile holds.
type WrappedFileProperties struct {
	Reference
	Filename         string `json:"filename"` // below /mnt/data, with or without that
	Size             int64  `json:"size"`
	LastModifiedTime Time   `json:"lastModifiedTime"`
}

// WrappedFiles is a list of WrappedFile. It is also the answer to an upload.
type WrappedFiles struct {
	Reference
	Value []WrappedFile `json:"value"`
}

// Session is the answer to GET /session.
type Session struct {
	Reference
	Identifier     string `json:"identifier"`
	CreatedAt      Time   `json:"createdAt"`
	LastAccessedAt Time   `json:"lastAccessedAt"`
	ExpireAt       Time   `json:"expireAt"`
	ETag           string `json:"etag"` // the incarnation
}

// Sessions is the answer to GET /listSessions.
type Sessions struct {
	Reference
	Sessions []Session `json:"sessions"`
	NextLink *string   `json:"nextLink,omitempty"`
}
