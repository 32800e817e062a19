package auth

import (
	"errors"
	"slices"
	"strings"
)

// Person is one human of Slack. Two persons are the same when both parts are
// equal; names and e-mail addresses are for the eyes and never compared.
type Person struct {
	Org string // enterprise id, or team id where there is no Enterprise Grid
	ID  string // user id, U… or W…
}

// IsZero reports whether nobody is meant: the bot itself, or an empty field.
func (p Person) IsZero() bool { return p == Person{} }

// Twin is the id that the same human may have besides p's, empty where there is none: people of a
// workspace that joined an Enterprise Grid have one of the workspace (U…) and one of the enterprise
// (W…), and Slack may deliver either. It is a guess, so nobody is let in by it; who may be the same
// human does not count twice.
func (p Person) Twin() string {
	switch {
	case strings.HasPrefix(p.ID, "U"):
		return "W" + p.ID[1:]
	case strings.HasPrefix(p.ID, "W"):
		return "U" + p.ID[1:]
	}
	return ""
}

// Act is what somebody tries to do.
type Act string

// The acts that are judged.
const (
	Ask     Act = "ask"     // for a reprovision
	Approve Act = "approve" // somebody's request
	Deny    Act = "deny"
	Cancel  Act = "cancel"
	Leave   Act = "leave" // an unconfirmed request as it is
	Again   Act = "again" // ask for the same once more
	Freeze  Act = "freeze"
	ReadAll Act = "read all" // everybody's requests
	Read    Act = "read"     // a request
)

// Standing is what Slack says of somebody's account. The zero value knows nothing.
type Standing struct {
	Known       bool
	Org         string // where the account belongs
	Guest       bool   // single- or multi-channel
	Bot         bool
	Deactivated bool
	Stranger    bool // seen through Slack Connect
}

// Place is what Slack says of a channel. The zero value knows nothing.
type Place struct {
	Known   bool
	Outside bool // people of other organisations are in it
	Invited bool // they are about to be
	Hidden  bool // the bot may not see it, so nobody can say who is in it
}

// Attempt is an act with the facts it is judged by.
type Attempt struct {
	By        Person
	Act       Act
	Requester Person // whose request it is about; zero where there is none
	Standing  Standing
	Place     Place           // where it happens
	Groups    map[string]bool // whether By is in a user group, by its id; a group that is not here is not known
}

// Verdict is the answer to an attempt and the reason for it.
type Verdict struct {
	Allowed bool
	Reason  Reason
	Detail  string // of NoScope: the scope; else empty
}

// Reason is why a verdict came out as it did; words for people are made of it elsewhere.
type Reason string

// The reasons there are.
const (
	IsAdmin     Reason = "is-admin"     // on the list ADMINS, by id or by a group
	IsRequester Reason = "is-requester" // on the list REQUESTERS, likewise, or it is their own request
	Foreign     Reason = "foreign"      // of another organisation than the bot's
	NotListed   Reason = "not-listed"   // on no list at all
	NotAdmin    Reason = "not-admin"    // this takes an admin
	NotTheirs   Reason = "not-theirs"   // neither an admin nor who asked
	OwnRequest  Reason = "own-request"  // who asks does not approve
	IsGuest     Reason = "guest"
	IsBot       Reason = "bot"
	IsGone      Reason = "deactivated"
	Outside     Reason = "outside"    // the channel is shared with another organisation, or about to be
	Hidden      Reason = "hidden"     // the bot may not see the channel
	OtherCard   Reason = "other-card" // it was tried on another message than the request's card
	Unknown     Reason = "unknown"    // a fact could not be had
	NoScope     Reason = "no-scope"   // nor will it be: the app lacks a scope for asking
)

// Rule judges attempts.
type Rule interface {
	Judge(Attempt) Verdict
	// Groups are the user groups that the attempt says nothing of and that matter to it.
	Groups(Attempt) []Group
}

// Rules are those of one installation. What the lists decide is decided without a look at
// Standing or Place, so that nobody off the lists costs a question to Slack.
type Rules struct {
	Home       string   // organisation of the installation: enterprise id, else team id
	Admins     []string // may ask and decide: people, and user groups of them
	Requesters []string // may ask: the same
	AllowSelf  bool     // an admin may approve their own request
}

// New checks the rules. An empty list of admins is an error: a bot that nobody may use
// and one that everybody may use look alike.
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

// Judge decides an attempt by the facts in it. A verdict of Unknown on an attempt without
// facts says that the lists allow it, or would if Groups turned out well, and the facts decide.
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
	}
	return listed
}

// lists is what the lists say, and whose request it is. Where it is not known who is in a
// group, who is allowed without it is allowed, and who would not be allowed with it is
// refused, in words that are true either way; in between nobody can say.
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

// decide is what somebody may who is an admin or a requester, both or neither.
func (r *Rules) decide(a Attempt, admin, requester bool) Verdict {
	own := a.By == a.Requester
	switch {
	case a.Act == Approve && (own || a.By.Twin() == a.Requester.ID) && !r.AllowSelf:
		if !admin {
			return Verdict{Reason: NotAdmin}
		}
		return Verdict{Reason: OwnRequest}
	case admin:
		return Verdict{Allowed: true, Reason: IsAdmin}
	case a.Act == Ask, a.Act == Again:
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
