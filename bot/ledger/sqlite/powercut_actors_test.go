package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
)

// work has three actors do one thing after another each, from before there is a file until the store is
// closed. They are few because what waits at the same time shares a transaction: among more of them
// hardly a claim would be committed without a fact beside it.
func (e *experiment) work() {
	e.takeImages(true)
	defer e.takeImages(false)
	s := e.open(e.dir, e.clock.now)
	defer s.Close()
	raw, err := sql.Open("sqlite", "file:"+file(e.dir)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		e.t.Fatal(err)
	}
	defer raw.Close()
	crowd := e.crowd(s)
	var all sync.WaitGroup
	for n := range 3 {
		a := &actor{experiment: e, s: s, raw: raw, crowd: crowd, n: n, dice: rand.New(rand.NewPCG(e.seed, uint64(n+1)))}
		all.Go(func() {
			for step := 0; step < 30 && !e.t.Failed(); step++ {
				if err := a.act(); err != nil {
					e.t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

const year = 365 * 24 * time.Hour

// crowd is a request that everybody has a part in, and that no approval ends.
func (e *experiment) crowd(s *sqlite.Store) ledger.Request {
	r, err := ledger.Update(e.t.Context(), s, ask(e.t, s, "CPC-crowd"), func(r *ledger.Revision) error {
		r.ApprovalsNeeded = 1000
		return r.Show(ledger.Thread{Channel: "C1", TS: "crowd"}, s.Now(), year)
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return r
}

// actor is one of those who work.
type actor struct {
	*experiment
	s     *sqlite.Store
	raw   *sql.DB
	dice  *rand.Rand
	n     int
	asked int              // requests so far
	mine  []ledger.Request // those of them that are not at an end
	crowd ledger.Request   // everybody's
	brake int              // how often it has pulled them or let go; only one has them
}

func (a *actor) act() error {
	ctx := a.t.Context()
	if a.dice.IntN(2) == 0 {
		ctx = ledger.WithPriority(ctx)
	}
	roll := a.dice.IntN(20)
	switch {
	case roll < 3 || roll < 8 && len(a.mine) == 0:
		return a.ask(ctx)
	case roll < 8:
		return a.goOn(ctx, a.dice.IntN(len(a.mine)), a.dice.IntN(4) == 0)
	case roll < 9:
		return a.note(ctx)
	case roll < 10:
		return a.press(ctx)
	case roll < 11 && a.n == 0:
		return a.pull(ctx)
	case roll < 12:
		return a.checkpoint(ctx)
	case roll < 15:
		return a.tell(ctx)
	}
	got, err := claim(ctx, a.s, fmt.Sprint("worker ", a.n), false, 3)
	if err == nil && len(got) > 0 && roll < 17 {
		err = renew(ctx, a.s, fmt.Sprint("worker ", a.n), []string{got[0].Key})
	}
	return err
}

func (a *actor) ask(ctx context.Context) error {
	machine := fmt.Sprint("pc-", a.n, "-", a.asked)
	a.asked++
	r, err := ledger.CreateWithID(ctx, a.s, ledger.New(command.Order{PC: "CPC-" + machine, Reason: "slow"}, person(1), "C1",
		ledger.Interaction{Envelope: machine, Trigger: "t " + machine}, 1, a.s.Now()))
	if err != nil {
		return err
	}
	a.mine = append(a.mine, r)
	a.acknowledged("the request "+string(r.ID), func(x *found) error { x.created = append(x.created, r); return stands(r)(x) })
	return nil
}

// goOn takes one of its requests a step further, or ends it.
func (a *actor) goOn(ctx context.Context, i int, ends bool) error {
	r, at, swap := a.mine[i].Revise(), a.s.Now(), a.s.Replace
	var err error
	switch {
	case r.State == ledger.Resolving:
		err = errors.Join(r.Locate(ledger.Target{ID: string(r.ID), Name: r.Order.PC}), r.Show(ledger.Thread{Channel: "C1", TS: string(r.ID)}, at, year))
	case r.State == ledger.Pending && ends:
		err = r.Deny(person(2), at)
	case r.State == ledger.Pending:
		err = r.Approve(person(2), at, year)
	case r.State == ledger.Approved && ends:
		err = r.Cancel(r.Requester, at)
	case r.State == ledger.Approved:
		err = r.Submit("call "+string(r.ID), at, at.Add(time.Minute))
		swap = func(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
			return a.s.Submit(ctx, r, ledger.Budget{})
		}
	default:
		err = r.LeaveUnconfirmed(ledger.Cause{Code: ledger.LostAnswer}, at)
	}
	var next ledger.Request
	if err == nil {
		next, err = swap(ctx, *r)
	}
	var frozen *ledger.FrozenError
	switch {
	case errors.As(err, &frozen):
		return nil
	case err != nil:
		return err
	}
	next.Idle = false // of the moment
	if a.mine[i] = next; next.State.Ended() || next.State == ledger.Unconfirmed {
		a.mine = slices.Delete(a.mine, i, i+1)
	}
	a.acknowledged(fmt.Sprintf("%s, %s", next.ID, next.State), stands(next))
	return nil
}

// note appends an event to everybody's request.
func (a *actor) note(ctx context.Context) error {
	e := a.crowd.Repelled(person(int(a.clock.ticks.Add(1))), auth.Approve, auth.NotAdmin, a.s.Now())
	err := a.s.AppendEvent(ctx, a.crowd.ID, e)
	if err == nil {
		a.acknowledged("a note about "+e.By.ID, has(a.crowd.ID, e.Same))
	}
	return err
}

// press approves everybody's request, as others may do at the same time.
func (a *actor) press(ctx context.Context) error {
	by := person(int(a.clock.ticks.Add(1)))
	_, err := ledger.Update(ctx, a.s, a.crowd, func(r *ledger.Revision) error { return r.Approve(by, a.s.Now(), year) })
	if err == nil {
		a.acknowledged("the approval by "+by.ID, has(a.crowd.ID, func(e ledger.Event) bool { return e.Kind == ledger.WasApproved && e.By == by }))
	}
	return err
}

// pull pulls the brakes or releases them. From before the call until its return either may be in the
// image.
func (a *actor) pull(ctx context.Context) error {
	a.acknowledged("", func(x *found) error { x.brakes = nil; return nil })
	why := ""
	var err error
	if a.brake++; a.brake%2 == 1 {
		why = fmt.Sprint("reason ", a.brake)
		_, err = a.s.Freeze(ctx, person(1), why)
	} else {
		_, err = a.s.Unfreeze(ctx)
	}
	if err == nil {
		a.acknowledged("the brakes", func(x *found) error { x.brakes = &why; return nil })
	}
	return err
}

// checkpoint has SQLite move its write-ahead log into the database, as it does by itself once that is
// 1000 pages long, and as an operator's tools do.
func (a *actor) checkpoint(ctx context.Context) error {
	mode := []string{"PASSIVE", "FULL", "RESTART", "TRUNCATE"}[a.dice.IntN(4)]
	_, err := a.raw.ExecContext(ctx, "PRAGMA wal_checkpoint("+mode+")")
	return err
}

// tell moves the cursor of what is to be told.
func (a *actor) tell(ctx context.Context) error {
	worker := fmt.Sprint("worker ", a.n)
	got, err := claim(ctx, a.s, worker, true, 2)
	for _, j := range got {
		r := j.Req
		switch err := moveCursor(ctx, a.s, worker, j); {
		case errors.Is(err, ledger.ErrStale): // the lease is over
		case err != nil:
			return err
		default:
			a.acknowledged(fmt.Sprintf("the cursor of %s at %d", r.ID, r.Events), func(x *found) error {
				if at := x.told[r.ID]; at < r.Events {
					return fmt.Errorf("it is at %d", at)
				}
				return nil
			})
		}
	}
	return err
}

// The queue, of which the tests of a power failure know no more than claim, renew and moveCursor.

const lease = time.Second // by the ticking clock

func claim(ctx context.Context, s *sqlite.Store, worker string, tell bool, n int) ([]ledger.Job, error) {
	if tell {
		return s.Claim(ctx, ledger.JobThread, worker, lease, n)
	}
	return s.Claim(ctx, ledger.JobStep, worker, lease, n)
}

func renew(ctx context.Context, s *sqlite.Store, worker string, keys []string) error {
	return s.Renew(ctx, worker, lease, ledger.JobStep, keys)
}

func moveCursor(ctx context.Context, s *sqlite.Store, worker string, j ledger.Job) error {
	_, err := s.Finish(ctx, worker, j, j.Req.Events, time.Time{})
	return err
}
