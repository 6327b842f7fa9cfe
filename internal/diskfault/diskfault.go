// Package diskfault stands between SQLite and its files in tests: it sees every
// change of a file, can note it, and can make it fail, while the store and its
// driver are the ones that readers get.
//
// It is for tests only; the program must never import it.
package diskfault

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Kind is what a change does.
type Kind string

// The kinds of changes.
const (
	Write    Kind = "write"
	Truncate Kind = "truncate"
	Sync     Kind = "sync"
	Delete   Kind = "delete"
)

// Change is a change of a file that SQLite asks for.
type Change struct {
	Kind Kind
	Path string
	At   int64  // of a write: where; of Truncate: the new size
	Data []byte // of a write
}

// The codes with which SQLite is told that a change failed.
const (
	IOError = sqlite3.SQLITE_IOERR
	Full    = sqlite3.SQLITE_FULL
)

// Hook is asked before a change. It returns 0 to let it happen, or the code with
// which it fails without having happened. It may be called by several at once.
type Hook func(Change) int32

// Watch asks a hook before every change of the files below a folder, until the
// test ends. The files must be opened afterwards.
func Watch(t testing.TB, folder string, h Hook) {
	t.Helper()
	install.Do(register)
	hooks.Store(folder, h)
	t.Cleanup(func() { hooks.Delete(folder) })
}

// Switch has every change of the files in a folder refused with a code while the
// switch that it returns is on.
func Switch(t testing.TB, folder string, code int32) *atomic.Bool {
	var on atomic.Bool
	Watch(t, folder, func(Change) int32 {
		if on.Load() {
			return code
		}
		return 0
	})
	return &on
}

var (
	install sync.Once
	hooks   sync.Map // of Hook by folder
	paths   sync.Map // of the paths of open files by SQLite's handle
	system  uintptr  // SQLite's own way to the files
	tables  sync.Map // of what files can do by what they could: ours by SQLite's
	origins sync.Map // and SQLite's by ours
)

// ask asks the hook of a file.
func ask(kind Kind, path string, at int64, data []byte) (code int32) {
	hooks.Range(func(folder, h any) bool {
		if !strings.HasPrefix(path, folder.(string)) {
			return true
		}
		code = h.(Hook)(Change{kind, path, at, data})
		return false
	})
	return code
}

// at is what lies at an address of SQLite's memory.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// pointer is a declared function as SQLite calls it; call is the way back. Go's
// own C compiler, which made the driver, passes functions so.
func pointer[T any](f T) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f T }{f})) }

func call[T any](p uintptr) T { return *(*T)(unsafe.Pointer(&struct{ p uintptr }{p})) }

type (
	openFunc     = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	deleteFunc   = func(*libc.TLS, uintptr, uintptr, int32) int32
	writeFunc    = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	truncateFunc = func(*libc.TLS, uintptr, int64) int32
	syncFunc     = func(*libc.TLS, uintptr, int32) int32
)

// register makes ours the way in which SQLite reaches files by default.
func register() {
	tls := libc.NewTLS()
	system = sqlite3.Xsqlite3_vfs_find(tls, 0)
	name, err := libc.CString("diskfault")
	if err != nil {
		panic(err)
	}
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	v := at[sqlite3.Tsqlite3_vfs](ours)
	*v = *at[sqlite3.Tsqlite3_vfs](system)
	v.FpNext, v.FzName = 0, name
	v.FxOpen, v.FxDelete = pointer[openFunc](open), pointer[deleteFunc](remove)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, ours, 1); rc != 0 {
		panic(fmt.Sprintf("register: %d", rc))
	}
}

// open opens a file and takes over what changes it.
func open(tls *libc.TLS, _, path, file uintptr, flags int32, out uintptr) int32 {
	rc := call[openFunc](at[sqlite3.Tsqlite3_vfs](system).FxOpen)(tls, system, path, file, flags, out)
	f := at[sqlite3.Tsqlite3_file](file)
	if rc != 0 || f.FpMethods == 0 {
		return rc
	}
	paths.Store(file, libc.GoString(path))
	f.FpMethods = table(tls, f.FpMethods)
	return rc
}

var making sync.Mutex

// table returns ours of one of SQLite's tables of what a file can do.
func table(tls *libc.TLS, theirs uintptr) uintptr {
	making.Lock()
	defer making.Unlock()
	if ours, ok := tables.Load(theirs); ok {
		return ours.(uintptr)
	}
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
	m := at[sqlite3.Tsqlite3_io_methods](ours)
	*m = *at[sqlite3.Tsqlite3_io_methods](theirs)
	m.FxWrite, m.FxTruncate, m.FxSync = pointer[writeFunc](write), pointer[truncateFunc](truncate), pointer[syncFunc](flush)
	tables.Store(theirs, ours)
	origins.Store(ours, theirs)
	return ours
}

// behind returns the path of an open file and what SQLite itself does with it.
func behind(file uintptr) (string, *sqlite3.Tsqlite3_io_methods) {
	path, _ := paths.Load(file)
	theirs, _ := origins.Load(at[sqlite3.Tsqlite3_file](file).FpMethods)
	return path.(string), at[sqlite3.Tsqlite3_io_methods](theirs.(uintptr))
}

func write(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	path, m := behind(file)
	if code := ask(Write, path, offset, unsafe.Slice(at[byte](data), n)); code != 0 {
		return code
	}
	return call[writeFunc](m.FxWrite)(tls, file, data, n, offset)
}

func truncate(tls *libc.TLS, file uintptr, size int64) int32 {
	path, m := behind(file)
	if code := ask(Truncate, path, size, nil); code != 0 {
		return code
	}
	return call[truncateFunc](m.FxTruncate)(tls, file, size)
}

func flush(tls *libc.TLS, file uintptr, flags int32) int32 {
	path, m := behind(file)
	if code := ask(Sync, path, 0, nil); code != 0 {
		return code
	}
	return call[syncFunc](m.FxSync)(tls, file, flags)
}

func remove(tls *libc.TLS, _, path uintptr, dirSync int32) int32 {
	if code := ask(Delete, libc.GoString(path), 0, nil); code != 0 {
		return code
	}
	return call[deleteFunc](at[sqlite3.Tsqlite3_vfs](system).FxDelete)(tls, system, path, dirSync)
}
