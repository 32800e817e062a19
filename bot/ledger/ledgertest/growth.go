package ledgertest

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Growth measures what a ledger costs that is ten times as large as the one before: with ten times the
// ended requests, cards that wait for approval, and runs that are followed at once. The metric x-cost is
// how many times the fastest tenth grew, which other work on the machine disturbs least. GROWTH is how many
// ended requests there are in the end, 100,000 unless it is set.
func Growth(b *testing.B, database func(testing.TB) Database) {
	most := 100_000
	if text := os.Getenv("GROWTH"); text != "" {
		var err error
		if most, err = strconv.Atoi(text); err != nil || most < 10_000 {
			b.Fatalf("GROWTH=%s: want a number of requests, at least 10000", text)
		}
	}
	b.Run("ended", func(b *testing.B) {
		g := newGrowth(b, database)
		patterns := ended(b, g.store, g.clock)
		waiting := enterPattern(b, g.store, g.clock, "6", shownAt)
		growLive(b, g.SQL, waiting.ID, 0, 40)
		for had, n := 0, 10_000; n <= most; had, n = n, n*10 {
			growEnded(b, g.SQL, patterns, had, n)
			b.Run(fmt.Sprint(n), func(b *testing.B) {
				g.work(b)
				questions := Questions()
				for _, name := range slices.Sorted(maps.Keys(questions)) {
					g.ask(b, name, questions[name])
				}
				g.start(b)
			})
		}
	})
	b.Run("waiting", func(b *testing.B) {
		g := newGrowth(b, database)
		waiting := enterPattern(b, g.store, g.clock, "6", shownAt)
		for had, n := 0, 100; n <= 10_000; had, n = n, n*10 {
			growLive(b, g.SQL, waiting.ID, had, n)
			b.Run(fmt.Sprint(n), func(b *testing.B) {
				g.work(b)
				for _, name := range []string{"list", "list, her own", "being posted"} {
					g.ask(b, name, Questions()[name])
				}
				g.start(b)
			})
		}
	})
	b.Run("followed", func(b *testing.B) {
		g := newGrowth(b, database)
		run := enterPattern(b, g.store, g.clock, "7", shownAt, approvedBy(ben), submitted, answered(ledger.Acted, ""), (*ledger.Revision).SeeRun)
		g.clock.pass(time.Hour)
		for had, n := 1, 10; n <= 1000; had, n = n, n*10 {
			growLive(b, g.SQL, run.ID, had, n)
			b.Run(fmt.Sprint(n), func(b *testing.B) { g.follow(b, n) })
		}
	})
}

// growth is a ledger that grows, and what it cost before it did.
type growth struct {
	Database
	store  ledger.Store
	clock  *clock
	before map[string]float64 // what was reported of an operation at a tenth of the size
}

func newGrowth(b *testing.B, database func(testing.TB) Database) *growth {
	g := &growth{Database: database(b), clock: newClock(), before: map[string]float64{}}
	g.store = g.Open(g.clock.now)
	return g
}

// measure measures do; between is done untimed after each.
func (g *growth) measure(b *testing.B, what string, do, between func(b *testing.B)) {
	b.Run(strings.ReplaceAll(what, " ", "-"), func(b *testing.B) {
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			do(b)
			took = append(took, time.Since(began))
			if between != nil {
				between(b)
			}
		}
		slices.Sort(took)
		b.ReportMetric(microseconds(took[len(took)/2]), "p50-us")
		g.report(b, what, microseconds(took[len(took)/10]), "p10-us")
	})
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// report reports a figure, and how many times as much it is as at a tenth of the size.
func (g *growth) report(b *testing.B, what string, figure float64, unit string) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(figure, unit)
	if before := g.before[what]; before > 0 {
		b.ReportMetric(figure/before, "x-cost")
	}
	g.before[what] = figure
}

