package doctor

import (
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger/postgres"
	"cloudpc-bot/bot/ledger/sqlite"
)

// What a test cannot do to a server or a disk that others use is tested from what an examination of it
// would say.

func TestADatabaseThatMayForgetIsNamed(t *testing.T) {
	good := postgres.Examination{Server: "17.2", Schema: "public", Have: 3, Newest: 3, Fsync: true, FullPages: true, Commits: "on", Default: "on"}
	for _, row := range []struct {
		change            func(*postgres.Examination)
		level             Level
		subject, text, do string
	}{
		{func(*postgres.Examination) {}, OK, "database", "its schema is up to date (version 3)", ""},
		{func(x *postgres.Examination) { x.Have = 0 }, OK, "database", "will create its tables", ""},
		{func(x *postgres.Examination) { x.Have = 2 }, OK, "database", "will migrate it from version 2 to 3", ""},
		{func(x *postgres.Examination) { x.Default = "off" }, OK, "database", "synchronous_commit=off is on in the bot's own sessions", ""},
		{func(x *postgres.Examination) { x.Fsync = false }, Fail, "database", "fsync=off", "set fsync = on in postgresql.conf"},
		{func(x *postgres.Examination) { x.FullPages = false }, Warn, "database", "full_page_writes=off", "set full_page_writes = on"},
		{func(x *postgres.Examination) { x.Commits = "local" }, Fail, "database", "synchronous_commit=local", "ALTER ROLE"},
		{func(x *postgres.Examination) { x.Ahead = 42 * time.Second }, Warn, "clock", "42s behind PostgreSQL's", "NTP"},
	} {
		x := good
		row.change(&x)
		one(t, ofServer(x), row.level, row.subject, row.text, row.do)
	}
}

func TestADiskThatFillsUpIsNamed(t *testing.T) {
	for _, row := range []struct {
		x        sqlite.Examination
		level    Level
		text, do string
	}{
		{sqlite.Examination{Free: -1}, OK, "does not exist yet", ""},
		{sqlite.Examination{Free: 1 << 30, Exists: true, Have: 3, Newest: 3}, OK, "is writable", ""},
		{sqlite.Examination{Free: 100 << 20}, Warn, "has 100 MiB left", "make room"},
		{sqlite.Examination{Free: 5 << 20}, Fail, "has 5 MiB left", "make room"},
		{sqlite.Examination{Free: 1 << 30, Network: true}, Fail, "on a network file system", "move it to a local disk"},
	} {
		one(t, ofFile("ledger.db", row.x), row.level, "database", row.text, row.do)
	}
}

// one fails the test unless one finding is that, and no other is amiss.
func one(t *testing.T, found []Finding, level Level, subject, text, cure string) {
	t.Helper()
	n := 0
	for _, f := range found {
		switch {
		case f.Level == level && f.Subject == subject && strings.Contains(f.Text, text) && strings.Contains(f.Cure, cure):
			n++
		case f.Level != OK:
			t.Errorf("%+v", f)
		}
	}
	if n != 1 {
		t.Errorf("%d findings say %q: %+v", n, text, found)
	}
}
