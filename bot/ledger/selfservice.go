package ledger

import (
	"time"

	"cloudpc-bot/auth"
)

// SelfService is what sets apart a request that people make for a Cloud PC of their own, with their own
// sign-in to Entra. It is zero for any other request. The sign-in itself is in the memory of one process and
// never in the ledger.
type SelfService struct {
	Holder    string     // the worker in whose process the sign-in is: only it takes the steps until the call is out
	Account   Account    // who has signed in; zero = nobody yet
	SignedIn  time.Time  // when
	Until     time.Time  // until when the code can be entered; once somebody has signed in, when that ends
	Email     EmailMatch // how the account's name compares with what Slack knows of the requester
	Confirmed time.Time  // when the requester said which machine, by its name
}

// Account is a person in Entra.
type Account struct {
	ObjectID string // oid, which never changes
	Tenant   string // tid
	Name     string // the user principal name
}

// EmailMatch is how the user principal name of who signed in compares with the e-mail address in the
// requester's Slack profile. The words are stored.
type EmailMatch string

// How they compare.
const (
	EmailAgrees  EmailMatch = "agrees"
	EmailDiffers EmailMatch = "differs"
	EmailUnread  EmailMatch = "unread" // Slack shows no address
)

// NoSignInWhy is why a requester of self-service is not signed in. The words are stored.
type NoSignInWhy string

// Why nobody is signed in. The first are those of [auth.SignInFailure].
const (
	SignInDeclined  NoSignInWhy = "declined"
	SignInExpired   NoSignInWhy = "expired"
	SignInNotPublic NoSignInWhy = "not-public"
	SignInNoConsent NoSignInWhy = "no-consent"
	SignInWrongApp  NoSignInWhy = "wrong-app"
	SignInBlocked   NoSignInWhy = "blocked"
	SignInUnknown   NoSignInWhy = "unknown"

	SignInUnshown      NoSignInWhy = "unshown"       // Slack did not let the bot show the code
	SignInTooMany      NoSignInWhy = "too-many"      // too many people are signing in
	SignInAlready      NoSignInWhy = "already"       // the requester is, for another request
	SignInLost         NoSignInWhy = "lost"          // the process that had it is gone
	SignInEnded        NoSignInWhy = "ended"         // Entra gives no more tokens without another sign-in
	SignInGuest        NoSignInWhy = "guest"         // of the tenant
	SignInOtherTenant  NoSignInWhy = "other-tenant"  // the account is of another tenant
	SignInOtherAccount NoSignInWhy = "other-account" // not the one on the card
	SignInEmailDiffers NoSignInWhy = "email-differs" // and nobody would see that before the erase
	SignInEmailUnread  NoSignInWhy = "email-unread"  // likewise
	SignInNotConfirmed NoSignInWhy = "not-confirmed" // which machine, in time
	SignInNoMachine    NoSignInWhy = "no-machine"    // the person has no Cloud PC that can be reprovisioned so
)

// NoSignInWhys are all of them.
func NoSignInWhys() []NoSignInWhy {
	return []NoSignInWhy{
		SignInDeclined, SignInExpired, SignInNotPublic, SignInNoConsent, SignInWrongApp, SignInBlocked, SignInUnknown, SignInUnshown, SignInTooMany, SignInAlready, SignInLost, SignInEnded,
		SignInGuest, SignInOtherTenant, SignInOtherAccount, SignInEmailDiffers, SignInEmailUnread, SignInNotConfirmed, SignInNoMachine,
	}
}

// NoSignInBecause is the cause with this word.
func NoSignInBecause(why NoSignInWhy) Cause { return Cause{Code: NoSignIn, Detail: string(why)} }

// IsSelfService reports whether a request was made with a sign-in of the requester's own.
func (r *Request) IsSelfService() bool { return r.Self.Holder != "" }

// StepHolder is the worker that alone may take the request's next step, because it has the requester's
// sign-in; empty = any. Once the call is out, nobody needs the sign-in.
func (r *Request) StepHolder() string {
	switch r.State {
	case Resolving, Pending, Approved:
		return r.Self.Holder
	}
	return ""
}

// LastWord is when the requester last said that they want it: with the command or, where they signed in, when they
// did so and when they confirmed which machine.
func (r *Request) LastWord() time.Time {
	last := r.Asked
	for _, t := range []time.Time{r.Self.SignedIn, r.Self.Confirmed} {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// HoldSignIn makes a new request one of self-service. Its requester signs in by a code until the given time;
// holder is the worker whose process waits for that.
func (r *Revision) HoldSignIn(holder string, until time.Time) {
	r.Self = SelfService{Holder: holder, Until: until}
}

// AwaitSignIn postpones the next step while the requester signs in. It fails with *MoveError if nobody has to.
func (r *Revision) AwaitSignIn(next time.Time) error {
	if err := r.requireSignIn("wait for a sign-in", false); err != nil {
		return err
	}
	r.Due, r.Tries = next, 0
	return nil
}

// SignIn records who has signed in, and until when that lasts. Their machines are looked up next.
func (r *Revision) SignIn(a Account, email EmailMatch, until, at time.Time) error {
	if err := r.requireSignIn("sign in", false); err != nil {
		return err
	}
	r.Self.Account, r.Self.Email, r.Self.Until, r.Self.SignedIn = a, email, until, at
	r.Cause, r.Due, r.Tries = Cause{}, at, 0
	e := r.record(WasSignedIn, r.Requester, Cause{}, at)
	e.SignIn = SignIn{ObjectID: a.ObjectID, Tenant: a.Tenant, Email: email}
	e.Texts = map[string]string{TextUser: a.Name}
	return nil
}

// ShowAgain has what the requester was shown last shown once more: the code, or the machines to choose from.
func (r *Revision) ShowAgain(at time.Time) error {
	if err := r.require("show it again", Resolving); err != nil {
		return err
	}
	r.Offered, r.Due = false, at
	return nil
}

// Confirm is Pick by who typed the machine's name, with a reason, which may be empty.
func (r *Revision) Confirm(i int, by auth.Person, reason string, at time.Time) error {
	if err := r.requireSignIn("confirm", true); err != nil {
		return r.Late()
	}
	if err := r.choose(i, at); err != nil {
		return err
	}
	r.Order.Reason, r.Self.Confirmed = reason, at
	e := r.record(WasConfirmed, by, Cause{}, at)
	e.Count, e.Texts = i+1, map[string]string{TextWhy: reason}
	return nil
}

// requireSignIn fails unless the request is one of self-service that is resolving, and somebody has, or nobody
// has, signed in for it.
func (r *Request) requireSignIn(move string, done bool) error {
	if !r.IsSelfService() || (r.Self.Account != Account{}) != done {
		return &MoveError{r.ID, r.State, move}
	}
	return r.require(move, Resolving)
}

// SignIn is what the hash chain keeps of a sign-in; the name is a text beside it.
type SignIn struct {
	ObjectID string
	Tenant   string
	Email    EmailMatch
}
