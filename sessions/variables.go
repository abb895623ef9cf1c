package sessions

// Variables are what a session's interpreter has, as far as it says so: names that code
// has given to values, without modules and what was imported from them.
type Variables struct {
	Named []Variable `json:"named,omitempty"` // a few, tables of data first
	More  int        `json:"more,omitempty"`  // how many others there are
}

// A Variable is a name with the type of its value. Both can be names in Python.
type Variable struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Shape is the length of each axis of an array or a table, or the length of a
	// container or a text; nil for a value that has none, or an unknown one.
	Shape []int64 `json:"shape,omitempty"`
}
