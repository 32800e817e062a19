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

// answerOf reads what a call to Graph proves.
// Options says whether any were sent.
func (e *Executor) answerOf(callID string, holds int, options bool, err error) ledger.Answer {
	a := ledger.Answer{CallID: callID}
	if err != nil {
		a.Cause = causeOf(err)
	}
	switch graph.OutcomeOf(err) {
	case graph.Acted:
		a.Outcome = ledger.Acted
		a.Again = e.nextLook(e.FollowInterval, 0)
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
			rest = e.Worker.BackOff(holds)
		}
		if errors.Is(err, graph.ErrThrottled) && retryAfter(err) == 0 {
			rest = e.Worker.BackOff(holds + throttledCounts)
		}
		a.Again = e.Requests.Store.Now().Add(rest)
		if a.Cause.Code == ledger.GraphSilent {
			a.Cause.Code = ledger.NotSent
		}
	default:
		a.Outcome = ledger.Unknown
		a.Cause.Code = ledger.LostAnswer
	}
	return a
}

// recordAnswer writes an answer down. While the ledger fails it tries again: what Graph said
// is known here and nowhere else. If it cannot be written in time, the request is found
// past its deadline and becomes unconfirmed.
func (e *Executor) recordAnswer(ctx context.Context, r ledger.Request, a ledger.Answer) (ledger.Request, error) {
	for try := 0; ; try++ {
		lasting, end := worker.Grace(ctx, 500*time.Millisecond) // who is being stopped has little time
		writing, cancel := context.WithTimeout(lasting, 1500*time.Millisecond)
		next, err := e.Requests.Update(writing, r, func(r *ledger.Request) error {
			defer e.Requests.ReleaseWhenIdle(r)
			return r.Answer(a, e.Requests.Store.Now())
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
		e.Requests.LogOf(r).Error("answer of Graph not written down yet", "outcome", string(a.Outcome), "client_request_id", a.CallID, "error", err)
		worker.Sleep(ctx, e.Worker.BackOff(try))
	}
}

// markInterrupted finds a submission whose sender is gone.
func (e *Executor) markInterrupted(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	return e.Requests.Replace(ctx, r, func(r *ledger.Request) error {
		return r.Doubt(ledger.Cause{Code: ledger.Interrupted}, e.Requests.Store.Now())
	})
}
