// Package judge decides whether somebody may do something, by the rules of package auth and the
// facts that Slack has about people, channels and user groups: at the command or press, and again,
// on fresh facts, just before a machine is erased.
//
// If Slack does not answer, nobody may do anything: a request waits until Slack does. What judge
// cannot see is a change that Slack itself does not know of yet, such as somebody who has left the
// company but still has a Slack account.
//
// # User groups
//
// The members of a user group count as if they were listed. When somebody presses a button, the copy of
// the members is at most a minute old; it is refreshed as soon as Slack reports a change, and again just before the
// call to Graph. A disabled or deleted group has no members. While a group cannot be read, its members are
// asked to try again and approved calls wait.
//
// # Enterprise Grid
//
// If the workspace joins an Enterprise Grid, its open requests and its lists stay valid, and nobody can approve their own
// request under a new id: a person is the same under the enterprise's id. People in the enterprise's other workspaces may
// be listed too; Slack's users.info says who belongs to it.
package judge

import (
	"context"
	"errors"

	"cloudpc-bot/auth"
)

// Directory is what Slack says about people, channels and user groups, at most a minute old; with
// fresh, Slack is asked again. An error says that nothing is known, and then the answer is no. A
// *causes.ThrottledError says how long asking again is useless.
type Directory interface {
	// Standing is the state of a person's account: a full member, a guest, a bot, ….
	Standing(ctx context.Context, of auth.Person, fresh bool) (auth.Standing, error)
	// Place is what kind of channel this is: shared with others, hidden from the bot, ….
	Place(ctx context.Context, channel string, fresh bool) (auth.Place, error)
	// Members are the ids of the members of a user group who belong to the bot's organisation.
	// ErrNoGroup is an answer: the group has no members that count.
	Members(ctx context.Context, group string, fresh bool) ([]string, error)
	// Email is the e-mail address in a person's profile, "" if Slack does not say it. Without the scope
	// for it Email fails with *causes.MissingScopeError.
	Email(ctx context.Context, of auth.Person, fresh bool) (string, error)
	// ByEmail is the person with this e-mail address, and the state of their account: a fresh answer. The
	// zero person is nobody. Without the scope for it ByEmail fails with *causes.MissingScopeError.
	ByEmail(ctx context.Context, email string) (auth.Person, auth.Standing, error)
}

// ErrNoGroup says that a user group is disabled or does not exist.
var ErrNoGroup = errors.New("the user group is disabled or does not exist")
