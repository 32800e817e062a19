package bot

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

// throttled is how many failures a call counts for that Graph throttles without saying for how
// long: it is left alone for some seconds, and then longer each time, up to a minute.
const throttled = 3

// freshness is how old what was read just before the call may become before it is written
// down, besides the time that one answer of Graph's may take: who slept over it reads anew.
const freshness = 30 * time.Second

// submit acts on an approval: it looks at people and machine once more, writes down that
// the call goes out, makes the call, and writes down what came of it.
func (b *Bot) submit(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	if end := b.lapses(r); !b.Store.Now().Before(end) {
		return b.swap(ctx, r, func(r *ledger.Request) error {
			r.Expires = end
			return r.Expire(b.Store.Now())
		})
	}
	// The swap is what the brakes hold; to look at them first saves the looks at Graph that
	// would be old when they are released.
	brakes, err := b.Store.Brakes(ctx)
	if err != nil {
		return r, err
	}
	if held, _ := braked(&ledger.FrozenError{Brakes: brakes}); brakes.Frozen {
		return b.wait(ctx, r, *held, 0)
	}
	stale := b.Store.Now().Add(b.GraphTimeout + freshness) // what is read from here on counts until then
	seen, no, passes, err := b.recheck(ctx, r)
	switch {
	case errors.Is(err, graph.ErrNotFound):
		return b.miss(ctx, r)
	case err != nil:
		b.log(r).Warn("Graph did not say whether the machine is as it was", "error", err)
		return b.wait(ctx, r, trouble(err), retryAfter(err))
	case no == nil && passes != nil:
		return b.rest(ctx, r, *passes, b.FollowInterval/4)
	}
	if no == nil { // people last: a look at Graph can take long
		var waits *ledger.Cause
		var rest time.Duration
		if no, waits, rest = b.rejudge(ctx, r); waits != nil {
			return b.wait(ctx, r, *waits, rest)
		}
	}
	if no != nil {
		return b.swap(ctx, r, func(r *ledger.Request) error { return r.Void(*no, b.Store.Now()) })
	}

	if b.stopping.Load() {
		return r, nil // it is due still, for whoever comes next
	}
	// The deadline by this process's own clock is taken first, so that it never lies
	// after the one in the ledger, whatever the swap takes; and none lies after the approval's end.
	callID, started, now := uuid.NewString(), time.Now(), b.Store.Now()
	lasts := min(b.GraphTimeout, b.lapses(r).Sub(now))
	deadline := started.Add(lasts)
	out := func(ctx context.Context, r ledger.Request) (ledger.Request, error) {
		return b.Store.Submit(ctx, r, b.Budget)
	}
	sent, err := b.swapBy(ctx, out, r, func(r *ledger.Request) error {
		r.Expires = b.lapses(*r)
		r.Target = r.Target.AsOf(seen)
		err := r.Submit(callID, now, now.Add(lasts))
		if stale.Before(r.Within) {
			r.Within = stale
		}
		return err
	})
	if held, until := braked(err); held != nil {
		return b.rest(ctx, r, *held, max(until.Sub(now), b.pause(r.Tries)))
	}
	if err != nil {
		if sent, err = b.standing(ctx, r.ID, callID, err); err != nil {
			return r, err
		}
	}
	r = sent
	calling, cancel := context.WithDeadline(graph.WithCallID(ctx, callID), deadline)
	defer cancel()
	err = b.Fleet.Reprovision(calling, r.Target.ID, graph.Build{OS: string(r.Order.OS), Account: string(r.Order.Account)})
	return b.remember(ctx, r, b.answerOf(callID, r.Holds, r.Order.OS != "" || r.Order.Account != "", err))
}

// braked says why a submission was held, and until when at least.
func braked(err error) (*ledger.Cause, time.Time) {
	var frozen *ledger.FrozenError
	var over *ledger.BudgetError
	switch {
	case errors.As(err, &frozen):
		return &ledger.Cause{Code: ledger.Frozen, Detail: frozen.By.ID}, time.Time{}
	case errors.As(err, &over):
		return &ledger.Cause{Code: ledger.TooMany, Detail: over.Of.ID}, over.Until
	}
	return nil, time.Time{}
}

