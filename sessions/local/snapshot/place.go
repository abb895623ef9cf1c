package snapshot

import "os"

// Places returns where the snapshot that fits may be: for all users, and in the cache.
func (s *Store) Places() ([]string, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	places := []string{s.cache().Path(key)}
	if dir := s.sharedPath(key); dir != "" {
		places = append([]string{dir}, places...)
	}
	return places, nil
}

// Place returns where the snapshot that fits is, as far as that can be told without
// looking at its content. The error wraps [os.ErrNotExist] if there is none.
func (s *Store) Place() (dir string, err error) {
	if dir := s.currentDir(); dir != "" {
		return dir, nil
	}
	places, err := s.Places()
	if err != nil {
		return "", err
	}
	for _, dir := range places {
		if _, err = os.Lstat(dir); err == nil {
			return dir, nil
		}
	}
	return "", err
}

// Shared reports whether a folder is that of a snapshot for all users.
func (s *Store) Shared(dir string) bool {
	key, err := s.key()
	return err == nil && dir == s.sharedPath(key)
}
