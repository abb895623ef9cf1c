package cachestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// Use returns the item named key if it is there and whole, and keeps it from
// being removed. The caller closes it. [Missing] reports whether the error says
// that the item has to be built. An item that is a link is used if the user lends
// it, see [cachedir.CheckLink], and refused otherwise.
func (s *Store) Use(ctx context.Context, key string) (*Item, error) {
	dir := s.Path(key)
	lock, err := lockUse(ctx, dir)
	if err != nil {
		return nil, err
	}
	err = cachedir.CheckLink(dir)
	if err == nil {
		err = s.Verify(key)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Item{dir, lock}, nil
}

// Build is Use, and builds the item first if it is missing or damaged: build
// fills the folder dir, has the folder scratch for temporary files, and must
// leave in dir what Check asks for. One process builds at a time, in one store;
// the others wait, are told so by a call of waiting, and find the item. When ctx
// ends, Build stops to wait; to end build too is up to build.
//
// An error of build is returned as it is.
func (s *Store) Build(ctx context.Context, key string, waiting func(), build func(dir, scratch string) error) (*Item, error) {
	lock, err := s.lockStore(ctx, waiting)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	// Another process may have built it meanwhile.
	item, err := s.Use(ctx, key)
	if err == nil || !Missing(err) {
		return item, err
	}
	if err := s.checkPlace(key); err != nil {
		return nil, err
	}
	s.removeAbandoned()
	if err := s.build(key, build); err != nil {
		return nil, err
	}
	return s.Use(ctx, key)
}

// Scratch calls use with an empty folder on the store's disk, which is removed
// afterwards. It is as a build is: one process has one at a time, the others wait and
// are told so by a call of waiting.
func (s *Store) Scratch(ctx context.Context, waiting func(), use func(dir string) error) error {
	lock, err := s.lockStore(ctx, waiting)
	if err != nil {
		return err
	}
	defer lock.Close()
	dir, err := s.Builds.Make(s.Dir, s.BuildPrefix)
	if err != nil {
		return err
	}
	return errors.Join(use(dir), s.Builds.Remove(dir))
}

// checkPlace refuses to replace what is not an item.
func (s *Store) checkPlace(key string) error {
	err := s.Items.Check(s.Path(key))
	if errors.Is(err, cachedir.ErrNotOurs) {
		return fmt.Errorf("%w: %s cannot be put there: %w; move it away, or name another folder with --cache-dir", cachedir.ErrUnusable, s.Noun, err)
	}
	return nil
}

// build makes an item in a folder of its own and gives it its name when it is
// whole. The caller holds the store's lock.
func (s *Store) build(key string, build func(dir, scratch string) error) error {
	dir, err := s.Builds.Make(s.Dir, s.BuildPrefix)
	if err != nil {
		return err
	}
	defer s.Builds.Remove(dir)
	tree, scratch := filepath.Join(dir, "tree"), filepath.Join(dir, "scratch")
	if err := errors.Join(os.Mkdir(tree, 0o700), os.Mkdir(scratch, 0o700)); err != nil {
		return err
	}
	if err := build(tree, scratch); err != nil {
		return err
	}
	if s.Check == nil {
		if err := writeSums(tree); err != nil {
			return err
		}
	}
	if err := s.moveAway(key, dir); err != nil {
		return err
	}
	return os.Rename(tree, s.Path(key))
}

// moveAway takes an item, if there is one, out of its place and into the folder
// of a build. It is gone at once: half an item must not be found under its name,
// however this process ends.
func (s *Store) moveAway(key, build string) error {
	err := s.Items.Check(s.Path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = os.Rename(s.Path(key), filepath.Join(build, "old"))
	if errors.Is(err, syscall.EXDEV) { // an image's layer below a container's
		return s.Items.Remove(s.Path(key))
	}
	return err
}

// removeAbandoned removes the builds that dead processes have left. The caller
// holds the store's lock.
func (s *Store) removeAbandoned() {
	for _, build := range s.abandoned() {
		if err := s.Builds.Remove(build.Path); err != nil {
			s.Logger.Warn().Err(err).Msg("what an earlier process did not finish cannot be removed")
			continue
		}
		s.Logger.Info().Str("folder", build.Path).Msgf("removed %s that an earlier process did not finish", s.Noun)
	}
}

// abandoned returns the builds that are under way if the store is not locked,
// and were left if it is.
func (s *Store) abandoned() []cachedir.Found {
	var left []cachedir.Found
	for _, build := range s.Builds.List(s.Dir) {
		if time.Since(build.Changed) >= s.AbandonedAfter {
			left = append(left, build)
		}
	}
	return left
}
