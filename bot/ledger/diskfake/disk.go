// Package diskfake is a disk that can lose its power. It watches what SQLite writes to the real one and
// what of it is synced, and so knows what a machine may find after a power failure: all that was
// synced, and any part of the rest.
//
// It stands between SQLite and the files (as its VFS, www.sqlite.org/vfs.html), so it assumes nothing
// about which commits wait for the disk, nor about what a checkpoint writes and in which order: it sees
// them do it. Copying the files and cutting the write-ahead log where the last commit ended that had to
// wait would be less code. But that would have to believe the program about which commits those are,
// could not fail within a commit, and not at all while a checkpoint runs.
//
// What it takes for granted is what SQLite takes for granted (www.sqlite.org/atomiccommit.html, section
// 2, and www.sqlite.org/psow.html): a sync that has returned is true, and a write changes no byte
// outside of its range. It sees only what SQLite writes, and only in its own process.
package diskfake

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"
)

// Disk is the disk under one directory.
type Disk struct {
	dir    string
	before func() // nil = nothing

	mu      sync.Mutex       // guards what follows, and the files
	files   map[string]*file // by name, as programs see them
	synced  map[string]*file // by name, as the directory was when it was last synced
	entries []entry          // changes of the directory since then, in order
	entered int              // how many changes were synced
	writes  int              // so far
	failed  bool
}

// file is what a name stands for.
type file struct {
	synced  []byte
	pending []write // since the last sync, in order
	done    int     // how many writes were synced
}

// write is a write of data, or a truncation.
type write struct {
	number int // among all of the disk
	at     int64
	data   []byte // nil = the file is truncated to at
}

// entry is a name that a file got, or that was deleted.
type entry struct {
	name string
	file *file // nil = deleted
}

// Watch watches a directory in which no database is open yet; what is there counts as synced. Before
// each write, truncation, sync and deletion it calls before, unless that is nil. SQLite waits for
// before, which therefore must not use the databases of the directory.
func Watch(dir string, before func()) (*Disk, error) {
	if err := register(); err != nil {
		return nil, err
	}
	dir, err := filepath.EvalSymlinks(dir) // as SQLite names its files
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("diskfake: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("diskfake: %w", err)
	}
	d := &Disk{dir: dir, before: before, files: map[string]*file{}}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("diskfake: %w", err)
		}
		d.files[e.Name()] = &file{synced: content}
	}
	d.synced = maps.Clone(d.files)
	if _, watched := disks.LoadOrStore(dir, d); watched {
		return nil, fmt.Errorf("diskfake: %q is watched already", dir)
	}
	return d, nil
}

// Close ends the watch. It still goes on for files that are open.
func (d *Disk) Close() { disks.CompareAndDelete(d.dir, d) }

// Image is what a power failure leaves.
type Image struct {
	Files    map[string][]byte // by name
	Unsynced int               // writes that were not synced
	Lost     int               // those of them that nothing is left of
	Torn     int               // those that only their beginning is left of
}

// Save writes the files to a directory.
func (i Image) Save(dir string) error {
	for name, content := range i.Files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("diskfake: %w", err)
		}
	}
	return nil
}

// Image is what would be left if the power failed now. The dice decide about the writes that were not
// synced: none is left; or all up to one of them, which may be torn; or any of them, in no order. With
// nil none is left.
func (d *Disk) Image(dice *rand.Rand) Image {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.left(dice)
}

// Fail is Image, and the power does fail: nothing is written from then on, and SQLite is told so.
func (d *Disk) Fail(dice *rand.Rand) Image {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = true
	return d.left(dice)
}

func (d *Disk) left(dice *rand.Rand) Image {
	names := maps.Clone(d.synced)
	if dice != nil {
		for _, e := range d.entries[:dice.IntN(len(d.entries)+1)] { // file systems keep these in order
			names[e.name] = e.file
		}
	}
	type pending struct {
		name string
		write
	}
	var all []pending
	image := Image{Files: map[string][]byte{}}
	for name, f := range names {
		if f == nil {
			continue
		}
		image.Files[name] = slices.Clone(f.synced)
		for _, w := range f.pending {
			all = append(all, pending{name, w})
		}
	}
	slices.SortFunc(all, func(a, b pending) int { return cmp.Compare(a.number, b.number) })
	image.Unsynced = len(all)
	fate := draw(dice, len(all))
	for i, w := range all {
		is, torn := fate(i)
		if !is {
			image.Lost++
			continue
		}
		if torn && len(w.data) > 1 {
			image.Torn++
			w.data = w.data[:1+dice.IntN(len(w.data)-1)]
		}
		image.Files[w.name] = w.applied(image.Files[w.name])
	}
	return image
}

// draw draws the fate of n writes: whether each is left, and whether it is torn.
func draw(dice *rand.Rand, n int) func(i int) (is, torn bool) {
	if dice == nil {
		return func(int) (bool, bool) { return false, false }
	}
	switch until := dice.IntN(n + 1); dice.IntN(4) {
	case 0:
		return func(int) (bool, bool) { return false, false }
	case 1:
		return func(i int) (bool, bool) { return i < until, false }
	case 2:
		return func(i int) (bool, bool) { return i < until, i == until-1 }
	default:
		return func(int) (bool, bool) { return dice.IntN(2) == 0, dice.IntN(8) == 0 }
	}
}

// applied is the content of a file after the write. Where a write is missing behind which another one
// is left, there are zeros.
func (w write) applied(content []byte) []byte {
	end := w.at + int64(len(w.data))
	if w.data == nil && end < int64(len(content)) {
		return content[:end]
	}
	if gap := end - int64(len(content)); gap > 0 {
		content = append(content, make([]byte, gap)...)
	}
	copy(content[w.at:], w.data)
	return content
}

func (d *Disk) announce() {
	if d.before != nil {
		d.before()
	}
}

// open is the file of a name. The name of a new one lasts once the directory is synced.
func (d *Disk) open(name string) *file {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.files[name]; f != nil {
		return f
	}
	f := &file{}
	d.enter(name, f)
	return f
}

func (d *Disk) enter(name string, f *file) {
	d.files[name] = f
	d.entries = append(d.entries, entry{name, f})
}

func (d *Disk) remove(name string, syncsDir bool, do func() status) status {
	d.announce()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed {
		return sqlite3.SQLITE_IOERR_DELETE
	}
	rc := do()
	if rc == sqlite3.SQLITE_OK {
		d.enter(name, nil)
		if syncsDir {
			d.syncDir(d.entered + len(d.entries))
		}
	}
	return rc
}

// syncDir makes the first changes of the directory last, until so many have been.
func (d *Disk) syncDir(until int) {
	for ; d.entered < until; d.entered++ {
		d.synced[d.entries[0].name] = d.entries[0].file
		d.entries = d.entries[1:]
	}
}

func (d *Disk) change(f *file, w write, failure status, do func() status) status {
	d.announce()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed {
		return failure
	}
	d.writes++
	w.number = d.writes
	f.pending = append(f.pending, w)
	return do()
}

func (d *Disk) sync(f *file, syncsDir bool, do func() status) status {
	d.announce()
	d.mu.Lock()
	failed, writes, entries := d.failed, f.done+len(f.pending), d.entered+len(d.entries)
	d.mu.Unlock()
	if failed {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	rc := do() // which need not take along what is written meanwhile
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	if rc != sqlite3.SQLITE_OK {
		return rc
	}
	for ; f.done < writes; f.done++ {
		f.synced = f.pending[0].applied(f.synced)
		f.pending = f.pending[1:]
	}
	if syncsDir {
		d.syncDir(entries)
	}
	return rc
}
