package ledger

import (
	"time"

	"cloudpc-bot/auth"
)

// Owner is the person whose machine a request is about, as far as they can be told.
type Owner struct {
	Person auth.Person // whom Slack knows by the machine's user principal name; zero = nobody is told
	Untold Untold      // why nobody is told; empty = Person is, or it is not known yet
	Until  time.Time   // they may say "not now" at least until then; zero = there is no notice
	NoVeto bool        // they cannot say "not now", having said it within the last day
	Notice Thread      // the direct message that says so, with the button
}

// Untold is why the owner of a machine is told nothing. The words are stored.
type Untold string

// Why an owner is told nothing.
const (
	NotFound    Untold = "not-found"   // nobody at home has the machine's user principal name for an e-mail address
	NotLookedUp Untold = "no-look-up"  // the app may not look people up
	NotReached  Untold = "not-reached" // Slack takes no direct message to them
	SharedPC    Untold = "shared"      // several people share the machine
	NotifyNo    Untold = "notify-no"   // an admin asked for that
	IsAsking    Untold = "is-asking"   // they made the request, and are told as its requester
)

// Calls reports whether somebody who can approve is called to approve r: not who asked, and not the owner,
// who is told in private and, unless ownerMay, cannot approve either. Who is not known to be the owner is called.
func (r *Request) Calls(approver auth.Person, ownerMay bool) bool {
	return !approver.MayBe(r.Requester) && (ownerMay || r.Owner.Person.IsZero() || !r.Owner.Person.MayBe(approver))
}

// VetoRest is how long after a veto the same machine's owner has no other.
const VetoRest = 24 * time.Hour

// Announce records, once the request is approved, who its owner is by a fresh look, and for how long
// they may say "not now": until is zero where nobody is told, or where they have no veto. The next step
// is due then.
func (r *Revision) Announce(o Owner, until, at time.Time) error {
	if err := r.require("announce", Approved); err != nil {
		return err
	}
	r.Owner.Person, r.Owner.Untold, r.Owner.Until, r.Owner.NoVeto = o.Person, o.Untold, until, o.NoVeto
	r.Announced, r.Due = at, at
	var c Cause
	switch {
	case o.Untold != "":
		c = Cause{Code: OwnerUntold, Detail: string(o.Untold)}
	case !until.IsZero():
		c = Cause{Code: OwnerNotice, Until: until}
		r.Due = r.capAtExpiry(until)
		r.Cause = c
	}
	r.record(WasAnnounced, auth.Person{}, c, at)
	return nil
}

// NoteNotice records where the direct message is that lets the owner say "not now". It may have come too
// late for that: then its button has to go.
func (r *Revision) NoteNotice(message Thread) { r.Owner.Notice = message }

// NoticeRefused records that Slack takes no message to the owner. What waits for them waits no more.
func (r *Revision) NoticeRefused(at time.Time) error {
	if r.State != Approved {
		r.Owner.Untold = NotReached
		return nil
	}
	if r.Cause.Code == OwnerNotice {
		r.Cause = Cause{}
	}
	return r.Announce(Owner{Untold: NotReached}, time.Time{}, at)
}

// Veto ends an approved request because the person whose machine it is said "not now". It fails with
// *DecidedError or *ExpiredError if it is too late for that.
func (r *Revision) Veto(by auth.Person, at time.Time) error {
	if err := r.requireOpen(at, Approved); err != nil {
		return err
	}
	if r.Owner.NoVeto {
		return &MoveError{r.ID, r.State, "be vetoed twice within a day"}
	}
	r.Decided = Decision{Kind: WasVetoed, By: by, At: at}
	r.enter(Voided, Cause{Code: Vetoed}, time.Time{}, at)
	r.record(WasVetoed, by, r.Cause, at)
	return nil
}

// ownerIsKnown reports whether there is an owner to be told of what comes.
func (r *Revision) ownerIsKnown() bool { return !r.Announced.IsZero() && !r.Owner.Person.IsZero() }

// ownerHears reports whether the new events are for the owner: what is announced to them, and all that
// happens to their machine after that.
func (r *Revision) ownerHears() (is bool, after time.Duration) {
	if r.Owner.Untold != "" {
		return false, 0
	}
	for _, e := range r.NewEvents {
		switch {
		case e.Kind == WasSubmitted: // the button has to go; usually Graph's answer follows at once
			is, after = true, NotifyDelay
		case e.Kind == WasAnnounced, e.Kind == HasNotActed, e.Kind == WasAccepted, e.Kind == WasDoubted, e.Kind == AwaitsPower, e.Kind == IsOverdue, e.To.Ended():
			return true, 0
		}
	}
	return is, after
}
