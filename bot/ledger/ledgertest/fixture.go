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

// A ledger outlives the program that wrote it. For every version of what lies at rest there is a
// folder in testdata, written once by the program of its day and never again:
//
//	ledger.db.gz   an SQLite file, and
//	ledger.sql.gz  a dump of a PostgreSQL schema, both of what compose writes
//	ledger.txt     what is in them, in words that are nobody's tags
//	words.txt      the words that could lie in them
//
// Version 1 is of commit bd6262f. A new one is written by
//
//	go test ./bot/ledger/sqlite ./bot/ledger/postgres -run TestWriteAFixture -fixture=2
//
// when the program has learnt new words or fields that the fixtures are to hold as well.

//go:embed testdata
var fixtures embed.FS

// WriteFixture keeps what this program writes into a home, which is empty, for ever: dump has to
// return the home as it is kept, name says how. What is kept already is never written anew.
func WriteFixture(t *testing.T, version, name string, h Home, dump func() []byte) {
	compose(t, h)
	s := h.Open(newClock().now)
	folder := filepath.Join("..", "ledgertest", "testdata", version)
	must(t, os.MkdirAll(folder, 0o755))
	for file, text := range map[string]string{"ledger.txt": tell(t, s), "words.txt": listed(words(t))} {
		path := filepath.Join(folder, file)
		if there, err := os.ReadFile(path); err == nil && string(there) != text { // the other home's
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
