package execute

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph"
)

const (
	overlap     = time.Hour      // how much of the audit log is read again, since events come late; ours, Microsoft documents no delay
	longestBack = 24 * time.Hour // how far back it is read for a request that is unconfirmed
	retryRead   = 5 * time.Minute
)

// ReconcileWork is how a worker reads the tenant's audit log: one at a time, across all processes.
func (e *Executor) ReconcileWork() worker.Work { return worker.Work{Do: e.reconcile, Alone: true} }

// ScheduleReading makes reading the audit log due, if it is not switched off, and tries again until the
// ledger has taken that or ctx ends.
func (e *Executor) ScheduleReading(ctx context.Context) {
	store := e.Requests.Store
	for n := 1; e.ReconcileInterval > 0 && ctx.Err() == nil; n++ {
		err := store.Schedule(ctx, ledger.JobReconcile, ledger.TenantKey, store.Now())
		if err == nil {
			e.Worker.Wake(ledger.JobReconcile)
			return
		}
		e.Requests.Log.Warn("the ledger did not schedule the reading of the audit log; trying again", "error", err)
		worker.Sleep(ctx, e.Worker.BackOff(n))
	}
}

// reconcile reads the audit log and says when to read it again.
func (e *Executor) reconcile(ctx context.Context, batch []ledger.Job) {
	j := batch[0]
	ctx, cancel := context.WithTimeout(ctx, worker.MaxClaimAge)
	defer cancel()
	next := e.Requests.Store.Now().Add(time.Hour) // switched off here; another replica may have it on
	if e.ReconcileInterval > 0 {
		err := e.readAudit(ctx)
		in := e.ReconcileInterval
		switch {
		case e.Worker.Stopping() && ctx.Err() != nil:
			return // the lease ends by itself
		case errors.Is(err, graph.ErrForbidden):
			e.Requests.Log.Error("Graph forbids reading the tenant's audit log: what is done past this bot stays unseen", "error", err,
				"cure", "grant the app CloudPC.ReadWrite.All or CloudPC.Read.All with admin consent, or set RECONCILE_INTERVAL=0")
		case errors.Is(err, graph.ErrNotFound):
			e.Requests.Log.Error("Graph has no audit log of Cloud PCs here: what is done past this bot stays unseen", "error", err, "cure", "set RECONCILE_INTERVAL=0")
		case err != nil:
			in = max(min(in, retryRead), cooldown.Cap(retryAfter(err)))
			e.Requests.Log.Warn("the tenant's audit log was not read; trying again", "error", err, "pause", in)
		}
		next = e.Requests.Store.Now().Add(in)
	}
	finishing, end := e.Worker.FinalWrite(ctx)
	defer end()
	if _, err := e.Requests.Store.Finish(finishing, e.Worker.Name(), j, 0, next); err != nil {
		e.Requests.Log.Warn("the ledger did not end a claim", "job", string(j.Kind), "error", err)
	}
}

// readAudit reads what is new in the audit log. It settles unconfirmed requests by their own calls, and
// records the erases that no call of ours explains.
func (e *Executor) readAudit(ctx context.Context) error {
	store := e.Requests.Store
	watch, err := store.Watch(ctx)
	if err != nil {
		return err
	}
	unsure, err := e.Requests.Find(ctx, ledger.Query{Live: true, State: ledger.Unconfirmed})
	if err != nil {
		return err
	}
	now := store.Now()
	since := watch.Until.Add(-overlap)
	for _, r := range unsure {
		if at := r.Submission.At.Add(-skew); at.Before(since) && at.After(now.Add(-longestBack)) {
			since = at
		}
	}
	access, err := e.Fleet.Access(ctx)
	if err != nil {
		return err
	}
	all, err := e.Fleet.AuditEvents(ctx, since)
	if err != nil {
		return err
	}
	events := reprovisions(all)
	calls, err := store.Calls(ctx, since.Add(-2*exactly)) // after the events: what caused one was submitted before it
	if err != nil {
		return err
	}
	a := attribute(events, calls)
	for _, r := range unsure {
		if proof := a.proof(r, events); proof != "" {
			e.settle(ctx, r, proof)
		}
	}
	var erases []ledger.Event
	for _, event := range events {
		own := access.App != "" && strings.EqualFold(event.App, access.App)
		if !a.by[event.ID] && (event.At.IsZero() || !event.At.Before(watch.Began)) && (own || mayHaveErased(event)) {
			erases = append(erases, eraseOf(event, own, now))
		}
	}
	slices.SortStableFunc(erases, loudestFirst)
	fresh, err := store.RecordErases(ctx, now, erases)
	if err != nil {
		return err
	}
	for _, erase := range fresh {
		e.report(erase)
	}
	if len(fresh) > 0 {
		e.Worker.Wake(ledger.JobOutside)
	}
	return nil
}

