package diskfake

import (
	"fmt"
	"path/filepath"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The VFS here is a copy of SQLite's default one in which opening and deleting a file are ours. What
// the default one has opened remains its file, with its locks and its shared memory, but in the file's
// table of methods those that write, truncate, sync and close are ours, which call the default ones.
// Package modernc.org/sqlite/vfs cannot do this: it makes read-only ones.

type (
	vfs     = sqlite3.Tsqlite3_vfs
	methods = sqlite3.Tsqlite3_io_methods
	status  = int32 // SQLITE_OK or an error

	opening    = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, flagsOut uintptr) status
	deletion   = func(tls *libc.TLS, vfs, name uintptr, syncDir int32) status
	writing    = func(tls *libc.TLS, file, data uintptr, n int32, at int64) status
	truncation = func(tls *libc.TLS, file uintptr, size int64) status
	syncing    = func(tls *libc.TLS, file uintptr, flags int32) status
	closing    = func(tls *libc.TLS, file uintptr) status
)

var (
	disks   sync.Map // *Disk by directory
	handles sync.Map // *handle by the address of SQLite's file

	original *vfs // the default one

	mu     sync.Mutex                // guards tables
	tables = map[*methods]*methods{} // of methods: ours by those that they replace
)

// handle is a file that a connection has open.
type handle struct {
	disk     *Disk
	file     *file
	methods  *methods // the default ones
	syncsDir bool     // its first sync syncs the directory too
}

// register makes our VFS the default one. It remains that for the life of the process, because open
// connections hold on to it, and leaves alone all files that no Disk watches.
var register = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	original = to[vfs](sqlite3.Xsqlite3_vfs_find(tls, 0))
	name, err := libc.CString("diskfake")
	if err != nil {
		return fmt.Errorf("diskfake: %w", err)
	}
	ours := outside(*original)
	ours.FpNext, ours.FzName = 0, name
	ours.FxOpen, ours.FxDelete = address(opening(openFile)), address(deletion(deleteFile))
	if rc := sqlite3.Xsqlite3_vfs_register(tls, uintptr(unsafe.Pointer(ours)), 1); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("diskfake: register a VFS: %d", rc)
	}
	return nil
})

func openFile(tls *libc.TLS, _, name, f uintptr, flags int32, flagsOut uintptr) status {
	rc := function[opening](original.FxOpen)(tls, uintptr(unsafe.Pointer(original)), name, f, flags, flagsOut)
	if rc != sqlite3.SQLITE_OK || name == 0 {
		return rc
	}
	d, base := diskOf(name)
	if d == nil {
		return rc
	}
	const journals = sqlite3.SQLITE_OPEN_WAL | sqlite3.SQLITE_OPEN_MAIN_JOURNAL
	opened := to[sqlite3.Tsqlite3_file](f)
	h := &handle{
		disk: d, file: d.open(base), methods: to[methods](opened.FpMethods),
		syncsDir: flags&sqlite3.SQLITE_OPEN_CREATE != 0 && flags&journals != 0, // where unixOpen sets UNIXFILE_DIRSYNC
	}
	opened.FpMethods = uintptr(unsafe.Pointer(replacement(h.methods)))
	handles.Store(f, h)
	return rc
}

// replacement is the table of methods that replaces another.
func replacement(theirs *methods) *methods {
	mu.Lock()
	defer mu.Unlock()
	ours := tables[theirs]
	if ours == nil {
		ours = outside(*theirs)
		ours.FxWrite, ours.FxTruncate = address(writing(writeFile)), address(truncation(truncateFile))
		ours.FxSync, ours.FxClose = address(syncing(syncFile)), address(closing(closeFile))
		tables[theirs] = ours
	}
	return ours
}

func deleteFile(tls *libc.TLS, _, name uintptr, syncDir int32) status {
	do := func() status {
		return function[deletion](original.FxDelete)(tls, uintptr(unsafe.Pointer(original)), name, syncDir)
	}
	d, base := diskOf(name)
	if d == nil {
		return do()
	}
	return d.remove(base, syncDir != 0, do)
}

func writeFile(tls *libc.TLS, f, data uintptr, n int32, at int64) status {
	h := handleOf(f)
	w := write{at: at, data: make([]byte, n)}
	copy(w.data, unsafe.Slice(to[byte](data), n))
	return h.disk.change(h.file, w, sqlite3.SQLITE_IOERR_WRITE, func() status {
		return function[writing](h.methods.FxWrite)(tls, f, data, n, at)
	})
}

func truncateFile(tls *libc.TLS, f uintptr, size int64) status {
	h := handleOf(f)
	return h.disk.change(h.file, write{at: size}, sqlite3.SQLITE_IOERR_TRUNCATE, func() status {
		return function[truncation](h.methods.FxTruncate)(tls, f, size)
	})
}

func syncFile(tls *libc.TLS, f uintptr, flags int32) status {
	h := handleOf(f)
	rc := h.disk.sync(h.file, h.syncsDir, func() status { return function[syncing](h.methods.FxSync)(tls, f, flags) })
	if rc == sqlite3.SQLITE_OK {
		h.syncsDir = false
	}
	return rc
}

func closeFile(tls *libc.TLS, f uintptr) status {
	h := handleOf(f)
	handles.Delete(f)
	return function[closing](h.methods.FxClose)(tls, f)
}

func handleOf(f uintptr) *handle {
	h, _ := handles.Load(f)
	return h.(*handle)
}

// diskOf is the disk that a file is on, nil if nobody watches it, and its name there.
func diskOf(name uintptr) (*Disk, string) {
	dir, base := filepath.Split(libc.GoString(name))
	d, watched := disks.Load(filepath.Clean(dir))
	if !watched {
		return nil, ""
	}
	return d.(*Disk), base
}

// What follows leads out of Go's memory and back. It goes through variables, because go vet takes a
// conversion of an address for a mistake, as it would be for one of Go's own.

func to[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// function is the function at an address, as SQLite's tables have it.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

// address is the reverse of function. It is for declared functions only: a closure may be collected.
func address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// outside is a copy outside of Go's memory, where SQLite may read it: the checks of pointers that come
// with the race detector do not let it read one that Go has allocated. It is never freed.
func outside[T any](original T) *T {
	tls := libc.NewTLS()
	defer tls.Close()
	p := to[T](libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(original))))
	*p = original
	return p
}
