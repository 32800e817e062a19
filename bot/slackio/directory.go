package slackio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/judge"
)

var _ judge.Directory = (*Client)(nil)

// asking is call, unless the method is cooling down.
func (s *Client) asking(ctx context.Context, method string, args url.Values, out any) error {
	return s.callUnlessCooling(method, func() error { return s.call(ctx, method, args, out) })
}

// Standing returns what users.info says about a person's account
// (docs.slack.dev/reference/methods/users.info). Unless fresh is set, the answer may be up to a minute
// old. An account that Slack does not know counts as deactivated.
func (s *Client) Standing(ctx context.Context, of auth.Person, fresh bool) (auth.Standing, error) {
	a, err := s.lookUpAccount(ctx, of.ID, fresh)
	if err == nil && a.missing {
		return auth.Standing{Known: true, Org: of.Org, Deactivated: true}, nil
	}
	return a.Standing, err
}

// account is what users.info says about a person.
type account struct {
	auth.Standing
	name    string // as Slack shows it
	email   string // "" = Slack does not say, or not without the scope users:read.email
	missing bool   // Slack does not know the id
}

const emailScope = "users:read.email"

// Email returns the address that users.info gives for a person, or "" if Slack does not say: bots and
// people of other organisations often have none. Unless fresh is set, the answer may be up to a minute
// old. Without the scope users:read.email Slack leaves the address out and reports no error
// (docs.slack.dev/reference/methods/users.info); if that scope is known to be missing, Email returns a
// *causes.MissingScopeError.
func (s *Client) Email(ctx context.Context, of auth.Person, fresh bool) (string, error) {
	a, err := s.lookUpAccount(ctx, of.ID, fresh)
	if err == nil && a.email == "" && s.scopes.withhold(emailScope) {
		err = s.lacks("users.info", emailScope)
	}
	return a.email, err
}

func (s *Client) lookUpAccount(ctx context.Context, id string, fresh bool) (account, error) {
	return s.people.get(ctx, id, fresh, func(ctx context.Context) (account, error) {
		a, err := s.askAccount(ctx, id)
		if code(err) == "user_not_found" {
			return account{missing: true}, nil
		}
		return a, err
	})
}

func (s *Client) askAccount(ctx context.Context, id string) (account, error) {
	var answer struct{ User profile }
	if err := s.asking(ctx, "users.info", url.Values{"user": {id}}, &answer); err != nil {
		return account{}, err
	}
	return s.accountOf(answer.User), nil
}

// ByEmail returns the account that users.lookupByEmail finds for an address, and what Slack says about it
// (docs.slack.dev/reference/methods/users.lookupByEmail): a fresh answer. Nobody is the zero person. Slack
// ignores case there, and finds no deactivated accounts. Without the scope users:read.email it fails with
// *causes.MissingScopeError.
func (s *Client) ByEmail(ctx context.Context, email string) (auth.Person, auth.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	var answer struct{ User profile }
	err := s.asking(ctx, "users.lookupByEmail", url.Values{"email": {email}}, &answer)
	if code(err) == "users_not_found" {
		return auth.Person{}, auth.Standing{}, nil
	}
	if err != nil {
		return auth.Person{}, auth.Standing{}, err
	}
	a := s.accountOf(answer.User)
	if !strings.EqualFold(a.email, email) { // an answer to another question
		return auth.Person{}, auth.Standing{}, nil
	}
	return auth.Person{Org: a.Org, ID: answer.User.ID}, a.Standing, nil
}

// profile is a person in an answer of Slack (docs.slack.dev/reference/objects/user-object).
type profile struct {
	ID       string `json:"id"`
	Team     string `json:"team_id"`       // may be missing on Enterprise Grid
	Grid     string `json:"enterprise_id"` // in newer answers, beside enterprise_user
	Deleted  bool   `json:"deleted"`
	Bot      bool   `json:"is_bot"`
	Guest    bool   `json:"is_restricted"`
	Single   bool   `json:"is_ultra_restricted"`
	Stranger bool   `json:"is_stranger"`
	Handle   string `json:"name"`
	Profile  struct {
		Display string `json:"display_name"`
		Real    string `json:"real_name"`
		Email   any    `json:"email"`
	} `json:"profile"`
	Enterprise struct {
		ID string `json:"enterprise_id"`
	} `json:"enterprise_user"`
}

func (s *Client) accountOf(u profile) account {
	org := s.org(u.Team, cmp.Or(u.Enterprise.ID, u.Grid))
	email, _ := u.Profile.Email.(string)
	return account{
		name:  cmp.Or(u.Profile.Display, u.Profile.Real, u.Handle),
		email: email,
		Standing: auth.Standing{
			Known:       org != "",
			Org:         org,
			Guest:       u.Guest || u.Single,
			Bot:         u.Bot,
			Deactivated: u.Deleted,
			Stranger:    u.Stranger,
		},
	}
}

// Place returns what conversations.info says about a channel
// (docs.slack.dev/reference/methods/conversations.info). Unless fresh is set, the answer may be up to a
// minute old. A channel that Slack does not show to the bot is Hidden. Direct messages (D…) are not
// looked up: a conversation with the bot has nobody else in it.
func (s *Client) Place(ctx context.Context, channel string, fresh bool) (auth.Place, error) {
	if strings.HasPrefix(channel, "D") {
		return auth.Place{Known: true}, nil
	}
	return s.places.get(ctx, channel, fresh, func(ctx context.Context) (auth.Place, error) {
		var answer struct {
			Channel struct {
				Shared     bool  `json:"is_shared"`
				ExtShared  bool  `json:"is_ext_shared"`
				OrgShared  bool  `json:"is_org_shared"`
				PendingExt bool  `json:"is_pending_ext_shared"`
				Pending    []any `json:"pending_shared"`
			} `json:"channel"`
		}
		err := s.asking(ctx, "conversations.info", url.Values{"channel": {channel}}, &answer)
		var no *causes.RefusedError
		if errors.As(err, &no) && no.Code == "channel_not_found" { // private, and the bot is not in it
			return auth.Place{Known: true, Hidden: true}, nil
		}
		if err != nil {
			return auth.Place{}, err
		}
		c := answer.Channel
		return auth.Place{
			Known:   true,
			Outside: c.ExtShared || c.Shared && !c.OrgShared,
			Invited: c.PendingExt || len(c.Pending) > 0,
		}, nil
	})
}

// roster is the membership of a user group.
type roster struct {
	members []string
	none    bool // the group is disabled, or Slack does not have it
}

// Members returns the user ids that usergroups.users.list gives for a user group
// (docs.slack.dev/reference/methods/usergroups.users.list). Unless fresh is set, the answer may be up
// to a minute old. The error is judge.ErrNoGroup if the group is disabled or does not exist. Slack
// would list a disabled group's members with include_disabled; the bot does not ask for them, because
// somebody who disables a group means to end its members' rights.
func (s *Client) Members(ctx context.Context, group string, fresh bool) ([]string, error) {
	r, err := s.groups.get(ctx, group, fresh, func(ctx context.Context) (roster, error) {
		var answer struct {
			Users []string `json:"users"`
		}
		err := s.asking(ctx, "usergroups.users.list", url.Values{"usergroup": {group}}, &answer)
		var no *causes.RefusedError
		if errors.As(err, &no) && no.Code == "no_such_subteam" {
			return roster{none: true}, nil
		}
		return roster{members: answer.Users}, err
	})
	switch {
	case err != nil:
		return nil, err
	case r.none:
		return nil, fmt.Errorf("slack: %s: %w", group, judge.ErrNoGroup)
	}
	return slices.Clone(r.members), nil
}
