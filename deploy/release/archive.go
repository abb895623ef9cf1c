package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// A file is one of an archive.
type file struct {
	name string
	data []byte
	mode os.FileMode
}

// oldest is the first time that a zip archive can have.
var oldest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// writeZip writes the files in their order, all of one time.
func writeZip(path string, files []file, at time.Time) error {
	if at.Before(oldest) {
		at = oldest
	}
	return create(path, func(to io.Writer) error {
		archive := zip.NewWriter(to)
		for _, f := range files {
			header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at}
			header.SetMode(f.mode)
			w, err := archive.CreateHeader(header)
			if err != nil {
				return err
			}
			if _, err := w.Write(f.data); err != nil {
				return err
			}
		}
		return archive.Close()
	})
}

// writeTarGz writes the files in their order, all of one time and of nobody.
func writeTarGz(path string, files []file, at time.Time) error {
	return create(path, func(to io.Writer) error {
		compressed := gzip.NewWriter(to)
		archive := tar.NewWriter(compressed)
		for _, f := range files {
			header := &tar.Header{Name: f.name, Mode: int64(f.mode), Size: int64(len(f.data)), ModTime: at, Format: tar.FormatUSTAR}
			if err := archive.WriteHeader(header); err != nil {
				return err
			}
			if _, err := archive.Write(f.data); err != nil {
				return err
			}
		}
		return errors.Join(archive.Close(), compressed.Close())
	})
}

// readZip reads an archive, sorted by name.
func readZip(path string) (files []file, err error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	for _, entry := range archive.File {
		r, err := entry.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
		files = append(files, file{entry.Name, data, entry.Mode()})
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files, nil
}

// create writes a file that is whole or not there.
func create(path string, write func(io.Writer) error) error {
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
