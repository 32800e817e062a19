package ledgertest

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// A large ledger is made from a few requests that the store itself wrote, and that the database then
// copies: a million requests in minutes, with every row that a real one has, whatever the schema.

// pattern is a stored request to be copied. The names in it are easy to tell from all others.
type pattern struct {
	id    ledger.ID
	stray bool // no machine was found: what was typed is the name of none
}

const pat = "PATTERN" // in every name of a pattern that a copy has of its own

// enterPattern stores a request of ada, has it go its way, and tells its thread all of it.
func enterPattern(t testing.TB, s ledger.Store, c *clock, name string, steps ...step) ledger.Request {
	t.Helper()
	order := command.Order{Verb: command.Reprovision, PC: "CPC-" + pat, OS: command.Windows11, Reason: "it forgot everyone and me"}
	r := ledger.New(order, ada, "C1", ledger.Interaction{Envelope: "envelope of " + name, Trigger: "digest of " + name}, 1, c.now())
	r.ID = ledger.ID("R-" + pat + name)
	_, err := s.Create(t.Context(), r)
	must(t, err)
	at := get(t, s, r.ID)
	for _, do := range steps {
		c.pass(time.Second)
		was := at.State
		must(t, do(&at, c.now()))
		if at.State != ledger.Submitting || was == at.State {
			at = replace(t, s, at)
			continue
		}
		next, err := s.Submit(t.Context(), at, ledger.Budget{})
		must(t, err)
		at = *next.Revise()
	}
	c.pass(time.Second)
	told, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 100)
	must(t, err)
	for _, j := range told {
		_, err := s.Finish(t.Context(), "one", j, j.Req.Events, time.Time{})
		must(t, err)
	}
	return at.Request
}

// shownAt is shown, with a card whose place a copy has of its own.
func shownAt(r *ledger.Revision, at time.Time) error {
	if err := located(r, at); err != nil {
		return err
	}
	return r.Show(ledger.Thread{Channel: "C1", TS: "1." + string(r.ID)}, at, 8*time.Hour)
}

// ended are ten patterns of how requests end; most succeed.
func ended(t testing.TB, s ledger.Store, c *clock) []pattern {
	t.Helper()
	acted := []step{shownAt, approvedBy(ben), submitted, answered(ledger.Acted, ""), (*ledger.Revision).SeeRun}
	succeeded := pattern{id: enterPattern(t, s, c, "2", append(acted, rebuilt(""))...).ID}
	failed := pattern{id: enterPattern(t, s, c, "3", append(acted, because((*ledger.Revision).FailBuild, ledger.BuildFailed))...).ID}
	denied := pattern{id: enterPattern(t, s, c, "4", shownAt, by((*ledger.Revision).Deny, ben)).ID}
	refused := pattern{enterPattern(t, s, c, "5", because((*ledger.Revision).Refuse, ledger.NoSuchPC)).ID, true}
	return append(slices.Repeat([]pattern{succeeded}, 7), failed, denied, refused)
}

// fleet and crowd are how many machines and people an organisation has; they do not grow with its ledger.
const (
	fleet = 10_000
	crowd = 500
)

// unended is the number of the first copy of a request that has not ended. They are the newest.
const unended = 10_000_000

// growEnded copies patterns in turn until from becomes to ended requests.
func growEnded(t testing.TB, db *sql.DB, patterns []pattern, from, to int) {
	t.Helper()
	if !isPostgres(db) {
		exec(t, db, `PRAGMA cache_size = -500000`) // half a GiB, until it has settled: the indexes are written all over
	}
	const chunk = 200_000
	for ; from < to; from += chunk {
		for i, p := range patterns {
			multiply(t, db, p.id, from+i, min(to, from+chunk), len(patterns), !p.stray)
		}
	}
	settle(t, db)
}

// growLive copies a request that has not ended until from becomes to, each for a machine of its own.
func growLive(t testing.TB, db *sql.DB, of ledger.ID, from, to int) {
	t.Helper()
	multiply(t, db, of, unended+from, unended+to, 1, false)
	settle(t, db)
}

