package ops

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/slackio"
)

// Workspace is what Slack tells whoever sets the bot up.
type Workspace interface {
	Account(ctx context.Context, id string) (slackio.Account, error)
	Channel(ctx context.Context, id string) (slackio.Channel, error)
	Members(ctx context.Context, group string, fresh bool) ([]string, error)
	Home() string // the organisation
	Name() string // of the bot, as people mention it
}

// Setup is what a configuration names of Slack.
type Setup struct {
	Admins, Requesters []string
	Channel            string // for the cards; empty = none in particular
}

// lookTime is for how long the look lasts at most: it is nobody's job to finish it.
const lookTime = time.Minute

// Look looks once at each person, user group and channel that a configuration names, and logs
// as an error, with its cure, whatever keeps one of them from doing what it is named for. It
// is nothing to stop for: it may be put right while the bot runs, and what cannot be looked at
// now may be readable when somebody presses.
func Look(ctx context.Context, w Workspace, s Setup, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	l := &look{Workspace: w, log: log}
	if s.Channel != "" {
		l.channel(ctx, s.Channel)
	}
	seen := map[string]bool{}
	for _, list := range []struct {
		variable string
		entries  []string
	}{{"ADMINS", s.Admins}, {"REQUESTERS", s.Requesters}} {
		people, groups := auth.Apart(list.entries)
		for _, id := range groups {
			l.group(ctx, list.variable, id)
		}
		for _, id := range people {
			if seen[id] {
				continue
			}
			seen[id] = true
			if err := l.person(ctx, list.variable, id); err != nil {
				if ctx.Err() == nil && !errors.As(err, new(*causes.MissingScopeError)) { // which the client has logged
					l.log.Warn("Slack does not tell who the people on a list are", "variable", list.variable, "error", err)
				}
				break // it would be the same with the next
			}
		}
	}
	log.Info("looked at the people, groups and channel of the configuration", "troubles", l.troubles)
}

type look struct {
	Workspace
	log      *slog.Logger
	troubles int
}

func (l *look) trouble(what, why, cure string, about ...any) {
	l.troubles++
	l.log.Error(what, append(about, "why", why, "cure", cure)...)
}

// person looks at somebody on a list; the error is that nothing is known.
func (l *look) person(ctx context.Context, list, id string) error {
	a, err := l.Account(ctx, id)
	if err != nil {
		return err
	}
	why, cure := "", "take this id off the list"
	switch {
	case a.Missing:
		why, cure = "Slack has no account with this id", "copy the member id anew from the person's profile in Slack (Copy member ID)"
	case a.Deactivated:
		why = "the account is deactivated"
	case a.Bot:
		why = "it is a bot, and only people count"
	case a.Stranger, a.Org != l.Home():
		why = "the account is of another organisation than the bot's"
	case a.Guest:
		why, cure = "the account is a guest's", "make the person a full member in Slack, or take this id off the list"
	default:
		return nil
	}
	l.trouble("somebody on a list may do nothing", why, cure, "person", id, "variable", list)
	return nil
}

// channel looks at the one that cards are to be posted in.
func (l *look) channel(ctx context.Context, id string) {
	c, err := l.Channel(ctx, id)
	invite := "type /invite @" + l.Name() + " in #" + c.Name
	why, cure := "", ""
	switch {
	case err != nil:
		if ctx.Err() == nil && !errors.As(err, new(*causes.MissingScopeError)) {
			l.log.Warn("Slack does not tell what APPROVAL_CHANNEL is", "channel", id, "error", err)
		}
		return
	case c.Missing:
		why, cure = "Slack has no channel with this id, or it is private and the bot is not in it",
			"copy the id from the channel's details in Slack; if it is right, type /invite @"+l.Name()+" there"
	case c.Archived:
		why, cure = "the channel is archived", "unarchive it and "+invite+", or name another channel"
	case c.Shared:
		why, cure = "the channel is shared with another organisation, or about to be", "name a channel that only your own people are in"
	case !c.Member:
		why, cure = "the bot is not in it", invite
	default:
		return
	}
	l.trouble("cards cannot go to APPROVAL_CHANNEL", why, cure, "channel", id, "name", c.Name)
}
