package execute

import (
	"context"
	"errors"
	"net/http"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph"
)

// answerOf translates the result of the call into the ledger's terms: what it proves, why, and when
// to look or call again. holds is how often Graph has already proved that it did not act, and the
// back-off grows with it; options reports whether the call had any.
func (e *Executor) answerOf(callID string, holds int, options bool, err error) ledger.Answer {
	a := ledger.Answer{CallID: callID}
	if err != nil {
		a.Cause = causeOf(err)
	}
	switch graph.OutcomeOf(err) {
	case graph.Acted:
		a.Outcome = ledger.Acted
		a.NextAt = e.nextLook(e.FollowInterval, 0)
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
		rest := retryAfter(err) // not capped: Graph is left alone for as long as it asks
		if rest == 0 {
			rest = e.Worker.BackOff(holds)
		}
		if errors.Is(err, graph.ErrThrottled) && retryAfter(err) == 0 {
			rest = e.Worker.BackOff(holds + throttledCounts)
		}
		a.NextAt = e.Requests.Store.Now().Add(rest)
		if a.Cause.Code == ledger.GraphSilent {
			a.Cause.Code = ledger.NotSent
		}
	default:
		a.Outcome = ledger.Unknown
		a.Cause.Code = ledger.LostAnswer
	}
	return a
}

// recordAnswer stores an answer of Graph. While the ledger fails it tries again, because no other
// process knows the answer. If it never succeeds, the request becomes unconfirmed when a worker
// finds it past its deadline.
func (e *Executor) recordAnswer(ctx context.Context, r ledger.Request, a ledger.Answer) (ledger.Request, error) {
	for try := 0; ; try++ {
		lasting, end := worker.Grace(ctx, 500*time.Millisecond) // a bot that is being stopped has little time left
		writing, cancel := context.WithTimeout(lasting, 1500*time.Millisecond)
		next, err := e.Requests.Update(writing, r, func(r *ledger.Revision) error {
			defer e.Requests.ReleaseWhenIdle(r)
			return r.Answer(a, e.Requests.Store.Now())
		})
		cancel()
		end()
		var no *ledger.MoveError
		switch {
		case err == nil:
			return next, nil
		case errors.As(err, &no), ctx.Err() != nil: // a MoveError says that an earlier try landed although the ledger failed
			return next, err
		}
		e.Requests.LogOf(r).Error("the ledger did not take Graph's answer; trying again", "outcome", string(a.Outcome), "client_request_id", a.CallID, "error", err)
		worker.Sleep(ctx, e.Worker.BackOff(try))
	}
}

// markInterrupted makes a submission unconfirmed whose deadline has passed without an answer being
// stored: the process that sent it is gone.
func (e *Executor) markInterrupted(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
		return r.LeaveUnconfirmed(ledger.Cause{Code: ledger.Interrupted}, e.Requests.Store.Now())
	})
}
