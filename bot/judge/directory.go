// Package judge decides whether somebody may do something, by the rules of package auth and by
// what Slack says of people, channels and user groups: at the command or the press, and again,
// on fresh facts, just before a machine is erased.
package judge

import (
	"context"
	"errors"

	"cloudpc-bot/auth"
)

// Directory is what Slack says of people, channels and user groups, no older than a minute.
// Fresh asks Slack anew. An error says that nothing is known, and whoever judges says no;
// one that is a *ThrottledError says for how long it is in vain to ask again.
type Directory interface {
	Standing(ctx context.Context, of auth.Person, fresh bool) (auth.Standing, error)
	Place(ctx context.Context, channel string, fresh bool) (auth.Place, error)
	// Members are the ids of the people of the home organisation in a user group. An error
	// that is ErrNoGroup is an answer: nobody is in it.
	Members(ctx context.Context, group string, fresh bool) ([]string, error)
}

// ErrNoGroup is a user group that is disabled, or that Slack does not have.
var ErrNoGroup = errors.New("the user group is disabled, or there is none of that id")