// reprovisions are the events about reprovisioning, each once.
func reprovisions(all []graph.AuditEvent) (events []graph.AuditEvent) {
	seen := map[string]bool{}
	for _, e := range all {
		if e.Reprovision() && !seen[e.ID] {
			seen[e.ID] = true
			events = append(events, e)
		}
	}
	return events
}

// mayHaveErased reports whether a call may have been carried out. Under the bot's own application a refused
// one is news too.
func mayHaveErased(e graph.AuditEvent) bool {
	return e.Result != graph.AuditClientError && e.Result != graph.AuditFailure
}

// settle records that Graph acted on the call of an unconfirmed request.
func (e *Executor) settle(ctx context.Context, r ledger.Request, proof string) {
	now := e.Requests.Store.Now()
	call := r.Submission.CallID
	_, err := e.Requests.Update(ctx, r, func(r *ledger.Revision) error {
		if r.Submission.CallID != call { // the proof is about an earlier call, which is known by now not to have acted
			return &ledger.MoveError{Request: r.ID, State: r.State, Move: "settle another call"}
		}
		return r.Evidence(ledger.Cause{Code: ledger.EvidenceOf, Detail: proof}, now, now)
	})
	if err != nil && !errors.As(err, new(*ledger.MoveError)) { // a MoveError: it is settled already
		e.Requests.LogOf(r).Warn("an unconfirmed request was not settled by the audit log; trying again", "error", err)
	}
}

// eraseOf is an audit event as the ledger keeps it.
func eraseOf(e graph.AuditEvent, own bool, now time.Time) ledger.Event {
	var ids, names []string
	for _, of := range e.Resources {
		ids, names = append(ids, of.ID), append(names, cmp.Or(of.Name, of.ID))
	}
	outside := ledger.Erase{Event: e.ID, At: e.At, App: e.App, Own: own, Result: string(e.Result)}
	return ledger.OutsideErase(outside, strings.Join(ids, " "), strings.Join(names, ", "), cmp.Or(e.User, e.AppName), e.CorrelationID, now)
}

// loudestFirst puts erases under the bot's own application first, and then the earlier ones.
func loudestFirst(a, b ledger.Event) int {
	switch {
	case a.Outside.Own && !b.Outside.Own:
		return -1
	case b.Outside.Own && !a.Outside.Own:
		return 1
	}
	return a.Outside.At.Compare(b.Outside.At)
}

// report logs an erase that was recorded, and counts it.
func (e *Executor) report(erase ledger.Event) {
	log := e.Requests.Log.With("machine", cmp.Or(erase.Texts[ledger.TextName], erase.Target), "actor", erase.Texts[ledger.TextActor],
		"application", erase.Outside.App, "done", erase.Outside.At, "audit_event", erase.Outside.Event, "outcome", erase.Outside.Result)
	if erase.Outside.Own {
		log.Error("somebody else is using this bot's credential: a Cloud PC was reprovisioned under its application, and no request explains it",
			"cure", "disable the application in Entra and rotate its credential; the card in APPROVAL_CHANNEL says how")
	} else {
		log.Warn("a Cloud PC was erased past this bot: no request explains it")
	}
	if e.OutsideErase != nil {
		e.OutsideErase(erase.Outside.Own)
	}
}
