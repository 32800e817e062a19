package ledgertest

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cloudpc-bot/bot/ledger"
)

// queued is a row of the queue, as it was before the program opened the ledger. Times are microseconds.
type queued struct {
	kind        ledger.JobKind
	key, worker string
	due, leased int64 // 0 = never, none
	cursor      int
}

// claimable is when the job can be claimed.
func (q queued) claimable() int64 {
	if q.worker == "" {
		return q.due
	}
	return max(q.due, q.leased)
}

// keepsItsQueue checks that all that was due, now or later, is claimed at that very time, with the cursor
// that it had, and that what yesterday's worker has claimed is its own until the lease ends. What was due
// is read from the fixture's own tables, before they are migrated.
func (y yesterday) keepsItsQueue(t *testing.T) {
	h := y.open(t)
	queue, held := queueBefore(t, h)
	s, clock := opened(t, h)
	defer func() {
		var theirs []string
		jobs, err := s.Claim(t.Context(), ledger.JobStep, "yesterday's worker", time.Minute, 1000)
		must(t, err)
		for _, j := range jobs {
			theirs = append(theirs, j.Key)
		}
		slices.Sort(theirs)
		slices.Sort(held)
		if !slices.Equal(theirs, held) {
			t.Errorf("the worker that has the sign-ins claims %v, want %v", theirs, held)
		}
	}()
	instants := []int64{clock.at.Load()}
	seen := map[string]int{}
	for _, q := range queue {
		for _, at := range []int64{q.due, q.leased} {
			if at > clock.at.Load() {
				instants = append(instants, at-1, at)
			}
		}
		is := string(q.kind)
		switch now := clock.at.Load(); {
		case q.worker != "" && q.leased > now:
			seen[is+" claimed"]++
		case q.due <= now && q.cursor > 0:
			seen[is+" due, and told of something"]++
		case q.due <= now:
			seen[is+" due"]++
		default:
			seen[is+" due later"]++
		}
	}
	for _, what := range []string{"step claimed", "step due", "step due later", "thread claimed", "thread due later"} {
		if seen[what] == 0 {
			t.Errorf("the fixture has nothing of this: %s; it has %v", what, seen)
		}
	}
	slices.Sort(instants)
	const lease = 20 * 365 * 24 * time.Hour // nothing that is claimed here is claimed twice
	for _, at := range slices.Compact(instants) {
		clock.at.Store(at)
		first := slices.MinFunc(queue, func(a, b queued) int { return int(a.claimable() - b.claimable()) }).claimable()
		if next, err := s.Next(t.Context(), ""); err != nil || next.UnixMicro() != first {
			t.Fatalf("at %v next is %v, %v, want %v", clock.now(), next, err, time.UnixMicro(first).UTC())
		}
		for _, kind := range ledger.JobKinds() {
			want, got := map[string]int{}, map[string]int{}
			for i, q := range queue {
				if q.kind == kind && q.claimable() <= at {
					want[q.key] = q.cursor
					queue[i].worker, queue[i].leased = "today's worker", at+lease.Microseconds()
				}
			}
			jobs, err := s.Claim(t.Context(), kind, "today's worker", lease, 1000)
			must(t, err)
			for _, j := range jobs {
				got[j.Key] = j.Cursor
				if string(j.Req.ID) != j.Key && kind != ledger.JobReconcile {
					t.Errorf("the job of %s has the request %s", j.Key, j.Req.ID)
				}
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s at %v: jobs and their cursors (-want +got):\n%s", kind, clock.now(), diff)
			}
		}
	}
}

// queueBefore is what is due in a ledger that this program has not opened yet: of schema 1, or of a later one; and
// which steps only the worker may take that has a sign-in.
func queueBefore(t testing.TB, h Database) (all []queued, held []string) {
	t.Helper()
	micros := func(column string) string {
		if isPostgres(h.SQL) { // NULL and -infinity are no time
			return `CASE WHEN ` + column + ` > '-infinity' THEN (extract(epoch FROM ` + column + `) * 1000000)::bigint ELSE 0 END`
		}
		return `coalesce(` + column + `, 0)`
	}
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		must(t, err)
		return n
	}
	query := `SELECT kind, key, worker, ` + micros("due_at") + `, ` + micros("leased") + `, cursor FROM queue`
	if _, err := h.SQL.ExecContext(t.Context(), `SELECT 1 FROM queue`); err != nil { // schema 1: both kinds are columns of the request
		query = `SELECT 'step', id, worker, ` + micros("due_at") + `, ` + micros("leased") + `, 0 FROM requests
			UNION ALL SELECT 'thread', id, teller, ` + micros("tell_at") + `, ` + micros("tell_leased") + `, told FROM requests`
	}
	if _, err := h.SQL.ExecContext(t.Context(), `SELECT holder FROM queue`); err == nil {
		for _, row := range rows(t, h.SQL, `SELECT key FROM queue WHERE holder <> ''`) {
			held = append(held, row[0])
		}
	}
	for _, row := range rows(t, h.SQL, query) {
		if slices.Contains(held, row[1]) && row[0] == string(ledger.JobStep) {
			continue
		}
		q := queued{kind: ledger.JobKind(row[0]), key: row[1], worker: row[2], due: number(row[3]), leased: number(row[4]), cursor: int(number(row[5]))}
		if q.due != 0 {
			all = append(all, q)
		}
	}
	return all, held
}
