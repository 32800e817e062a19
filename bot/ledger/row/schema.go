package row

import (
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Newest is the version of the schema that this program makes: that of the last of a home's
// migrations, which are in the folder of that name.
func Newest(home fs.FS) (int64, error) {
	names, err := fs.Glob(home, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	var version int64
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		version = max(version, v)
	}
	return version, nil
}

// Newer says, behind the name of a ledger, that it has a schema this program does not know.
func Newer(have, newest int64) string {
	return fmt.Sprintf("was written by a newer version of this program (schema %d, this one knows %d); run that version or restore a backup", have, newest)
}

// Older says, behind the name of a ledger, that it lacks what an audit reads.
func Older(have, newest int64) string {
	return fmt.Sprintf("has schema %d, and this program can only read schema %d: audit it with the version that wrote it, or start this one on it, which brings it up to date", have, newest)
}

// Reads are what an audit reads, of no row: where one of them fails, a schema lacks it.
func Reads() []string {
	return []string{
		`SELECT ` + Columns + ` FROM requests LIMIT 0`,
		`SELECT number, request, seq, at, body, hash FROM events LIMIT 0`,
		`SELECT number, field, salt, text FROM texts LIMIT 0`,
		`SELECT count, hash FROM chain LIMIT 0`,
	}
}
