package ledgertest

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A ledger outlives the program that wrote it. For every version of the stored data there is a
// folder in testdata, written once by the program of that time and never again:
//
//	ledger.db.gz   an SQLite file with what compose writes
//	ledger.sql.gz  a dump of a PostgreSQL schema with the same
//	ledger.txt     their content, as tell prints it
//	words.txt      the words that they could contain
//
// Version 1 was written by commit bd6262f, version 2 by the first program that has people pick machines,
// version 3 by the first with one queue,
// version 4 by the first that tells the owner of a machine,
// version 5 by the first that keeps what was done past it,
// version 6 by the first of self-service.
// When the program has new words or fields that a fixture should contain as well, write the next
// version with
//
//	go test ./bot/ledger/sqlite ./bot/ledger/postgres -run TestWriteAFixture -fixture=7

//go:embed testdata
var fixtures embed.FS

// WriteFixture fills the empty database h and adds it to testdata as a fixture. Dump returns the
// database as the fixture's content; name is the file's name without .gz. It fails if the fixture
// exists, because a fixture is never rewritten.
func WriteFixture(t *testing.T, version, name string, h Database, dump func() []byte) {
	compose(t, h)
	s := h.Open(newClock().now)
	folder := filepath.Join("..", "ledgertest", "testdata", version)
	must(t, os.MkdirAll(folder, 0o755))
	for file, text := range map[string]string{"ledger.txt": tell(t, s, h.SQL), "words.txt": listed(words(t))} {
		path := filepath.Join(folder, file)
		if there, err := os.ReadFile(path); err == nil && string(there) != text { // written for the other store
			t.Fatalf("%s holds something else: %s", path, cmp.Diff(string(there), text))
		}
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	must(t, s.Close())
	path := filepath.Join(folder, name+".gz")
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	must(t, err)
	z, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	must(t, err)
	_, err = z.Write(dump())
	must(t, errors.Join(err, z.Close(), out.Close()))
}

func unzip(t testing.TB, path string) []byte {
	t.Helper()
	packed, err := fixtures.ReadFile(path)
	must(t, err)
	z, err := gzip.NewReader(bytes.NewReader(packed))
	must(t, err)
	whole, err := io.ReadAll(z)
	must(t, err)
	return whole
}

// Fixture is what a version left in testdata, by the name of its file without .gz.
func Fixture(t testing.TB, version, name string) []byte {
	t.Helper()
	return unzip(t, "testdata/"+version+"/"+name+".gz")
}
