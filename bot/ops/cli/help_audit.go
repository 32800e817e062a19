package cli

import (
	"fmt"
	"strings"

	"cloudpc-bot/bot/ops"
)

const (
	aboutAudit = `It reads the ledger that DATABASE_URL or DATABASE_URL_FILE names. Only redact changes something; the
others open it read-only, so they may run beside the bot, and on a standby of PostgreSQL.

Without another word it verifies, with or without receipts:

    cloudpc-bot audit R-7K3F:3f9c0a1b2c3d R-9ABC:0d5e6f7a8b9c

To erase somebody's words, use redact. It deletes the rows of the table texts for the events in question, and
the same words where they are shown from: requests.body, machines, brakes. The chain itself holds no personal
text, only salted digests: the audit still passes, and says how many texts were erased.

Exit status: 0 done, and the ledger is whole, 1 it cannot be read, or a request is unknown or has not ended,
2 a word or DATABASE_URL is malformed, 3 the ledger is not as it was written, or is not the one that a receipt
comes from.`

	aboutVerify = `It changes nothing. It checks every event against the hash chain and every request against its events,
names the first one that was changed, and prints a line to keep for the next audit.

Without a receipt from outside, whoever can write the database can rewrite all of it. Give it receipts from
Slack threads:

    cloudpc-bot audit verify R-7K3F:3f9c0a1b2c3d R-9ABC:0d5e6f7a8b9c

It does not look at the tables that only help to find things: machines, gestures, and queue, where due times,
claims and cursors are.

Exit status: 0 the ledger is whole, 1 it cannot be read, 2 a receipt or DATABASE_URL is malformed, 3 the
ledger is not as it was written, or is not the one that a receipt comes from.`

	aboutShow = `It changes nothing. It prints what was asked, of which machine, who decided what, what became of it,
and every event with its receipt. Times are UTC. What was erased is not there; what waits in the queue is not shown.

Exit status: 0 done, 1 there is no such request, or the ledger cannot be read, 2 the id or DATABASE_URL is malformed.`

	aboutRedact = `It erases reasons, e-mail addresses and user principal names, names of machines and devices, what was
typed, messages of Graph, and what was known of somebody's use of a machine. There is no undo; it asks first, on
a terminal. It may run beside the bot: a bot that holds an older copy of the request cannot write it back.

A request that has not ended is refused and named, and then nothing is erased. With --person it is all requests
that somebody asked for, whose machine was theirs, that mention them, or in which they gave a reason, and those
whose machine had the same user; and the reason for the brakes, if they pulled them.

What stays is the record of who decided what, and when: the ids of people in Slack and in Entra, the ids of requests,
of Cloud PCs and of their devices, states, causes, options, plans, policies and times. The chain stays as it is and verifies.

What it cannot reach keeps the words: Slack's messages, the bot's logs, exports, and backups of the database. So
do, until they are vacuumed, PostgreSQL's files and what earlier versions left in free space of an SQLite file;
and, for good, messages of Graph that earlier versions wrote into the chain, which audit export and audit show
then leave out. For what is old by itself, set RETAIN.

Exit status: 0 erased, 1 a request is unknown, has not ended, or the answer was no, 2 an option or DATABASE_URL is
malformed, or there is no terminal to ask on and no --yes, 3 the ledger is not as it was written: it is evidence,
and nothing was erased.`
)

// aboutExport says what an export is, with a line for each of its fields.
func aboutExport() string {
	var fields strings.Builder
	for _, f := range ops.ExportedFields() {
		fmt.Fprintf(&fields, "    %-18s %s\n", f.Name, f.Help)
	}
	return `It changes nothing. It prints a JSON object on each line: every event in the order of the chain, refusals too, from
a time on (--from) and before another (--to), in UTC. Fields that are empty are left out. Their names never change,
and new ones may come:

` + fields.String() + `
The last line has type end, the number of events printed (events), the number of events in the whole ledger
(chain_count) and the hash of the last (chain_hash). Where it is missing, the export is not complete. To check
later that the ledger still is the one it came from:

    cloudpc-bot audit verify <chain_count>:<chain_hash>

It does not check the chain; verify does. Names are those at the time of the event where it has them, and else those
that the card showed.

Exit status: 0 done, 1 the ledger cannot be read, 2 a time or DATABASE_URL is malformed.`
}
