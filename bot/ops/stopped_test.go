package ops_test

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

func TestStopsWhenAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		cmd := w.launch()
		began := time.Now()
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", sig, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%v: took %v", sig, took)
		}
	}
}

func TestKilledAnywhereItGoesOnAndActsOnce(t *testing.T) {
	type at struct {
		side, kind, phase string // slack: method; graph: kind; socket: event
		nth               int    // which one of these
	}
	for _, point := range []at{
		{"socket", "", "envelope sent", 1}, {"socket", "", "acked", 1},
		{"graph", graphfake.Batch, graphfake.Arrived, 1}, {"graph", graphfake.Batch, graphfake.Answered, 1}, // it is found
		{"graph", graphfake.Batch, graphfake.Arrived, 2}, {"graph", graphfake.Batch, graphfake.Answered, 2}, // it is inspected
		{"graph", graphfake.GetImage, graphfake.Arrived, 1}, {"graph", graphfake.GetImage, graphfake.Answered, 1},
		{"slack", "chat.postMessage", slackfake.Arrived, 1}, {"slack", "chat.postMessage", slackfake.Answered, 1},
		{"graph", graphfake.Batch, graphfake.Arrived, 3}, {"graph", graphfake.Batch, graphfake.Answered, 3}, // it is rechecked
		{"graph", graphfake.Reprovision, graphfake.Arrived, 1}, {"graph", graphfake.Reprovision, graphfake.Acted, 1},
		{"graph", graphfake.Reprovision, graphfake.Answered, 1},
		{"slack", "chat.update", slackfake.Arrived, 1}, {"slack", "chat.update", slackfake.Answered, 1},
		{"slack", "chat.postMessage", slackfake.Arrived, 2}, {"slack", "chat.postMessage", slackfake.Answered, 2},
		{"graph", graphfake.Get, graphfake.Arrived, 3}, {"graph", graphfake.Get, graphfake.Answered, 1}, // it is followed
		{"graph", graphfake.Get, graphfake.Answered, 2}, {"graph", graphfake.Get, graphfake.Answered, 4},
		{"slack", "chat.update", slackfake.Answered, 2}, {"slack", "chat.postMessage", slackfake.Arrived, 3},
	} {
		t.Run(fmt.Sprintf("%s %s %s %d", point.side, point.kind, point.phase, point.nth), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tenant.Tune(func(c *graphfake.Config) { c.Build = 2 * time.Second }) // on a busy machine too it is looked at often enough
			var n atomic.Int32
			dead := make(chan struct{})
			hit := func(kind, phase string) {
				if kind == point.kind && phase == point.phase && int(n.Add(1)) == point.nth {
					w.kill()
					close(dead)
				}
			}
			switch point.side {
			case "slack":
				w.slack.OnCall(func(c slackfake.Call, phase string) { hit(c.Method, phase) })
			case "graph":
				w.tenant.OnCall(func(c graphfake.Call, phase string) { hit(c.Kind, phase) })
			case "socket":
				w.slack.OnSocket(func(event string) { hit("", event) })
			}
			w.launch()
			typed := w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
			select {
			case <-dead:
			case <-w.ctx.Done():
				t.Fatalf("the point was not reached\n%s", w.story())
			}
			w.wait("Slack to notice", func() bool { return w.slack.Sockets() == 0 })
			w.launch()
			if point.phase == "envelope sent" { // not acknowledged: the person types again, or Slack repeats it
				w.slack.Redeliver(typed, false)
			}
			// It either did it, once, or died between writing the call down and sending it:
			// then it does not send it any more, and says that it does not know.
			w.wait("the end of the story", func() bool {
				return w.told("Done. CPC-ada is ready")() || len(w.tenant.Posts()) == 0 && w.told("I don't know yet whether this worked")()
			})
			posts, status := w.tenant.Posts(), "Ready."
			if len(posts) == 0 {
				status = "Not confirmed."
			}
			w.wait("the card to be true", func() bool {
				for _, m := range w.slack.Messages("C_IT") {
					if m.ThreadTS == "" && strings.Contains(m.Plain(), status) {
						return true
					}
				}
				return false
			})
			for _, m := range w.slack.Messages("C_IT") {
				if m.ThreadTS == "" && strings.Contains(m.Plain(), "Sending it to Microsoft") {
					t.Errorf("a card was left behind: %s", m.Plain())
				}
			}
			if len(posts) > 1 || w.tenant.Wipes(pc) != len(posts) {
				t.Errorf("%d POSTs, %d wipes\n%s", len(posts), w.tenant.Wipes(pc), w.story())
			}
		})
	}
}

// TestPausedBeforeThePOST stops a process when it has written down that the call goes out
// and nothing has left yet, lets another one settle the matter, and wakes it.
func TestPausedBeforeThePOST(t *testing.T) {
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed %v", killed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if !killed { // on SQLite, who is stopped in the middle of a write lets nobody else write
				w.env["DATABASE_URL"] = ledgertest.Postgres(t)
			}
			var open func()
			var batches atomic.Int32 // to find it, to inspect it, to recheck it
			shut := make(chan struct{})
			w.tenant.OnCall(func(c graphfake.Call, phase string) {
				if c.Kind == graphfake.Batch && phase == graphfake.Answered && batches.Add(1) == 3 {
					open = w.tenant.Shut() // the next new connection is the POST's own
					close(shut)
				}
			})
			first := w.launch()
			w.slack.Type("U_ADA", "C_IT", "CPC-ada")
			<-shut
			w.wait("the call to be written down", func() bool {
				return strings.Contains(w.logged(), "event=submitted")
			})
			if killed {
				w.kill()
			} else {
				if err := first.Process.Signal(syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			w.slack.DropSockets() // Slack notices that nobody answers
			open()
			w.mu.Lock()
			w.proc = nil
			w.mu.Unlock()
			w.launch()
			w.wait("the other one to settle it", w.told("I don't know yet whether this worked"))
			if !killed {
				if err := first.Process.Signal(syscall.SIGCONT); err != nil {
					t.Fatal(err)
				}
				w.wait("the first to wake", func() bool { return w.slack.Sockets() >= 3 })
				if err := first.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				if err := first.Wait(); err != nil {
					t.Errorf("the first did not stop well: %v", err)
				}
			}
			if posts := w.tenant.Posts(); len(posts) != 0 {
				t.Errorf("a call went out after its deadline: %+v", posts)
			}
			if strings.Contains(w.story(), "Done.") {
				t.Errorf("it says done:\n%s", w.story())
			}
		})
	}
}
