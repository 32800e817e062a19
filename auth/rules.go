package auth

import (
	"errors"
	"slices"
	"strings"
)

// Person is one Slack user. Two persons are the same if both fields are equal; names and
// e-mail addresses are for display and are never compared.
type Person struct {
	Org string // enterprise id, or team id without Enterprise Grid
	ID  string // user id, U… or W…
}

// IsZero reports whether p is nobody: the bot itself, or an empty field.
func (p Person) IsZero() bool { return p == Person{} }

// Twin is the other id that the same human may have, empty if there is none: people of a workspace
// that joined an Enterprise Grid have an id of the workspace (U…) and one of the enterprise (W…), and
// Slack may deliver either. It is a guess, so it never grants access; it only keeps somebody who may
// be the same human from counting twice.
func (p Person) Twin() string {
	switch {
	case strings.HasPrefix(p.ID, "U"):
		return "W" + p.ID[1:]
	case strings.HasPrefix(p.ID, "W"):
		return "U" + p.ID[1:]
	}
	return ""
}

// MayBe reports whether p and q are the same person, or may be the same human under two ids of one
// organisation. Like Twin it is a guess, so it never grants access.
func (p Person) MayBe(q Person) bool {
	return p == q || p.Org == q.Org && p.ID != "" && p.Twin() == q.ID
}

// Act is what a person tries to do.
type Act string

// The acts.
const (
	Ask     Act = "ask"     // request a reprovision
	Approve Act = "approve" // approve a request
	Deny    Act = "deny"
	Cancel  Act = "cancel"
	Leave   Act = "leave" // leave an unconfirmed request as it is
	Again   Act = "again" // request the same once more
	Freeze  Act = "freeze"
	ReadAll Act = "read all" // read everybody's requests
	Read    Act = "read"     // read one request
	Veto    Act = "veto"     // say "not now" to the erase of one's own machine
	Pick    Act = "pick"     // pick one of several machines that fit what one asked for

	SelfService Act = "self-service" // reprovision a machine of one's own, by one's own sign-in
)

// Standing is what Slack says about a person's account. The zero value knows nothing.
type Standing struct {
	Known       bool
	Org         string // organisation of the account
	Guest       bool   // single- or multi-channel
	Bot         bool
	Deactivated bool
	Stranger    bool // from another organisation, through Slack Connect
}

// Place is what Slack says about a channel. The zero value knows nothing.
type Place struct {
	Known   bool
	Outside bool // the channel is shared with another organisation
	Invited bool // an invitation to another organisation is pending
	Hidden  bool // the bot cannot see the channel, so it cannot tell who is in it
}

// Attempt is an act with the facts by which it is judged.
type Attempt struct {
	By        Person
	Act       Act
	Requester Person // whose request it is about; zero if it is about none
	Standing  Standing
	Place     Place           // where it happens
	Owner     bool            // By is the person whose machine it is
	Groups    map[string]bool // by group id, whether By is a member; a missing group is unknown
}

// Verdict is the answer to an attempt and the reason for it.
type Verdict struct {
	Allowed bool
	Reason  Reason
	Detail  string // the scope, for NoScope; else empty
}

// Reason is why a verdict came out as it did. Package words turns it into text for people.
type Reason string

// The reasons.
const (
	IsAdmin     Reason = "is-admin"     // on the list ADMINS, by id or through a group
	IsRequester Reason = "is-requester" // on the list REQUESTERS, likewise, or the requester
	Foreign     Reason = "foreign"      // from another organisation than the bot's
	NotListed   Reason = "not-listed"   // on no list
	NotAdmin    Reason = "not-admin"    // only an admin may do this
	NotTheirs   Reason = "not-theirs"   // neither an admin nor the requester
	OwnRequest  Reason = "own-request"  // requesters cannot approve their own requests
	IsOwner     Reason = "is-owner"     // it is their machine
	NotOwner    Reason = "not-owner"    // it is not their machine
	OwnMachine  Reason = "own-machine"  // people cannot approve that their own machine is erased
	IsGuest     Reason = "guest"
	IsBot       Reason = "bot"
	IsGone      Reason = "deactivated"
	Outside     Reason = "outside"    // the channel is shared with another organisation, or an invitation is pending
	Hidden      Reason = "hidden"     // the bot cannot see the channel
	OtherCard   Reason = "other-card" // tried on a message other than the request's card
	Unknown     Reason = "unknown"    // a fact could not be obtained
	NoScope     Reason = "no-scope"   // a fact can never be obtained: the app lacks the scope

	IsMember      Reason = "is-member"       // a full member of the organisation: enough for self-service
	NoSelfService Reason = "no-self-service" // self-service is switched off
)

