package row

import (
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Newest is the schema version that this program creates: the highest version among a store's
// migrations, which are in the folder migrations of store.
func Newest(store fs.FS) (int64, error) {
	names, err := fs.Glob(store, "migrations/*.sql")
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

// Newer is the error text, to follow the name of a ledger, for a schema that is newer than this
// program.
func Newer(have, newest int64) string {
	return fmt.Sprintf("was written by a newer version of this program (schema %d, this one knows %d); run that version or restore a backup", have, newest)
}

// Older is the error text, to follow the name of a ledger, for a schema that lacks something that
// an audit reads.
func Older(have, newest int64) string {
	return fmt.Sprintf("has schema %d, and this program can only read schema %d: audit it with the version that wrote it, or run the bot on it with this version, which migrates it", have, newest)
}

// Reads are the reads of an audit, limited to zero rows. If one of them fails, the schema lacks
// something that an audit needs.
func Reads() []string {
	return []string{
		`SELECT ` + Columns + ` FROM requests LIMIT 0`,
		`SELECT number, request, seq, at, body, hash FROM events LIMIT 0`,
		`SELECT number, field, salt, text FROM texts LIMIT 0`,
		`SELECT count, hash FROM chain LIMIT 0`,
	}
}
