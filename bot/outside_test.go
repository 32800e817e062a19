package bot_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph/graphfake"
)

// auditworld is a tenant in which much is reprovisioned, and bots that read its audit log.
type auditworld struct {
	*world
	dice *rand.Rand
	eyes ledger.Store
	n    int             // machines so far
	want map[string]bool // by machine: it was erased past the bots; whether with their credential
	two  bool            // there are two replicas
	idle []*running      // the other one
}

// TestWhatOthersErasedIsReportedOnceEach has 200 machines reprovisioned within some hours: 155 by the bot, 40 by
// others and 5 by somebody who has the bot's credential. The audit log is late, doubled and in no order, and
// carries the id that was sent, one of its own, or none. The bots are restarted and one of them dies; on
// PostgreSQL there are two.
func TestWhatOthersErasedIsReportedOnceEach(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, w *world) {
		w.set["APPROVAL_CHANNEL"], w.set["RECONCILE_INTERVAL"] = "#approvals", "15m"
		w.tenant.Tune(func(c *graphfake.Config) { c.PageSize, c.AuditDoubled, c.AuditShuffled = 9, true, true })
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		a := &auditworld{world: w, dice: rand.New(rand.NewPCG(seed, 0)), eyes: w.open(), want: map[string]bool{}, two: strings.HasPrefix(w.ledger, "postgres")}
		a.must(w.start())
		a.must(w.idle())
		if a.two {
			a.other(w.start)
		}
		const rounds = 5
		for round := range rounds {
			for range 8 {
				a.byOthers(graphfake.Actor{User: "eve@example.com"}, a.machine())
			}
			a.byOthers(graphfake.Actor{App: w.tenant.ClientID(), AppName: "cloudpc-bot"}, a.machine())
			for range 31 {
				a.byBot()
			}
			for range 2 {
				w.pass(15 * time.Minute)
				a.must(w.idle())
			}
			switch round {
			case 1:
				a.must(w.restart())
			case 2:
				a.must(w.die())
				a.must(w.start())
			case 3:
				a.other(w.restart)
			}
		}
		for range 4 { // until the last event shows, and an hour more
			w.pass(29 * time.Minute)
			a.must(w.idle())
		}
		a.isRight()
	})
}

func (a *auditworld) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatalf("%v\n%s", err, a.picture())
	}
}

// other does something with the other replica, if there is one.
func (a *auditworld) other(do func() error) {
	a.t.Helper()
	if !a.two {
		return
	}
	first := a.bot
	if len(a.idle) > 0 {
		a.bot = a.idle[0]
	}
	a.must(do())
	a.idle, a.bot = []*running{a.bot}, first
}

// machine is the name of another machine.
func (a *auditworld) machine() string { a.n++; return fmt.Sprintf("PC-%03d", a.n) }

// id is what Graph calls a machine.
func (a *auditworld) id(name string) string { return uuid.NewSHA1(uuid.Nil, []byte(name)).String() }

// log tells the audit log of a reprovision that was done at some time. It shows up to 50 minutes later.
func (a *auditworld) log(name string, e graphfake.AuditEvent) {
	e.PC, e.Name = a.id(name), name
	e.Visible = e.At.Add(time.Duration(a.dice.IntN(50)) * time.Minute)
	a.tenant.Audit(e)
}

// byOthers is an erase past the bot: each is news.
func (a *auditworld) byOthers(by graphfake.Actor, name string) {
	a.want[name] = by.App != ""
	a.log(name, graphfake.AuditEvent{At: a.clock.now(), Actor: by, CorrelationID: uuid.NewString()})
}

