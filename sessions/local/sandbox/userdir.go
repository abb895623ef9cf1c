package sandbox

import "dynamic-sessions-mcp/sessions/userfolders"

// UserFolders are the folders of the user that sandboxes see, read-only, in
// [userfolders.Dir].
type UserFolders struct {
	Folders userfolders.Folders `json:"folders"`
	// Hidden says that sandboxes also see what is hidden in them.
	Hidden bool `json:"hidden,omitempty"`
	// Private are folders that no sandbox sees, wherever they lie.
	Private []string `json:"private,omitempty"`
}

// An Unshown is one of the user's folders that sandboxes do not see.
type Unshown struct {
	Host string `json:"host"`
	Why  string `json:"why"` // within a sentence
}
