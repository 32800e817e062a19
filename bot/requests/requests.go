// Package requests changes requests in the ledger: a decision is made on a request as it was
// read, stored by one compare-and-swap, logged, and whoever goes on with it is woken. It also
// says how long a request may wait for what.
package requests

import (
	"context"
	"log/slog"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
)

// Requests are those of one ledger, as one worker changes them.
type Requests struct {
	Store  ledger.Store
	Worker *worker.Worker
	Log    *slog.Logger

	ApprovalTTL    time.Duration // how long a card waits for approval, and an approval for the call
	ResolveTimeout time.Duration // how long a request may look for its machine and for a place for its card
}

// Replace applies a change to the request as it was read and stores it; where nothing is due
// behind it, that ends the claim of whoever executes it. ErrStale says that somebody else was
// faster, and that the request has to be looked at anew.
func (s *Requests) Replace(ctx context.Context, r ledger.Request, change func(*ledger.Request) error) (ledger.Request, error) {
	return s.ReplaceWith(ctx, s.Store.Replace, r, func(r *ledger.Request) error {
		defer s.ReleaseWhenIdle(r)
		return change(r)
	})
}

// ReleaseWhenIdle has the next swap end the claim, where nothing is due behind it.
func (s *Requests) ReleaseWhenIdle(r *ledger.Request) { r.Free = !r.IsDue(s.Store.Now()) }

// ReplaceWith is Replace by another of the store's swaps; the claim goes on.
func (s *Requests) ReplaceWith(
	ctx context.Context, swap func(context.Context, ledger.Request) (ledger.Request, error), r ledger.Request, change func(*ledger.Request) error,
) (ledger.Request, error) {
	changed := r
	if err := change(&changed); err != nil {
		return r, err
	}
	next, err := swap(ctx, changed)
	if err != nil {
		return r, err
	}
	s.stored(r.State, next, &changed)
	return next, nil
}

// Update makes a decision on a request as it is now, whatever changed since it was read. The
// decision may be tried more than once, and depends on the request alone.
func (s *Requests) Update(ctx context.Context, r ledger.Request, decide func(*ledger.Request) error) (ledger.Request, error) {
	var before ledger.State
	var changed ledger.Request
	r, err := ledger.Update(ctx, s.Store, r, func(r *ledger.Request) error {
		before = r.State
		err := decide(r)
		changed = *r
		return err
	})
	if err != nil {
		return r, err
	}
	s.stored(before, r, &changed)
	return r, nil
}

// stored logs a change that the ledger took, and wakes who goes on with it. changed is the
// request as it was handed over, with its news.
func (s *Requests) stored(before ledger.State, r ledger.Request, changed *ledger.Request) {
	s.logChange(before, r, changed.News)
	s.Worker.WakeFollowers(changed)
}

// Create stores a new request under an id that is free, and wakes who goes on with it. Errors are
// those of [ledger.Enter].
func (s *Requests) Create(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	made, err := ledger.CreateWithID(ctx, s.Store, r)
	if err == nil {
		s.logChange("", made, r.News)
	}
	s.Worker.Execution.Wake() // also where it is not known whether it stands
	return made, err
}

// RecordRefusal writes down that somebody tried what they may not.
func (s *Requests) RecordRefusal(ctx context.Context, r ledger.Request, by auth.Person, act auth.Act, v auth.Verdict) {
	s.LogOf(r).Info("refused", "by", by.ID, "org", by.Org, "act", string(act), "verdict", string(v.Reason))
	if err := s.Store.AppendEvent(ctx, r.ID, r.Repelled(by, act, v.Reason, s.Store.Now())); err != nil {
		s.LogOf(r).Error("refusal not written down", "by", by.ID, "act", string(act), "reason", string(v.Reason), "error", err)
	}
}

// Find collects what a query yields.
func (s *Requests) Find(ctx context.Context, q ledger.Query) (all []ledger.Request, err error) {
	for r, err := range s.Store.Find(ctx, q) {
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// LogOf is the logger of one request.
func (s *Requests) LogOf(r ledger.Request) *slog.Logger {
	return s.Log.With("request", string(r.ID), "machine", words.MachineName(r))
}

// logChange logs what a swap changed, one line a transition.
func (s *Requests) logChange(before ledger.State, r ledger.Request, news []ledger.Event) {
	for _, e := range news {
		attrs := []any{"event", string(e.Kind), "from", string(before), "to", string(e.To)}
		if !e.By.IsZero() {
			attrs = append(attrs, "by", e.By.ID)
		}
		if e.Act != "" {
			attrs = append(attrs, "act", string(e.Act), "verdict", string(e.Verdict))
		}
		if e.Cause.Code != "" {
			attrs = append(attrs, "cause", string(e.Cause.Code), "detail", e.Cause.Detail, "status", e.Cause.Status, "graph_request_id", e.Cause.RequestID)
			if e.Cause.Reason != "" {
				attrs = append(attrs, "reason", e.Cause.Reason)
			}
			if do := words.Cure(e.Cause); do != "" {
				attrs = append(attrs, "cure", do)
			}
		}
		if e.Call != "" {
			attrs = append(attrs, "client_request_id", e.Call)
		}
		s.LogOf(r).Info("request moved", attrs...)
		before = e.To
	}
}