// multiply copies a request with all its rows, as the numbers from, from+every, … below to: each with an
// id, a card, a requester and a time of its own, and with one of the machines of the fleet, or else one of
// its own. What the copies do not have is times of their own in their bodies, and a chain that verifies.
func multiply(t testing.TB, db *sql.DB, of ledger.ID, from, to, every int, ofFleet bool) {
	t.Helper()
	letter := func(k string) string {
		return `substr('23456789ABCDEFGHJKMNPQRSTVWXYZ', CAST((` + k + `) % 30 AS int) + 1, 1)`
	}
	short := letter("k / 27000") + " || " + letter("k / 900") + " || " + letter("k / 30") + " || " + letter("k")
	machine := "i"
	if ofFleet {
		machine = fmt.Sprint("i * 48271 % 1000003 % ", fleet)
	}
	// As with ids that were given out at random: four letters until most of them are taken, and then five.
	exec(t, db, fmt.Sprintf(`CREATE TABLE copy AS WITH RECURSIVE numbers(i) AS (SELECT CAST(%[1]d AS bigint) UNION ALL SELECT i + %[3]d FROM numbers WHERE i + %[3]d < %[2]d),
		drawn(i, k) AS (SELECT i, CASE WHEN i < 750000 THEN i * 393241 %% 810000 ELSE i * 7368787 %% 24300000 END FROM numbers)
		SELECT i, 'R-' || CASE WHEN i < 750000 THEN '' ELSE %[4]s END || %[5]s AS own, CAST(%[6]s AS text) AS pc, 'U_' || (i * 7919 %% 1000003 %% %[7]d) AS who FROM drawn`,
		from, to, every, letter("k / 810000"), short, machine, crowd))
	own := func(column string) string { // in the text of a column, the copy's own names
		for _, name := range [][2]string{
			{"pc of " + string(of), "'pc-' || pc"}, {"1." + string(of), "'1.' || i"}, {string(of), "own"}, {"CPC-" + pat, "'CPC-' || pc"},
			{"dan@", "'dan' || pc || '@'"}, {ada.ID, "who"},
		} {
			column = fmt.Sprintf("replace(%s, '%s', %s)", column, name[0], name[1])
		}
		return column
	}
	var links, last int64
	must(t, db.QueryRow(fmt.Sprintf(`SELECT (SELECT count(*) FROM events WHERE request = '%s'), (SELECT max(number) FROM events)`, of)).Scan(&links, &last))
	number := fmt.Sprintf("%d + (i - %d) / %d * %d + e.seq", last, from, every, links)
	asked := fmt.Sprintf(`CASE WHEN i < %[1]d THEN (i - 2000000) * 60000000 ELSE i - %[1]d END`, unended) // in microseconds, a minute after each other
	if isPostgres(db) {
		asked = `(` + asked + `) * interval '1 microsecond'`
	}
	for _, into := range []struct {
		table, rows string
		own         map[string]string // by column; all others are as they were
	}{
		{"requests", fmt.Sprintf(`requests AS o CROSS JOIN copy WHERE o.id = '%s'`, of),
			map[string]string{"id": "own", "target": own("o.target"), "requester": own("o.requester"), "asked_at": "asked_at + " + asked, "body": own("o.body"), "card": own("o.card")}},
		{"queue", fmt.Sprintf(`queue AS o CROSS JOIN copy WHERE o.key = '%s'`, of), map[string]string{"key": "own"}},
		{"events", fmt.Sprintf(`events AS e CROSS JOIN copy WHERE e.request = '%s'`, of), map[string]string{"number": number, "request": "own", "body": own("e.body")}},
		{"texts", fmt.Sprintf(`events AS e JOIN texts AS o ON o.number = e.number CROSS JOIN copy WHERE e.request = '%s'`, of),
			map[string]string{"number": number, "text": own("o.text"), "field": "o.field", "salt": "o.salt"}},
		// By then all of the fleet have been asked for.
		{"machines", fmt.Sprintf(`machines AS o CROSS JOIN copy WHERE o.target IN ('%s', 'pc of %s') AND (i < 100000 OR %t)`, of, of, !ofFleet),
			map[string]string{"name": "lower(" + own(fmt.Sprintf("replace(replace(o.name, '%s', '%s'), '%s', '%s')",
				strings.ToLower(string(of)), of, strings.ToLower("CPC-"+pat), "CPC-"+pat)) + ")", "target": own("o.target")}},
		// Of the last day only: a ledger of two years has as many as two thousandths of its requests.
		{"gestures", fmt.Sprintf(`gestures AS o CROSS JOIN copy WHERE o.request = '%s' AND i %% 700 = 0`, of), map[string]string{"mark": "o.mark || ' ' || i", "request": "own"}},
	} {
		names := columnsOf(t, db, into.table)
		if len(names) == 0 {
			continue // an older schema
		}
		exprs := make([]string, len(names))
		for i, name := range names {
			if exprs[i] = name; into.own[name] != "" {
				exprs[i] = into.own[name]
			}
		}
		statement := fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %s`, into.table, strings.Join(names, ", "), strings.Join(exprs, ", "), into.rows)
		if into.table == "machines" {
			statement += ` ON CONFLICT DO NOTHING`
		}
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("copy %s: %v", into.table, err)
		}
	}
	exec(t, db, `UPDATE chain SET count = (SELECT max(number) FROM events); DROP TABLE copy`)
}

// columnsOf returns the names of a table's columns, none if there is no such table.
func columnsOf(t testing.TB, db *sql.DB, table string) (names []string) {
	t.Helper()
	query := `SELECT name FROM pragma_table_info('%s')`
	if isPostgres(db) {
		query = `SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '%s' ORDER BY ordinal_position`
	}
	for _, row := range rows(t, db, fmt.Sprintf(query, table)) {
		names = append(names, row[0])
	}
	return names
}

// settle does what a database has done by itself by the time it is as large as this: a checkpoint of the
// journal, or statistics. SQLite gets no statistics, because the bot never asks for them.
func settle(t testing.TB, db *sql.DB) {
	t.Helper()
	if isPostgres(db) {
		exec(t, db, `ANALYZE`)
		return
	}
	exec(t, db, `PRAGMA wal_checkpoint(TRUNCATE); PRAGMA cache_size = -2000; PRAGMA shrink_memory`)
}

// Questions are all searches that the program makes, by the command or step that makes them. A store
// answers each by an index; see Growth for what they cost.
func Questions() map[string]ledger.Query {
	her := func(q ledger.Query) ledger.Query {
		q.Requester = auth.Person{Org: ada.Org, ID: "U_7"}
		return q
	}
	return map[string]ledger.Query{
		"list":              {Live: true},
		"list, her own":     her(ledger.Query{Live: true}),               // also before a command of hers is taken
		"list, moved":       her(ledger.Query{Live: true, Former: "E9"}), // to another organisation
		"history, moved":    her(ledger.Query{Found: true, Limit: 201, Former: "E9"}),
		"history":           {Found: true, Limit: 201},
		"history, page 100": {Found: true, Skip: 99 * 8, Limit: 201},
		"history, her own":  her(ledger.Query{Found: true, Limit: 201}),
		"machine":           {Found: true, Machine: "CPC-77"},
		"machine, her own":  her(ledger.Query{Found: true, Machine: "CPC-77"}),
		"status":            {Machine: "CPC-77", Live: true, Limit: 1},
		"status, her own":   her(ledger.Query{Machine: "CPC-77", Live: true, Limit: 1}),
		"status, ended":     {Machine: "CPC-77"},
		"ended, her own":    her(ledger.Query{Machine: "CPC-77"}),
		"unfinished":        {Target: "pc-77"},
		"being posted":      {Live: true, State: ledger.Resolving},
		"card":              {Card: ledger.Thread{Channel: "C1", TS: "1.77"}, Limit: 1},
	}
}
