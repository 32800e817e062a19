package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"cloudpc-bot/auth"
)

// Store is the durable storage of requests, with all its roles; whoever needs fewer asks for fewer. Its
// promises hold across all processes that share one database, and ledgertest checks them for every
// implementation. A write that returned without an error survives a crash, a claim alone excepted. A
// write that failed because ctx ended may still land.
type Store interface {
	Clock
	Requests
	Queue
	Brake
	Chain
	Redactor
	Presence
	Outside
	Monitor

	Close() error
}

// Clock is the ledger's clock. Leases, due times and expiry are measured by it.
type Clock interface {
	Now() time.Time
}

// Requests is a store of requests and their events.
type Requests interface {
	// Create stores a new request with its first events. It fails with *SeenError if the
	// interaction was stored within the last 24 hours, and with ErrIDTaken if the id exists.
	Create(ctx context.Context, r Revision) (Request, error)

	// Get reads one request. It fails with ErrNotFound.
	Get(ctx context.Context, id ID) (Request, error)

	// Replace is a compare-and-swap: if the stored version is still r.Version, it stores r and
	// appends r.NewEvents, both or neither. It fails with ErrStale if the version has changed, or if
	// r.SwapBefore has passed by the time the swap would land, so that a late decision finds the
	// request expired; with ErrNotFound; or with *TakenError if another live request has the
	// target. With r.ReleasesClaim the same write also ends the claim of the execution, which saves a
	// worker that is done with the request the separate Release.
	Replace(ctx context.Context, r Revision) (Request, error)

	// Submit is Replace for the change to submitting. In the same transaction it locks the
	// brakes and counts the request against the budget. It also fails with *FrozenError or
	// *BudgetError, and then nothing is changed.
	Submit(ctx context.Context, r Revision, b Budget) (Request, error)

	// AppendEvent appends an event and changes nothing else: not the version, because that would
	// make the swap of an execution in flight fail, and not when the next notification is due.
	// Events that are the same except for their time (see Event.Same) are stored once.
	// It fails with ErrNotFound.
	AppendEvent(ctx context.Context, id ID, e Event) error

	// Events reads the events of a request after the first n, oldest first; with an empty id, those of no
	// request.
	Events(ctx context.Context, id ID, n int) ([]Event, error)

	// Find yields the requests that match q, newest first, and ends after the first error.
	Find(ctx context.Context, q Query) iter.Seq2[Request, error]

	// Runs reads the runs of the n newest requests that succeeded, newest first.
	Runs(ctx context.Context, n int) ([]Run, error)
}

// Brake stops every submission.
type Brake interface {
	// Freeze pulls the brakes and Unfreeze releases them; both return the brakes as they were
	// before. A second Freeze changes nothing. Unfreeze makes the approved requests that waited
	// for the brakes due at once. Brakes reads them.
	Freeze(ctx context.Context, by auth.Person, why string) (Brakes, error)
	Unfreeze(ctx context.Context) (Brakes, error)
	Brakes(ctx context.Context) (Brakes, error)

	// Spent reads how much of each budget the last 60 minutes have used: that of everybody
	// together first, then that of each person. A budget of which nothing is used is left out.
	Spent(ctx context.Context) ([]Spending, error)
}

// Chain is the hash chain of all events.
type Chain interface {
	// Verify reads the whole chain in one snapshot. It fails with *BrokenError if the chain is
	// not as it was written, or does not match a receipt.
	Verify(ctx context.Context, receipts ...Receipt) (Report, error)

	// Read calls do for each event from a time on and before another, in the order of the chain, with
	// its request as it is now (zero if it is of none), and returns where the chain ends; all of it is one
	// snapshot. A zero time does not narrow. It checks nothing, and ends with the first error of do.
	Read(ctx context.Context, from, to time.Time, do func(Link, Request) error) (Head, error)
}

// Presence is which workers are alive.
type Presence interface {
	// Heartbeat records that worker is alive and holds this many sockets to Slack, for lease from
	// now, and returns the sum over all live workers. A lease of zero signs the worker off.
	Heartbeat(ctx context.Context, worker string, sockets int, lease time.Duration) (int, error)

	// Orphaned reads the requests whose next step only one worker may take (see [Request.StepHolder]) that
	// is not alive.
	Orphaned(ctx context.Context) ([]ID, error)
}

// Query narrows what Find yields; a zero field does not narrow.
type Query struct {
	Live      bool        // only requests that have not ended
	Found     bool        // without requests refused because no machine, or several, had the name
	Target    string      // only this cloudPC.id
	Machine   string      // only machines that ever had this id or name in this ledger; case is ignored
	Requester auth.Person // only this person's
	Former    string      // another organisation id under which the requester may have been stored
	State     State
	Card      Thread // only the request whose card is there
	Skip      int    // how many of the newest matches to leave out
	Limit     int    // at most this many; 0 = all
}

// Formerly is the requester under the organisation id Former, or unchanged if there is none.
func (q Query) Formerly() auth.Person {
	p := q.Requester
	if q.Former != "" {
		p.Org = q.Former
	}
	return p
}

type hasteKey struct{}

// WithPriority marks the operations done with ctx as urgent because somebody is waiting, as Slack
// waits up to 3 s for an acknowledgement (docs.slack.dev/interactivity/handling-user-interaction).
// A store may do them before others.
func WithPriority(ctx context.Context) context.Context {
	return context.WithValue(ctx, hasteKey{}, true)
}

// IsPriority reports whether ctx comes from [WithPriority].
func IsPriority(ctx context.Context) bool { return ctx.Value(hasteKey{}) != nil }

// Errors of a Store.
var (
	ErrNotFound = errors.New("ledger: no such request")
	ErrStale    = errors.New("ledger: the request has changed in the meantime")
	ErrIDTaken  = errors.New("ledger: the id is taken")
)

// SeenError reports an interaction that already created a request.
type SeenError struct{ Request ID }

func (e *SeenError) Error() string {
	return fmt.Sprintf("ledger: interaction seen before, as %s", e.Request)
}

// TakenError reports that another live request has the target.
type TakenError struct{ By ID }

func (e *TakenError) Error() string { return fmt.Sprintf("ledger: target taken by %s", e.By) }

// Update applies change to a revision of r, which the caller has read before, and swaps it in. If r is
// stale, it reads the request again and starts over, so change may run more than once and must
// touch nothing but the revision. An error from change ends Update only if change saw a request
// that Update itself has read: an error about the caller's r, which may be stale, gets a second try.
func Update(ctx context.Context, s Requests, r Request, change func(*Revision) error) (Request, error) {
	for fresh := false; ; fresh = true {
		changed := r.Revise()
		err := change(changed)
		if err != nil && fresh {
			return changed.Request, err
		}
		if err == nil {
			next, err := s.Replace(ctx, *changed)
			if !errors.Is(err, ErrStale) {
				return next, err
			}
		}
		if ctx.Err() != nil {
			return r, context.Cause(ctx)
		}
		if r, err = s.Get(ctx, r.ID); err != nil {
			return r, err
		}
	}
}
