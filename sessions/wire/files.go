package wire

import "time"

// Values of File.Type. Readers ignore their case.
const (
	TypeFile      = "file"
	TypeDirectory = "directory"
)

// File is how the flat generation describes a file or folder. An answer to an
// upload may leave Type and ContentType empty.
type File struct {
	Name           string    `json:"name"` // without its folder
	Directory      *string   `json:"directory,omitempty"`
	Type           string    `json:"type"`
	ContentType    string    `json:"contentType"`
	SizeInBytes    int64     `json:"sizeInBytes"`
	LastModifiedAt time.Time `json:"lastModifiedAt"`
}

// Files is a list of File.
type Files struct {
	Value    []File  `json:"value"`
	NextLink *string `json:"nextLink"`
	// Omitted counts what is not in Value; see sessions.Listing. Azure does not
	// send it.
	Omitted int `json:"dynamicSessionsOmitted,omitempty"`
}

// WrappedFile is how the wrapped generation describes a file.
type WrappedFile struct {
	Properties WrappedFileProperties `json:"properties"`
}

// WrappedFileProperties is what a WrappedFile holds.
type WrappedFileProperties struct {
	Filename         string    `json:"filename"` // with or without /mnt/data/
	Size             int64     `json:"size"`
	LastModifiedTime time.Time `json:"lastModifiedTime"`
}

// WrappedFiles is a list of WrappedFile. It is also the answer to an upload.
type WrappedFiles struct {
	Value []WrappedFile `json:"value"`
}

// Session is the answer to GET /session.
type Session struct {
	Identifier     string    `json:"identifier"`
	CreatedAt      time.Time `json:"createdAt"`
	LastAccessedAt time.Time `json:"lastAccessedAt"`
	ExpireAt       time.Time `json:"expireAt"`
	ETag           string    `json:"etag"` // the incarnation
}

// Sessions is the answer to GET /listSessions.
type Sessions struct {
	Sessions []Session `json:"sessions"`
	NextLink *string   `json:"nextLink,omitempty"`
}
