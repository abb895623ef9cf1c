package gofer

// A Config says what a gofer serves.
type Config struct {
	// Mounts are served over one socket each, in this order.
	Mounts []Mount `json:"mounts"`
	// EmptyFolder and EmptyFile are empty. ClosedFolder and ClosedFile are empty too, and
	// nobody may read them.
	EmptyFolder  string `json:"empty_folder"`
	EmptyFile    string `json:"empty_file"`
	ClosedFolder string `json:"closed_folder"`
	ClosedFile   string `json:"closed_file"`
}

// A Mount is a folder of the host that a sandbox sees.
type Mount struct {
	Source   string `json:"source"` // without links
	Writable bool   `json:"writable,omitempty"`
	// Covered are paths below Source at which the sandbox finds an empty folder, or file.
	Covered []string `json:"covered,omitempty"`
	// Links are paths below Source at which the sandbox finds the links of another folder of
	// the host, and nothing else that is there.
	Links map[string]string `json:"links,omitempty"`
	// Folders is set if this is the mount with the user's folders.
	Folders *Folders `json:"folders,omitempty"`
}

// Folders are the user's. Source of their mount has an empty folder for each that the
// sandbox sees: its name is the folder's.
type Folders struct {
	Sources map[string]string `json:"sources"` // where each lies, by its name
	Hidden  bool              `json:"hidden,omitempty"`
	// Private are closed wherever they lie.
	Private []string `json:"private,omitempty"`
}
