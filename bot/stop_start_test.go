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
		change func(*site)
		until  func(*site) func() bool
	}{
		"Entra hangs": {
			func(s *site) { s.tenant.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Hang: true}) },
			func(s *site) func() bool { return func() bool { return len(s.tenant.Calls()) > 0 } },
		},
		"Slack hangs": {
			func(s *site) { s.slack.Fail("auth.test", aHang) },
			func(s *site) func() bool { return s.called("auth.test") },
		},
		"Slack is out of reach": {
			func(s *site) { s.slack.Fail("auth.test", slackfake.Fault{Drop: true}) },
			func(s *site) func() bool { return s.logs.has("waiting for a service") },
		},
		"no address of a socket comes": {
			func(s *site) { s.slack.Fail("apps.connections.open", aHang) },
			func(s *site) func() bool { return s.called("apps.connections.open") },
		},
		"Slack wants no sockets for an hour": {
			func(s *site) { s.slack.Fail("apps.connections.open", slackfake.Fault{RetryAfter: time.Hour}) },
			func(s *site) func() bool { return s.logs.has("socket not opened") },
		},
		"no socket opens": {
			func(s *site) {
				tap := newTap(s.t, s.slack.URL())
				tap.silent.Store(true)
				s.env["SLACK_API_URL"] = tap.URL + "/api/"
			},
			func(s *site) func() bool { return s.called("apps.connections.open") },
		},
		"sockets are refused": {
			func(s *site) { s.slack.RefuseSockets(true) },
			func(s *site) func() bool { return s.logs.has("socket not opened") },
		},
		"PostgreSQL is out of reach": {
			func(s *site) { s.env["DATABASE_URL"] = "postgres://127.0.0.1:1/test" },
			func(s *site) func() bool { return s.logs.has("waiting for a service") },
		},
	} {
		tests["at the start/"+name] = func(t *testing.T) {
			s := newSite(t, program, "sqlite")
			row.change(s)
			p := s.begin()
			s.until("it is so far", row.until(s))
			p.stop(promptly)
		}
	}
	tests["at the start/the sockets are lost"] = func(t *testing.T) {
		s := newSite(t, program, "sqlite")
		p := s.launch()
		s.slack.RefuseSockets(true)
		s.slack.DropSockets()
		s.until("it pauses", s.logs.has("socket not opened"))
		p.stop(promptly)
	}
	for home, lock := range map[string]string{"sqlite": ``, "postgres": `LOCK TABLE goose_db_version IN ACCESS EXCLUSIVE MODE`} {
		tests["at the start/the ledger is locked/"+home] = func(t *testing.T) {
			if home == "sqlite" && runtime.GOOS != "linux" {
				t.Skip("SKIPPED: what files a process has open is not seen here")
			}
			s := newSite(t, program, home)
			s.open() // it has its tables
			_ = s.busy()
			after(s.ctx, 20*time.Second, holdLedger(s.ctx, t, s.ledger, lock, `ROLLBACK`))
			p := s.begin()
			looks := 0
			s.until("it waits for the lock, and has for a while", func() bool {
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
