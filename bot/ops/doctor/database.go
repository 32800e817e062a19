package doctor

import (
	"context"
	"errors"
	"fmt"

	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/ledger/postgres"
	"cloudpc-bot/bot/ledger/sqlite"
)

// A ledger grows by a few kilobytes a request. Less than scarce is for an operator to know, and with less
// than spent SQLite may fail to write its log, which grows to about 4 MB between two checkpoints
// (www.sqlite.org/wal.html#ckpt).
const (
	scarce = 256 << 20 // bytes
	spent  = 16 << 20
)

// database checks the one that DATABASE_URL names. A file needs no network, and PostgreSQL does.
func (c Case) database(ctx context.Context, offline bool) []Finding {
	if file := config.SQLiteFile(c.Config.DatabaseURL); file != "" {
		x, err := sqlite.Examine(ctx, file)
		if err != nil {
			return []Finding{failed("database", err, "name another file in DATABASE_URL, or restore this one from a backup")}
		}
		return ofFile(file, x)
	}
	if offline {
		return nil
	}
	x, err := postgres.Examine(ctx, c.Config.DatabaseURL.Reveal())
	if err != nil {
		cure := "correct the user, the password and the database's name in DATABASE_URL, and pg_hba.conf on the server"
		if errors.Is(err, postgres.ErrUnreachable) {
			cure = "check host and port in DATABASE_URL, the server, and the network in between"
		}
		return []Finding{failed("database", err, cure)}
	}
	return ofServer(x)
}

// ofFile judges an SQLite file.
func ofFile(file string, x sqlite.Examination) (found []Finding) {
	switch {
	case !x.Exists:
		found = append(found, fine("database", "the file %q does not exist yet, and the bot can create it", file))
	default:
		found = append(found, fine("database", "the file %q is writable%s", file, schema(x.Have, x.Newest)))
	}
	if x.Network {
		found = append(found, Finding{Level: Fail, Subject: "database", Text: fmt.Sprintf("the file %q is on a network file system, where SQLite can lose or damage it", file),
			Cure: "move it to a local disk, or use PostgreSQL (DATABASE_URL=postgres://…)"})
	}
	if x.Free >= 0 && x.Free < scarce {
		f := Finding{Level: Warn, Subject: "database", Text: fmt.Sprintf("the disk of %q has %d MiB left", file, x.Free>>20), Cure: "make room on that disk, or move the file to another"}
		if x.Free < spent {
			f.Level = Fail
		}
		found = append(found, f)
	}
	return found
}

// ofServer judges a PostgreSQL database.
func ofServer(x postgres.Examination) (found []Finding) {
	found = append(found, fine("database", "PostgreSQL %s answers directly, and its schema %s is writable%s", x.Server, x.Schema, schema(x.Have, x.Newest)))
	const restart = " = on in postgresql.conf, and reload the server"
	if !x.Fsync {
		found = append(found, Finding{Level: Fail, Subject: "database", Text: "the server does not wait for its disk (fsync=off): a power failure can lose approvals, or erase a machine twice", Cure: "set fsync" + restart})
	}
	if !x.FullPages {
		found = append(found, Finding{Level: Warn, Subject: "database", Text: "the server cannot repair pages that were half written (full_page_writes=off)", Cure: "set full_page_writes" + restart + ", unless its file system never writes half a page"})
	}
	switch {
	case x.Commits == "off" || x.Commits == "local":
		found = append(found, Finding{Level: Fail, Subject: "database", Text: "commits do not wait for the disk, or for a synchronous standby (synchronous_commit=" + x.Commits + ")", Cure: "set synchronous_commit = on for the bot's role: ALTER ROLE … SET synchronous_commit = on"})
	case x.Default != x.Commits:
		found = append(found, fine("database", "the server's synchronous_commit=%s is %s in the bot's own sessions", x.Default, x.Commits))
	}
	return append(found, Clock("PostgreSQL", x.Ahead, true)...)
}

// schema says what becomes of a ledger's schema at the next start.
func schema(have, newest int64) string {
	switch {
	case have == 0:
		return "; the bot will create its tables at the start"
	case have < newest:
		return fmt.Sprintf("; the bot will migrate it from version %d to %d at the start", have, newest)
	}
	return fmt.Sprintf("; its schema is up to date (version %d)", have)
}
