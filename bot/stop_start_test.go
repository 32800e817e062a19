package bot_test

import (
	"runtime"
	"testing"
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// stoppedAtTheStart are the tests in which it waits for the first answer of a service, or
// pauses after none.
func stoppedAtTheStart(program string) map[string]func(*testing.T) {
	tests := map[string]func(*testing.T){}
	for name, row := range map[string]struct {
		change func(*shippedWorld)
		until  func(*shippedWorld) func() bool
	}{
		"Entra hangs": {
			func(w *shippedWorld) {
				w.tenant.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Hang: true})
			},
			func(w *shippedWorld) func() bool { return func() bool { return len(w.tenant.Calls()) > 0 } },
		},
		"Slack hangs": {
			func(w *shippedWorld) { w.slack.Fail("auth.test", aHang) },
			func(w *shippedWorld) func() bool { return w.called("auth.test") },
		},
		"Slack is out of reach": {
			func(w *shippedWorld) { w.slack.Fail("auth.test", slackfake.Fault{Drop: true}) },
			func(w *shippedWorld) func() bool { return w.logs.has("the bot waits for a service") },
		},
		"no address of a socket comes": {
			func(w *shippedWorld) { w.slack.Fail("apps.connections.open", aHang) },
			func(w *shippedWorld) func() bool { return w.called("apps.connections.open") },
		},
		"Slack wants no sockets for an hour": {
			func(w *shippedWorld) { w.slack.Fail("apps.connections.open", slackfake.Fault{RetryAfter: time.Hour}) },
			func(w *shippedWorld) func() bool { return w.logs.has("Slack did not open a socket") },
		},
		"no socket opens": {
			func(w *shippedWorld) {
				tap := newTap(w.t, w.slack.URL())
				tap.silent.Store(true)
				w.env["SLACK_API_URL"] = tap.URL + "/api/"
			},
			func(w *shippedWorld) func() bool { return w.called("apps.connections.open") },
		},
		"sockets are refused": {
			func(w *shippedWorld) { w.slack.RefuseSockets(true) },
			func(w *shippedWorld) func() bool { return w.logs.has("Slack did not open a socket") },
		},
		"PostgreSQL is out of reach": {
			func(w *shippedWorld) { w.env["DATABASE_URL"] = "postgres://127.0.0.1:1/test" },
			func(w *shippedWorld) func() bool { return w.logs.has("the bot waits for a service") },
		},
	} {
		tests["at the start/"+name] = func(t *testing.T) {
			w := newShippedWorld(t, program, "sqlite")
			row.change(w)
			p := w.begin()
			w.until("it is so far", row.until(w))
			p.stop(promptly)
		}
	}
	tests["at the start/the sockets are lost"] = func(t *testing.T) {
		w := newShippedWorld(t, program, "sqlite")
		p := w.launch()
		w.slack.RefuseSockets(true)
		w.slack.DropSockets()
		w.until("it pauses", w.logs.has("Slack did not open a socket"))
		p.stop(promptly)
	}
	for database, lock := range map[string]string{"sqlite": ``, "postgres": `LOCK TABLE goose_db_version IN ACCESS EXCLUSIVE MODE`} {
		tests["at the start/the ledger is locked/"+database] = func(t *testing.T) {
			if database == "sqlite" && runtime.GOOS != "linux" {
				t.Skip("SKIPPED: what files a process has open is not seen here")
			}
			w := newShippedWorld(t, program, database)
			w.open() // it has its tables
			_ = w.busy(0)
			after(w.ctx, 20*time.Second, holdLedger(w.ctx, t, w.ledger, lock, `ROLLBACK`))
			p := w.begin()
			looks := 0
			w.until("it waits for the lock, and has for a while", func() bool {
				if p.waits() {
					looks++
				}
				return looks >= 10
			})
			p.stop(inTime)
		}
	}
	return tests
}