// byBot is a call of the bot's, as the ledger and the audit log have it. It may have been refused first and sent
// again. The bot's own actor, which proves nothing, is sometimes missing, and the clocks differ.
func (a *auditworld) byBot() {
	name, ctx, at := a.machine(), a.t.Context(), a.eyes.Now()
	r := ledger.New(command.Order{Verb: command.Reprovision, PC: name}, ada, channels["#it"], ledger.Interaction{Envelope: name}, 0, at)
	later := at.Add(1000 * time.Hour) // so that no bot works on it
	r.Due = later
	made, err := ledger.CreateWithID(ctx, a.eyes, r)
	a.must(err)
	step := func(do func(r *ledger.Revision) error) {
		a.t.Helper()
		made, err = ledger.Update(ctx, a.eyes, made, func(r *ledger.Revision) error {
			err := do(r)
			if r.Told = ledger.JobThread; !r.State.Ended() {
				r.Due = later
			}
			return err
		})
		a.must(err)
	}
	step(func(r *ledger.Revision) error { return r.Locate(ledger.Target{ID: a.id(name), Name: name}) })
	step(func(r *ledger.Revision) error {
		return r.Show(ledger.Thread{Channel: channels["#it"], TS: name}, at, 8*time.Hour)
	})
	calls := 1 + a.dice.IntN(5)/4
	for n := range calls {
		call := uuid.NewString()
		r := made.Revise()
		a.must(r.Submit(call, at, at.Add(30*time.Second)))
		r.Due, r.Told = later, ledger.JobThread
		made, err = a.eyes.Submit(ctx, *r, ledger.Budget{})
		a.must(err)
		outcome, result := ledger.Acted, "success"
		if n < calls-1 {
			outcome, result = ledger.NotActed, "clientError"
		}
		step(func(r *ledger.Revision) error {
			return r.Answer(ledger.Answer{CallID: call, Outcome: outcome, NextAt: at.Add(time.Hour)}, at)
		})
		e := graphfake.AuditEvent{At: at.Add(time.Duration(a.dice.IntN(260)-110) * time.Second), Result: result, Actor: graphfake.Actor{App: a.tenant.ClientID()}}
		switch a.dice.IntN(3) {
		case 0:
			e.CorrelationID = strings.ToUpper(call)
			e.At = at.Add(time.Duration(a.dice.IntN(40)) * time.Minute)
		case 1:
			e.CorrelationID = uuid.NewString()
		}
		if a.dice.IntN(4) == 0 {
			e.Actor = graphfake.Actor{}
		}
		a.log(name, e)
	}
	step(func(r *ledger.Revision) error { return r.Succeed(ledger.Target{ID: a.id(name)}, ledger.Cause{}, at) })
}

// isRight checks what people were told, what the ledger holds, and what was counted.
func (a *auditworld) isRight() {
	told := map[string]int{}
	for _, card := range a.toldOutside() {
		own := strings.Contains(card, "using this bot's credential")
		for _, line := range strings.Split(card, "•")[1:] {
			for name, is := range a.want {
				if strings.Contains(line, name+" was erased") {
					told[name]++
					if is != own {
						a.t.Errorf("%s is told in the wrong card: %s", name, card)
					}
				}
			}
		}
		if n := strings.Count(card, "•"); n > 10 || own && !strings.Contains(card, "Rotate:") {
			a.t.Errorf("a card with %d lines: %s", n, card)
		}
	}
	lines := strings.Count(strings.Join(a.toldOutside(), "\n"), "•")
	for name := range a.want {
		if told[name] != 1 {
			a.t.Errorf("%s was told %d times", name, told[name])
		}
	}
	events, err := a.eyes.Events(a.t.Context(), "", 0)
	a.must(err)
	own := 0
	for _, e := range events {
		if e.Outside.Own {
			own++
		}
		if mine, is := a.want[e.Texts[ledger.TextName]]; !is || mine != e.Outside.Own {
			a.t.Errorf("it is in the ledger: %+v", e)
		}
	}
	var receipts []ledger.Receipt
	for _, card := range a.toldOutside() {
		_, text, _ := strings.Cut(card, "receipt ")
		receipt, err := ledger.ParseReceipt(strings.Trim(strings.Fields(text + " none")[0], "`"))
		a.must(err)
		receipts = append(receipts, receipt)
	}
	report, err := a.eyes.Verify(a.t.Context(), receipts...)
	if err != nil || len(events) != 45 || own != 5 || lines != 45 || report.Requests != 155 || a.erases.Load() != 45 {
		a.t.Errorf("%d events, %d of them with our credential, %d lines, %d requests, %d counted; %v", len(events), own, lines, report.Requests, a.erases.Load(), err)
	}
}
