package local

import (
	"os"
)

// A usage is the room that a session takes on the host's disk.
type usage struct {
	bytes int64
	files int
}

// usage counts what is in the box's data folder. It gives up counting at twice
// the bound on files: by then the answer is known.
func (b *box) usage() usage {
	var u usage
	u.add(b.root, ".")
	return u
}

func (u *usage) add(root *os.Root, dir string) {
	f, err := root.Open(dir)
	if err != nil {
		return // gone meanwhile
	}
	defer f.Close()
	for u.files < 2*maxFiles {
		entries, err := f.ReadDir(1000)
		for _, e := range entries {
			u.files++
			if e.IsDir() {
				u.add(root, dir+"/"+e.Name())
			} else if info, err := e.Info(); err == nil {
				u.bytes += diskBytes(info)
			}
		}
		if err != nil {
			return
		}
	}
}