// work measures what a request waits for on its way: the write before an acknowledgement, a claim of the
// only job that is due, and when the next one is.
func (g *growth) work(b *testing.B) {
	g.measure(b, "create", func(b *testing.B) {
		r := ask("CPC-ada", g.store.Now())
		r.Due = g.store.Now().Add(time.Hour)
		create(b, g.store, r)
	}, nil)
	g.measure(b, "next", func(b *testing.B) {
		_, err := g.store.Next(b.Context(), "")
		must(b, err)
	}, nil)
	r := enter(b, g.store, "CPC-ada")
	var got []ledger.Job
	g.measure(b, "claim", func(b *testing.B) {
		var err error
		if got, err = g.store.Claim(b.Context(), ledger.JobStep, "one", time.Minute, 40); err != nil || len(got) != 1 || got[0].Req.ID != r.ID {
			b.Fatal(got, err)
		}
	}, func(b *testing.B) { must(b, g.store.Release(b.Context(), "one", got[0])) })
	g.measure(b, "swap", func(b *testing.B) { r = replace(b, g.store, r) }, nil)
	const made = `(SELECT id FROM requests WHERE live AND state = 'resolving')`
	exec(b, g.SQL, `DELETE FROM texts WHERE number IN (SELECT number FROM events WHERE request IN `+made+`); DELETE FROM events WHERE request IN `+made+
		`; DELETE FROM queue WHERE key IN `+made+`; DELETE FROM requests WHERE id IN `+made)
}

// ask measures a search.
func (g *growth) ask(b *testing.B, name string, q ledger.Query) {
	g.measure(b, name, func(b *testing.B) { found(b, g.store, q) }, nil)
}

// start measures how long it takes to open the ledger, and what this process holds in memory by then.
func (g *growth) start(b *testing.B) {
	g.measure(b, "open", func(b *testing.B) { must(b, g.Open(g.clock.now).Close()) }, nil)
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			debug.FreeOSMemory()
		}
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			b.Skip("it is read from Linux's /proc")
		}
		_, rest, _ := strings.Cut(string(status), "VmRSS:")
		var kilobytes float64
		_, err = fmt.Sscan(rest, &kilobytes)
		must(b, err)
		g.report(b, "memory", kilobytes/1024, "MB-resident")
	})
}

// follow measures a round of n runs that are all due, as a worker goes it: claims of up to 40, and of
// each run a look that finds nothing new.
func (g *growth) follow(b *testing.B, n int) {
	g.measure(b, "round", func(b *testing.B) {
		looked := 0
		for {
			got, err := g.store.Claim(b.Context(), ledger.JobStep, "one", time.Minute, 40)
			must(b, err)
			if len(got) == 0 {
				break
			}
			looked += len(got)
			var all sync.WaitGroup
			for _, j := range got {
				all.Go(func() {
					r := j.Req.Revise()
					r.ReleasesClaim = true
					err := r.ScheduleLook(g.clock.now().Add(time.Minute))
					if err == nil {
						_, err = g.store.Replace(b.Context(), *r)
					}
					if err != nil {
						b.Error(err)
					}
				})
			}
			all.Wait()
		}
		if looked != n {
			b.Fatalf("%d of %d runs were looked at", looked, n)
		}
	}, func(*testing.B) { g.clock.pass(2 * time.Minute) })
	g.measure(b, "next", func(b *testing.B) {
		_, err := g.store.Next(b.Context(), "")
		must(b, err)
	}, nil)
}

// Migration measures how long the program takes to open a ledger with 200,000 requests that the first
// version wrote. Name and database are those of Yesterday.
func Migration(b *testing.B, name string, database func(t testing.TB, fixture []byte) Database) {
	const requests = 200_000
	var h Database
	b.Run(fmt.Sprint(requests), func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			h = database(b, unzip(b, "testdata/1/"+name+".gz"))
			exec(b, h.SQL, `UPDATE requests SET worker = '', teller = ''`)
			for i, id := range endedIn(b, h.SQL) {
				multiply(b, h.SQL, id, 1_000_000+i, 1_000_000+requests, 4, true) // none has the id of one that is there
			}
			settle(b, h.SQL)
			b.StartTimer()
			h.Open(newClock().now)
		}
	})
}

// endedIn are four requests of a ledger that have ended.
func endedIn(t testing.TB, db *sql.DB) (ids []ledger.ID) {
	for _, row := range rows(t, db, `SELECT id FROM requests WHERE state IN ('succeeded', 'failed', 'denied', 'voided') ORDER BY id LIMIT 4`) {
		ids = append(ids, ledger.ID(row[0]))
	}
	return ids
}