// recheck looks at the machine of an approved request once more. The first cause voids it; the
// second passes by itself, and is waited for: what the machine is then is compared then.
func (b *Bot) recheck(ctx context.Context, r ledger.Request) (now ledger.Target, no, passes *ledger.Cause, err error) {
	pc, err := b.Fleet.CloudPC(ctx, r.Target.ID)
	if err != nil {
		return now, nil, nil, err
	}
	switch {
	case !pc.Beta && r.Target.Status != "": // v1.0 shows neither a run under way nor the state
		return now, nil, &ledger.Cause{Code: ledger.NoStatus}, nil
	case pc.LastAction.UnderWay(): // somebody's, from the admin center perhaps: never a second one beside it
		return now, nil, &ledger.Cause{Code: ledger.UnderWay, Detail: strings.ToLower(string(pc.LastAction.State))}, nil
	case pc.Beta && (pc.Status.Passes() || pc.Status == "" || pc.Status == graph.UnknownStatus):
		return now, nil, &ledger.Cause{Code: ledger.PassingState, Detail: string(pc.Status)}, nil
	}
	if now, err = b.inspect(ctx, pc); err != nil {
		return now, nil, nil, err
	}
	if changes := r.Target.Diff(now); len(changes) > 0 {
		var parts []string
		for _, c := range changes {
			parts = append(parts, c.What+": "+orNone(c.Before)+" → "+orNone(c.After))
		}
		return now, &ledger.Cause{Code: ledger.Drift, Detail: strings.Join(parts, "; ")}, nil, nil
	}
	if pc.Beta && !pc.Status.AllowsReprovision() {
		no := wrongState(pc)
		return now, &no, nil, nil
	}
	return now, nil, nil, nil
}

// miss is for a machine that Graph does not have: that voids the approval when it says so again
// a little later.
func (b *Bot) miss(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	now := b.Store.Now()
	again := 30 * b.Pause
	return b.swap(ctx, r, func(r *ledger.Request) error {
		if !r.Missing.IsZero() && now.Sub(r.Missing) >= again {
			return r.Void(ledger.Cause{Code: ledger.NoSuchPC, Detail: words.MachineName(*r)}, now)
		}
		return r.Miss(now.Add(again), now)
	})
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// standing is the request after a swap whose answer was lost, if it did land; else the swap's
// error is it. Only this call knows its id, so nobody else can have made it.
func (b *Bot) standing(ctx context.Context, id ledger.ID, callID string, lost error) (ledger.Request, error) {
	r, err := b.Store.Get(ctx, id)
	if err != nil || r.State != ledger.Submitting || r.Submission.CallID != callID {
		return r, lost
	}
	return r, nil
}

// answerOf reads what a call to Graph proves.
// Options says whether any were sent.
func (b *Bot) answerOf(callID string, holds int, options bool, err error) ledger.Answer {
	a := ledger.Answer{CallID: callID}
	if err != nil {
		a.Cause = trouble(err)
	}
	switch graph.OutcomeOf(err) {
	case graph.Acted:
		a.Outcome = ledger.Acted
		a.Again = b.nextLook(b.FollowInterval, 0)
	case graph.Refused:
		a.Outcome = ledger.Declined
		if a.Cause.Code == ledger.GraphSilent {
			a.Cause.Code = ledger.GraphRefused
			if a.Cause.Status == http.StatusBadRequest && options {
				a.Cause.Code = ledger.Options
			}
		}
	case graph.NotActed:
		a.Outcome = ledger.NotActed
		rest := retryAfter(err) // as long as Graph asks for, whatever that is
		if rest == 0 {
			rest = b.pause(holds)
		}
		if errors.Is(err, graph.ErrThrottled) && retryAfter(err) == 0 {
			rest = b.pause(holds + throttled)
		}
		a.Again = b.Store.Now().Add(rest)
		if a.Cause.Code == ledger.GraphSilent {
			a.Cause.Code = ledger.NotSent
		}
	default:
		a.Outcome = ledger.Unknown
		a.Cause.Code = ledger.LostAnswer
	}
	return a
}

// remember writes an answer down. While the ledger fails it tries again: what Graph said
// is known here and nowhere else. If it cannot be written in time, the request is found
// past its deadline and becomes unconfirmed.
func (b *Bot) remember(ctx context.Context, r ledger.Request, a ledger.Answer) (ledger.Request, error) {
	for try := 0; ; try++ {
		lasting, end := outlive(ctx, 500*time.Millisecond) // who is being stopped has little time
		writing, cancel := context.WithTimeout(lasting, 1500*time.Millisecond)
		next, err := b.change(writing, r, func(r *ledger.Request) error {
			defer b.finish(r)
			return r.Answer(a, b.Store.Now())
		})
		cancel()
		end()
		var no *ledger.MoveError
		switch {
		case err == nil:
			return next, nil
		case errors.As(err, &no), ctx.Err() != nil: // said before, and the answer to that was lost
			return next, err
		}
		b.log(r).Error("answer of Graph not written down yet", "outcome", string(a.Outcome), "client-request-id", a.CallID, "error", err)
		sleep(ctx, nil, b.pause(try))
	}
}

// doubt finds a submission whose sender is gone.
func (b *Bot) doubt(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	return b.swap(ctx, r, func(r *ledger.Request) error {
		return r.Doubt(ledger.Cause{Code: ledger.Interrupted}, b.Store.Now())
	})
}

func retryAfter(err error) time.Duration {
	var e *graph.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}
