package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/auth"
)

// Choice is one of several machines, as people tell them apart.
type Choice struct {
	ID      string // Graph's cloudPC.id
	Name    string // display name
	Device  string // Windows computer name
	User    string // user principal name; empty if the machine is shared
	Plan    string
	Status  string    // beta only
	Changed time.Time // when Graph last changed the machine; zero = not known
}

// FoundBy is what in Graph equals what was typed.
type FoundBy string

// By what a machine is found. More than one may be true of a machine; the first is kept.
const (
	ByID      FoundBy = "id"
	ByName    FoundBy = "name"
	ByDevice  FoundBy = "device"  // the Windows computer name
	ByManaged FoundBy = "managed" // Intune's device id
	ByEntra   FoundBy = "entra"   // Entra's device id
	ByUser    FoundBy = "user"    // the user principal name
	ByProfile FoundBy = "profile" // the user principal name is the e-mail address of a mentioned person's Slack profile
	ByPick    FoundBy = "pick"    // the requester picked it out of several
)

// Preview is what is known of a machine's use when its card goes up, for those who decide. An approval
// is not bound to it, and what is not known is empty.
type Preview struct {
	SignedIn   bool      // somebody is signed in
	Never      bool      // nobody ever signed in
	LastUse    time.Time // of the last sign-in or activity
	AsOf       time.Time // when that was read; zero = it is not known
	Image      string    // what is wrong with the image that it will get: supportedWithWarning, notSupported, failed, gone; empty = nothing
	ImageUntil time.Time // until when that image can be used; zero = not known
	Others     []string  // names of the other Cloud PCs of the same user
	NoOwners   bool      // nobody can tell whether an approver owns it: the app may not see e-mail addresses
}

// LostPickError reports a pick that came second.
type LostPickError struct {
	Request ID
	Picked  string // name of the machine that was picked before
}

func (e *LostPickError) Error() string {
	return fmt.Sprintf("ledger: %s: %q was picked before", e.Request, e.Picked)
}

// Offer records that several machines fit, and waits until the given time for the requester to pick one.
func (r *Revision) Offer(c []Choice, at time.Time) error {
	if err := r.require("offer several machines", Resolving); err != nil {
		return err
	}
	r.Choices, r.Cause, r.Due, r.Tries = c, Cause{}, at, 0
	var why Cause
	if !r.IsSelfService() { // where people choose among their own, even if they have one
		why.Code = ManyPCs
	}
	r.record(WasOffered, auth.Person{}, why, at)
	return nil
}

// AwaitPick records that the requester was shown the choices. If they pick none, the request is looked
// at again at until.
func (r *Revision) AwaitPick(until time.Time) error {
	if err := r.require("wait for a pick", Resolving); err != nil {
		return err
	}
	r.Offered, r.Due, r.Tries = true, until, 0
	return nil
}

// Pick takes the choice with this index. It fails with *LostPickError if one was picked before, with
// *MoveError if there is no such choice, and with *DecidedError if the request is no longer looking.
func (r *Revision) Pick(i int, by auth.Person, at time.Time) error {
	if err := r.choose(i, at); err != nil {
		return err
	}
	r.record(WasPicked, by, Cause{}, at).Count = i + 1
	return nil
}

func (r *Revision) choose(i int, at time.Time) error {
	switch {
	case r.Picked != "":
		return &LostPickError{r.ID, r.chosen().Name}
	case r.State != Resolving:
		return r.Late()
	case i < 0 || i >= len(r.Choices):
		return &MoveError{r.ID, r.State, "pick what was not offered"}
	}
	r.Picked, r.FoundBy, r.Due = r.Choices[i].ID, ByPick, at
	return nil
}

// PickedName is the name of the machine that was picked; empty if none was.
func (r *Request) PickedName() string {
	if r.Picked == "" {
		return ""
	}
	return r.chosen().Name
}

// chosen is the choice that was picked.
func (r *Request) chosen() Choice {
	i := slices.IndexFunc(r.Choices, func(c Choice) bool { return strings.EqualFold(c.ID, r.Picked) })
	if i < 0 {
		return Choice{}
	}
	return r.Choices[i]
}
