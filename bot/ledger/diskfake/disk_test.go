package diskfake

import (
	"bytes"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"
)

// database opens a database on a disk of its own.
func database(t *testing.T, pragmas string) (*Disk, *sql.DB) {
	t.Helper()
	dir := t.TempDir()
	d, err := Watch(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d, open(t, dir, pragmas)
}

func open(t *testing.T, dir, pragmas string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "test.db")+"?"+pragmas)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// left is how many rows are in an image.
func left(t *testing.T, i Image) (n int) {
	t.Helper()
	dir := t.TempDir()
	if err := i.Save(dir); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir, "").QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestItSeesAllThatIsWritten compares the files that it knows, with all that is not synced, to the
// real ones.
func TestItSeesAllThatIsWritten(t *testing.T) {
	for _, mode := range []string{"WAL", "DELETE", "TRUNCATE", "PERSIST"} {
		t.Run(mode, func(t *testing.T) {
			d, db := database(t, "_pragma=journal_mode("+mode+")&_pragma=synchronous(NORMAL)")
			exec(t, db, "CREATE TABLE t (x)", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 20) INSERT INTO t SELECT randomblob(5000) FROM n",
				"PRAGMA wal_checkpoint(RESTART)", "DELETE FROM t WHERE rowid % 2", "VACUUM", "INSERT INTO t VALUES (1)")
			known := map[string][]byte{}
			for name, f := range d.files {
				if f == nil {
					continue
				}
				content := bytes.Clone(f.synced)
				for _, w := range f.pending {
					content = w.applied(content)
				}
				known[name] = content
			}
			paths, err := filepath.Glob(filepath.Join(d.dir, "*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				name := filepath.Base(path)
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if name == "test.db-shm" { // shared memory, which no power failure leaves
					continue
				}
				if !bytes.Equal(content, known[name]) {
					t.Errorf("%s has %d bytes, and %d are known, or other ones", name, len(content), len(known[name]))
				}
				delete(known, name)
			}
			for name := range known {
				t.Errorf("there is no %s", name)
			}
		})
	}
}

func TestWhatIsSyncedIsLeft(t *testing.T) {
	d, db := database(t, "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	db.SetMaxOpenConns(1)
	exec(t, db, "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)")
	if n := left(t, d.Image(nil)); n != 1 {
		t.Errorf("%d rows are left after a commit that was synced, want 1", n)
	}
	exec(t, db, "PRAGMA synchronous = NORMAL", "INSERT INTO t VALUES (2)")
	if n := left(t, d.Image(nil)); n != 1 {
		t.Errorf("%d rows are left after a commit that was not synced, want 1", n)
	}
	exec(t, db, "PRAGMA synchronous = FULL", "INSERT INTO t VALUES (3)")
	if n := left(t, d.Image(nil)); n != 3 {
		t.Errorf("%d rows are left after the next sync, want 3", n)
	}
	exec(t, db, "PRAGMA synchronous = NORMAL", "INSERT INTO t VALUES (4)", "PRAGMA wal_checkpoint(TRUNCATE)")
	if n := left(t, d.Image(nil)); n != 4 {
		t.Errorf("%d rows are left after a checkpoint, want 4", n)
	}
}

// TestANewFileIsLeftOnceItsDirectoryIsSynced does without any sync, and then with one of them.
func TestANewFileIsLeftOnceItsDirectoryIsSynced(t *testing.T) {
	d, db := database(t, "")
	db.SetMaxOpenConns(1)
	exec(t, db, "PRAGMA synchronous = OFF", "PRAGMA journal_mode = WAL", "CREATE TABLE t (x)")
	if i := d.Image(nil); len(i.Files) != 0 {
		t.Errorf("files are left that nothing has synced: %d", len(i.Files))
	}
	exec(t, db, "PRAGMA synchronous = FULL", "INSERT INTO t VALUES (1)")
	if i := d.Image(nil); len(i.Files) != 2 {
		t.Errorf("%d files are left, want the database and its log", len(i.Files))
	}
}

func TestAfterTheFailureNothingIsWritten(t *testing.T) {
	d, db := database(t, "_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	exec(t, db, "CREATE TABLE t (x)")
	d.Fail(nil)
	if _, err := db.ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); err == nil {
		t.Error("a commit succeeds without power")
	}
}

// TestAnyPartOfWhatIsNotSyncedMayBeLeft lets the power fail often between the same writes.
func TestAnyPartOfWhatIsNotSyncedMayBeLeft(t *testing.T) {
	f := &file{synced: []byte("....")}
	f.pending = []write{{1, 0, []byte("ab")}, {2, 4, []byte("cd")}, {3, 1, nil}}
	d := &Disk{files: map[string]*file{"f": f}, synced: map[string]*file{"f": f}}
	dice := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for range 1000 {
		seen[string(d.Image(dice).Files["f"])] = true
	}
	for _, want := range []string{"....", "ab..", "a...", "ab..cd", "....cd", "....c", "ab..c", "a", "."} {
		if !seen[want] {
			t.Errorf("%q is never left", want)
		}
		delete(seen, want)
	}
	for other := range seen {
		if other != "a...cd" && other != "a...c" {
			t.Errorf("%q is left, which nothing has written", other)
		}
	}
}
