package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"cloudpc-bot/auth"
)

// Store is the durable home of requests. Every promise is kept across processes
// that share the home, and checked for each home by ledgertest.
type Store interface {
	// Now is the ledger's clock. Leases, due times and expiry are reckoned by it.
	Now() time.Time

	// Create stores a new request with its first events.
	// It fails with *SeenError where the gesture is known, ErrIDTaken where the id is.
	Create(ctx context.Context, r Request) (Request, error)

	// Get reads one request. It fails with ErrNotFound.
	Get(ctx context.Context, id ID) (Request, error)

	// Replace swaps r in, if the stored version is still r.Version, and appends r.News:
	// all of it or nothing. It fails with ErrStale, also where r.Within has passed when it
	// would land, so that who decides finds the request expired; with ErrNotFound; or *TakenError
	// where another live request holds the target. With r.Free it ends the claim of the deed as
	// well: for whoever is done with the request, and would have to release it.
	Replace(ctx context.Context, r Request) (Request, error)

	// AppendEvent appends an event that changes nothing else: neither the version, which would
	// disturb a deed under way, nor when it is told. The same event, but for its time, is
	// noted once.
	AppendEvent(ctx context.Context, id ID, e Event) error

	// Submit is Replace for the move to submitting: in the same transaction it locks the
	// brakes and counts the request against the budget. It fails with *FrozenError or
	// *BudgetError as well, and then nothing is changed.
	Submit(ctx context.Context, r Request, b Budget) (Request, error)

	// Freeze pulls the brakes and Unfreeze releases them; both return how they stood before.
	// What waited for them is due at once after Unfreeze.
	Freeze(ctx context.Context, by auth.Person, why string) (Brakes, error)
	Unfreeze(ctx context.Context) (Brakes, error)
	Brakes(ctx context.Context) (Brakes, error)

	// Claim hands out up to n requests that are due and keeps them from every other
	// worker until Release or until the lease ends. It returns none when nothing is due.
	Claim(ctx context.Context, worker string, lease time.Duration, n int) ([]Request, error)

	// Renew lets claims of worker that have not ended last for lease from now: those of the deeds
	// and of the tellings that it has in hand. One that it does not know of, since the answer to
	// Claim or Release was lost, ends by itself.
	Renew(ctx context.Context, worker string, lease time.Duration, deeds, tellings []ID) error

	// Release ends a claim of worker; it is no error when the claim is gone.
	Release(ctx context.Context, worker string, id ID) error

	// ClaimNotification is Claim for the telling: requests with events that were not told,
	// or whose card was not redrawn since the last of them.
	ClaimNotification(ctx context.Context, worker string, lease time.Duration, n int) ([]Request, error)

	// ReleaseNotification ends a claim of telling and moves the cursor on, never back. It goes on at
	// a moment, zero where all is told. That does not stand where an event came meanwhile, which
	// is one behind the first seen ones: the card has to show it, whatever else is put off, and
	// more reports it. It fails with ErrStale where worker does not hold the claim any more.
	ReleaseNotification(ctx context.Context, worker string, id ID, told int, again time.Time, seen int) (more bool, err error)

	// Next is when the earliest work of either kind is due, zero where there is none.
	Next(ctx context.Context) (time.Time, error)

	// Changes says that another process may have made work that is due. It is a hint, which
	// can be late or missing; nil where there is none to be had.
	Changes() <-chan struct{}

	// Heartbeat notes that worker lives and holds so many sockets to Slack, for as long as lease
	// from now, and returns the sum over all workers that live. A lease of zero takes leave.
	Heartbeat(ctx context.Context, worker string, sockets int, lease time.Duration) (int, error)

	// Events reads the events of a request after the first n, oldest first.
	Events(ctx context.Context, id ID, n int) ([]Event, error)

	// Verify reads the whole chain at one moment and fails with *BrokenError where it is not
	// as it was written, or does not agree with a receipt.
	Verify(ctx context.Context, receipts ...Receipt) (Report, error)

	// Find yields requests that match q, newest first.
	Find(ctx context.Context, q Query) iter.Seq2[Request, error]

	Close() error
}

// Query narrows what Find yields; a zero field does not narrow.
type Query struct {
	Live      bool        // only what has not ended
	Found     bool        // leaves out what was refused because no one machine was found
	Target    string      // only of this cloudPC.id
	Machine   string      // only of the machines that ever bore this id or name here, in any case
	Requester auth.Person // only of this person
	Former    string      // another organisation's id under which the requester may have been written down
	State     State
	Card      Thread // only whose card stands there
	Skip      int    // leaves out the newest of them
	Limit     int
}

// Formerly is the requester under the other organisation's id; the same, where there is none.
func (q Query) Formerly() auth.Person {
	p := q.Requester
	if q.Former != "" {
		p.Org = q.Former
	}
	return p
}

type hasteKey struct{}

// WithPriority says of what is done in ctx that somebody waits for it, as Slack does for an
// acknowledgement: a home may let it go before what nobody waits for.
func WithPriority(ctx context.Context) context.Context {
	return context.WithValue(ctx, hasteKey{}, true)
}

// IsPriority reports whether InHaste was said.
func IsPriority(ctx context.Context) bool { return ctx.Value(hasteKey{}) != nil }

// Errors of a Store.
var (
	ErrNotFound = errors.New("ledger: no such request")
	ErrStale    = errors.New("ledger: the request has changed meanwhile")
	ErrIDTaken  = errors.New("ledger: the id is taken")
)

// SeenError is a gesture that was entered before.
type SeenError struct{ Request ID }

func (e *SeenError) Error() string {
	return fmt.Sprintf("ledger: gesture seen before, as %s", e.Request)
}

// TakenError is a target on which another request is live.
type TakenError struct{ By ID }

func (e *TakenError) Error() string { return fmt.Sprintf("ledger: target taken by %s", e.By) }

// Update applies change to a request that was read before, and swaps the result in. Where somebody
// else was faster it reads the request anew and starts over, so change may run more than once and
// must touch nothing but the request. An error of change ends it, once what it failed on was fresh.
func Update(ctx context.Context, s Store, r Request, change func(*Request) error) (Request, error) {
	for fresh := false; ; fresh = true {
		changed := r
		err := change(&changed)
		if err != nil && fresh {
			return changed, err
		}
		if err == nil {
			next, err := s.Replace(ctx, changed)
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
