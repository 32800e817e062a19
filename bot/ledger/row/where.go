package row

import (
	"strings"

	"cloudpc-bot/bot/ledger"
)

// Where translates a query to SQL conditions, with ? for each argument. Live is the store's own
// condition for "has not ended", written so that its partial index is used.
func Where(q ledger.Query, live string) (conditions string, args []any) {
	all := []string{"1 = 1"}
	add := func(condition string, arg ...any) { all, args = append(all, condition), append(args, arg...) }
	if q.Live {
		add(live)
	}
	if q.Found {
		add("NOT (state = ? AND cause IN (?, ?, ?, ?))", ledger.Refused, ledger.NoSuchPC, ledger.ManyPCs, ledger.NonePicked, ledger.NotOffered)
	}
	if q.Target != "" {
		add("target = ?", q.Target)
	}
	if q.Machine != "" {
		name := strings.ToLower(q.Machine)
		add(ofMachine, name, name)
	}
	requester := "requester"
	if q.Machine != "" {
		requester = "requester || ''" // read no index of it: people ask more often than machines are asked for, and SQLite guesses otherwise
	}
	switch {
	case q.Requester.IsZero():
	case q.Formerly() == q.Requester:
		add(requester+" = ?", Person(q.Requester)) // in the order of its index: no more is read than is asked for
	default:
		add(requester+" IN (?, ?)", Person(q.Requester), Person(q.Formerly()))
	}
	if q.State != "" {
		add("state = ?", q.State)
	}
	if !q.Card.IsZero() {
		add("card = ?", q.Card.String())
	}
	return strings.Join(all, " AND "), args
}

// ofMachine selects the requests for every machine that ever had a name, and the requests without
// a machine that were typed with any of those machines' names, or with the name itself. It takes
// the name twice. All of it selects ids: for an OR of two conditions PostgreSQL would read every request.
// Nor does SQLite begin with all requests that have no machine: it keeps the order of a CROSS JOIN
// (www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join).
const ofMachine = `id IN (
	SELECT own.id FROM machines AS had CROSS JOIN requests AS own WHERE own.target = had.target AND had.name = ?
	UNION ALL SELECT none.id FROM machines AS typed CROSS JOIN requests AS none WHERE none.id = typed.target AND none.target IS NULL AND typed.name IN (
		SELECT also.name FROM machines AS also JOIN machines AS meant USING (target) WHERE meant.name = ?))`
