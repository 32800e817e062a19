// Package requests changes requests in the ledger. A decision is made on a request as it was read and
// stored by one compare-and-swap; then it is logged, and the worker that continues is woken. Every
// event of a request is made here, so every one is logged. The package also knows how long a
// request may wait for its machine, its card and its approvals.
package requests

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
)

// Requests are the requests of one ledger, as one worker changes them.
type Requests struct {
	Store  ledger.Store
	Worker *worker.Worker
	Log    *slog.Logger

	Observer Observer // nil = nobody

	ApprovalTTL    time.Duration // how long a card waits for approval, and then an approval for the call
	ResolveTimeout time.Duration // how long after the command the machine must be found and the card posted

	watches watches
}

// Observer learns of every change that the ledger took, as for metrics. Its method must return at once.
type Observer interface {
	// Changed: the request is now r, was in the state before, and the change appended these events.
	Changed(before ledger.State, r ledger.Request, news []ledger.Event)
}

// Replace applies a change to the request as it was read, and stores it. If nothing is due after the
// change, the swap also ends the claim of the execution. Errors are those of change and of
// [ledger.Store]'s Replace: after ErrStale the request has to be read again.
func (s *Requests) Replace(ctx context.Context, r ledger.Request, change func(*ledger.Revision) error) (ledger.Request, error) {
	return s.ReplaceWith(ctx, s.Store.Replace, r, func(r *ledger.Revision) error {
		defer s.ReleaseWhenIdle(r)
		return change(r)
	})
}

// ReleaseWhenIdle makes the next swap end the claim of the execution if nothing is due after it.
func (s *Requests) ReleaseWhenIdle(r *ledger.Revision) { r.ReleasesClaim = !r.IsDue(s.Store.Now()) }

// ReplaceWith is Replace with another swap of the store, such as Submit, and without ending the claim.
func (s *Requests) ReplaceWith(
	ctx context.Context, swap func(context.Context, ledger.Revision) (ledger.Request, error), r ledger.Request, change func(*ledger.Revision) error,
) (ledger.Request, error) {
	changed := r.Revise()
	if err := change(changed); err != nil {
		return r, err
	}
	changed.Handover = s.Worker.Offer()
	next, err := swap(ctx, *changed)
	if err == nil {
		s.stored(r.State, next, changed)
	}
	s.Worker.Settle(changed.Handover, err == nil)
	if err != nil {
		return r, err
	}
	return next, nil
}

// Update makes a decision on a request as it is in the ledger now, even if it has changed since r was
// read. decide may run more than once, so it must depend on its argument alone and touch nothing
// else.
func (s *Requests) Update(ctx context.Context, r ledger.Request, decide func(*ledger.Revision) error) (ledger.Request, error) {
	var before ledger.State
	var changed ledger.Revision
	offer := s.Worker.Offer()
	r, err := ledger.Update(ctx, s.Store, r, func(r *ledger.Revision) error {
		before, r.Handover = r.State, offer
		err := decide(r)
		changed = *r
		return err
	})
	if err == nil {
		s.stored(before, r, &changed)
	}
	s.Worker.Settle(offer, err == nil)
	return r, err
}

// stored logs a change that the ledger took, tells the observer, and wakes the queues that continue.
func (s *Requests) stored(before ledger.State, r ledger.Request, changed *ledger.Revision) {
	s.logChange(before, r, changed.NewEvents)
	if s.Observer != nil {
		s.Observer.Changed(before, r, changed.NewEvents)
	}
	s.Worker.WakeFollowers(changed)
	s.watches.stored(r.ID)
}

// Create stores a new request under a free id, and wakes the execution. Errors are those of
// [ledger.CreateWithID].
func (s *Requests) Create(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	r.Handover = s.Worker.Offer()
	made, err := ledger.CreateWithID(ctx, s.Store, r)
	switch {
	case err == nil:
		s.stored("", made, &r)
	case !errors.As(err, new(*ledger.SeenError)):
		s.Worker.Wake(ledger.JobStep) // the request may have been stored
	}
	s.Worker.Settle(r.Handover, err == nil)
	return made, err
}

// RecordRefusal stores and logs that somebody tried something they may not do.
func (s *Requests) RecordRefusal(ctx context.Context, r ledger.Request, by auth.Person, act auth.Act, v auth.Verdict) {
	s.LogOf(r).Info("the bot refused an action", "by", by.ID, "org", by.Org, "act", string(act), "verdict", string(v.Reason))
	if err := s.Store.AppendEvent(ctx, r.ID, r.Repelled(by, act, v.Reason, s.Store.Now())); err != nil {
		s.LogOf(r).Error("the ledger did not take the record of a refused action", "by", by.ID, "act", string(act), "verdict", string(v.Reason), "error", err)
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

// logChange logs the events of a swap, one line each.
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
				attrs = append(attrs, "service_reason", e.Cause.Reason)
			}
			if do := words.Cure(e.Cause); do != "" {
				attrs = append(attrs, "cure", do)
			}
		}
		if e.Call != "" {
			attrs = append(attrs, "client_request_id", e.Call)
		}
		s.LogOf(r).Info("request state changed", attrs...)
		before = e.To
	}
}
