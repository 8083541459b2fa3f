package store

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/atomicfs"
)

// guard is the file system of one instance of Pebble. When the disk fails it,
// which Pebble answers by ending the process, the instance never hears of it:
// whatever writes stands still for good from then on, so that what is on disk
// is left to the instance that takes over. Reads go on.
type guard struct {
	vfs.FS
	dir  string
	lock func(name string) (io.Closer, error)

	mu     sync.RWMutex // held for reading by every write under way
	err    error        // the first failure
	failed chan struct{}
}

func newGuard(fs vfs.FS, dir string, lock func(name string) (io.Closer, error)) *guard {
	return &guard{FS: fs, dir: dir, lock: lock, failed: make(chan struct{})}
}

// failure returns why the instance stands still, nil if it does not.
func (g *guard) failure() error {
	select {
	case <-g.failed:
		return g.err
	default:
		return nil
	}
}

// finish carries out what makes Pebble write and says whether it came to its
// end. If it did not, it stands still or will before long, and what it was to
// tell must not be looked at.
func (g *guard) finish(do func()) bool {
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	select {
	case <-done:
		return true
	case <-g.failed:
	}
	select {
	case <-done: // just before
		return true
	default:
		return false
	}
}

// write carries out a change of the disk, and does not return if it or an
// earlier one failed.
func (g *guard) write(change func() error) error {
	g.mu.RLock()
	err := g.err
	if err == nil {
		err = change()
	}
	g.mu.RUnlock()
	if err == nil || errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrExist) {
		return err
	}
	g.fail(err)
	select {} // see guard
}

func (g *guard) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.err = err
		close(g.failed)
	}
}

// Unwrap implements vfs.FS.
func (g *guard) Unwrap() vfs.FS { return g.FS }

// Lock implements vfs.FS.
func (g *guard) Lock(name string) (io.Closer, error) {
	lock, err := g.lock(name)
	if err != nil {
		return nil, err
	}
	return lock, g.setNewest(g.FS.PathBase(name))
}

// setNewest gives a directory that holds but a lock Pebble's newest format,
// before Pebble looks for it. Pebble would begin with its oldest, and write
// and sync every step from there.
func (g *guard) setNewest(lock string) error {
	files, err := g.FS.List(g.dir)
	if err != nil || slices.ContainsFunc(files, func(name string) bool { return name != lock }) {
		return err
	}
	marker, _, err := atomicfs.LocateMarkerInListing(g, g.dir, "format-version", files)
	if err != nil {
		return err
	}
	return errors.Join(marker.Move(pebble.FormatNewest.String()), marker.Close())
}

func (g *guard) file(open func() (vfs.File, error)) (f vfs.File, err error) {
	err = g.write(func() error {
		f, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &guardedFile{File: f, g: g}, nil
}

// Create implements vfs.FS.
func (g *guard) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return g.file(func() (vfs.File, error) {
		if strings.HasPrefix(g.FS.PathBase(name), "marker.manifest.") {
			if err := g.syncDir(g.FS.PathDir(name)); err != nil {
				return nil, err
			}
		}
		return g.FS.Create(name, category)
	})
}

// syncDir makes sure that the files of a directory are in it after a loss of power. Pebble
// moves this marker to a file it has just made and syncs the directory once, after both: on a disk
// that keeps the later entry alone the marker would name what is not there.
func (g *guard) syncDir(name string) error {
	dir, err := g.FS.OpenDir(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// ReuseForWrite implements vfs.FS.
func (g *guard) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return g.file(func() (vfs.File, error) { return g.FS.ReuseForWrite(from, to, category) })
}

// OpenReadWrite implements vfs.FS.
func (g *guard) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return g.file(func() (vfs.File, error) { return g.FS.OpenReadWrite(name, category, opts...) })
}

// OpenDir implements vfs.FS. A directory is opened to be synced.
func (g *guard) OpenDir(name string) (vfs.File, error) {
	f, err := g.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &guardedFile{File: f, g: g}, nil
}

// Link implements vfs.FS.
func (g *guard) Link(from, to string) error {
	return g.write(func() error { return g.FS.Link(from, to) })
}

// Rename implements vfs.FS.
func (g *guard) Rename(from, to string) error {
	return g.write(func() error { return g.FS.Rename(from, to) })
}

// Remove implements vfs.FS.
func (g *guard) Remove(name string) error {
	return g.write(func() error { return g.FS.Remove(name) })
}

// RemoveAll implements vfs.FS.
func (g *guard) RemoveAll(name string) error {
	return g.write(func() error { return g.FS.RemoveAll(name) })
}

// MkdirAll implements vfs.FS.
func (g *guard) MkdirAll(dir string, perm os.FileMode) error {
	return g.write(func() error { return g.FS.MkdirAll(dir, perm) })
}

// guardedFile is a file of a guard.
type guardedFile struct {
	vfs.File
	g *guard
}

// Write implements vfs.File.
func (f *guardedFile) Write(p []byte) (n int, err error) {
	err = f.g.write(func() error { n, err = f.File.Write(p); return err })
	return n, err
}

// WriteAt implements vfs.File.
func (f *guardedFile) WriteAt(p []byte, at int64) (n int, err error) {
	err = f.g.write(func() error { n, err = f.File.WriteAt(p, at); return err })
	return n, err
}

// Sync implements vfs.File.
func (f *guardedFile) Sync() error { return f.g.write(f.File.Sync) }

// SyncData implements vfs.File.
func (f *guardedFile) SyncData() error { return f.g.write(f.File.SyncData) }

// SyncTo implements vfs.File.
func (f *guardedFile) SyncTo(length int64) (full bool, err error) {
	err = f.g.write(func() error { full, err = f.File.SyncTo(length); return err })
	return full, err
}