// Rule judges attempts.
type Rule interface {
	Judge(Attempt) Verdict
	// Groups are the user groups that the attempt does not say anything about and that
	// matter to it.
	Groups(Attempt) []Group
}

// Rules are the rules of one installation. The lists decide first, without Standing or
// Place, so that people who are on no list cause no calls to Slack.
type Rules struct {
	Home       string   // the installation's organisation: enterprise id, else team id
	Admins     []string // ids of users and user groups that may request and decide
	Requesters []string // ids of users and user groups that may request
	AllowSelf  bool     // an admin may approve their own request
	AllowOwner bool     // an admin may approve that their own machine is erased

	SelfService bool // every full member may reprovision their own machine
}

// New checks the rules. An empty list of admins is an error, because an empty list could
// mean nobody as well as everybody.
func New(r Rules) (*Rules, error) {
	switch {
	case r.Home == "":
		return nil, errors.New("auth: the home organisation is not known")
	case len(r.Admins) == 0:
		return nil, errors.New("auth: the list of admins is empty")
	}
	r.Admins, r.Requesters = slices.Clone(r.Admins), slices.Clone(r.Requesters)
	return &r, nil
}

// Judge decides an attempt by the facts in it. On an attempt without Standing and Place, a
// verdict of Unknown means that the lists allow it, or would for some membership in the
// unknown groups, and that those facts decide.
func (r *Rules) Judge(a Attempt) Verdict {
	if a.By.Org != r.Home {
		return Verdict{Reason: Foreign}
	}
	listed := r.lists(a)
	if !listed.Allowed {
		return listed
	}
	switch s := a.Standing; {
	case !s.Known:
		return Verdict{Reason: Unknown}
	case s.Org != r.Home, s.Stranger:
		return Verdict{Reason: Foreign}
	case s.Deactivated:
		return Verdict{Reason: IsGone}
	case s.Bot:
		return Verdict{Reason: IsBot}
	case s.Guest:
		return Verdict{Reason: IsGuest}
	}
	switch p := a.Place; {
	case !p.Known:
		return Verdict{Reason: Unknown}
	case p.Outside, p.Invited:
		return Verdict{Reason: Outside}
	case p.Hidden:
		return Verdict{Reason: Hidden}
	case a.Owner && a.Act == Approve && !r.AllowOwner:
		return Verdict{Reason: OwnMachine}
	}
	return listed
}

// lists is what the lists say, and whose request it is. While membership in a group is
// unknown, what is allowed without it is allowed, and what would not be allowed even with
// it is refused, with a reason that holds either way; anything else is Unknown.
func (r *Rules) lists(a Attempt) Verdict {
	admin, admins := on(r.Admins, "ADMINS", a)
	requester, requesters := on(r.Requesters, "REQUESTERS", a)
	least := r.decide(a, admin, requester)
	most := r.decide(a, admin || len(admins) > 0, requester || len(requesters) > 0)
	switch {
	case least.Allowed:
		return least
	case most.Allowed:
		return Verdict{Reason: Unknown}
	}
	return most
}

// decide is the verdict for a person who is an admin, a requester, both or neither.
func (r *Rules) decide(a Attempt, admin, requester bool) Verdict {
	own := a.By == a.Requester
	switch {
	case a.Act == Approve && (own || a.By.Twin() == a.Requester.ID) && !r.AllowSelf:
		if !admin {
			return Verdict{Reason: NotAdmin}
		}
		return Verdict{Reason: OwnRequest}
	case a.Act == Veto && a.Owner: // whoever they are besides
		return Verdict{Allowed: true, Reason: IsOwner}
	case a.Act == Veto: // an admin can deny
		return Verdict{Reason: NotOwner}
	case a.Act == SelfService && !r.SelfService:
		return Verdict{Reason: NoSelfService}
	case a.Act == SelfService && !a.Requester.IsZero() && !own:
		return Verdict{Reason: NotTheirs}
	case a.Act == SelfService: // whatever list they are on
		return Verdict{Allowed: true, Reason: IsMember}
	case a.Act == Pick && !own: // whoever did not ask does not know which one was meant
		return Verdict{Reason: NotTheirs}
	case admin:
		return Verdict{Allowed: true, Reason: IsAdmin}
	case a.Act == Ask, a.Act == Again, a.Act == Pick:
		if requester {
			return Verdict{Allowed: true, Reason: IsRequester}
		}
		return Verdict{Reason: NotListed}
	case a.Act == Cancel, a.Act == Read:
		switch {
		case own:
			return Verdict{Allowed: true, Reason: IsRequester}
		case requester:
			return Verdict{Reason: NotTheirs}
		}
		return Verdict{Reason: NotListed}
	case requester:
		return Verdict{Reason: NotAdmin}
	}
	return Verdict{Reason: NotListed}
}
