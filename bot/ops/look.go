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

// Workspace is what Look needs to know from Slack.
type Workspace interface {
	Account(ctx context.Context, id string) (slackio.Account, error)
	Channel(ctx context.Context, id string) (slackio.Channel, error)
	Members(ctx context.Context, group string, fresh bool) ([]string, error)
	Home() string // id of the bot's organisation
	Name() string // the bot's name, as people mention it
}

// Setup is the part of the configuration that names things in Slack.
type Setup struct {
	Admins, Requesters []string
	Channel            string // APPROVAL_CHANNEL; empty = cards are posted where the command was typed
}

// lookTime is how long the look lasts at most. Nothing depends on its being complete.
const lookTime = time.Minute

// Look looks up in Slack each person, user group and channel that the configuration names, once. If
// something keeps one of them from serving its purpose, that is logged as an error with its cure. The
// bot starts all the same: it may be put right while the bot runs, and what cannot be read now may be
// readable when somebody presses a button.
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
				if ctx.Err() == nil && !errors.As(err, new(*causes.MissingScopeError)) { // the Slack client has logged a missing scope already
					l.log.Warn("Slack did not answer who the people on a list are", "variable", list.variable, "error", err)
				}
				break // the next person would fail in the same way
			}
		}
	}
	log.Info("the bot looked at the people, groups and channel of the configuration", "troubles", l.troubles)
}

type look struct {
	Workspace
	log      *slog.Logger
	troubles int
}

func (l *look) trouble(what, finding, cure string, about ...any) {
	l.troubles++
	l.log.Error(what, append(about, "finding", finding, "cure", cure)...)
}

// person checks somebody on a list. An error says that Slack did not answer.
func (l *look) person(ctx context.Context, list, id string) error {
	a, err := l.Account(ctx, id)
	if err != nil {
		return err
	}
	why, cure := "", "take this id off the list"
	switch {
	case a.Missing:
		why, cure = "Slack has no account with this id", "copy the member id again from the person's profile in Slack (Copy member ID)"
	case a.Deactivated:
		why = "the account is deactivated"
	case a.Bot:
		why = "it is a bot, and only people count"
	case a.Stranger, a.Org != l.Home():
		why = "the account belongs to another organisation than the bot"
	case a.Guest:
		why, cure = "the account is a guest's", "make the person a full member in Slack, or take this id off the list"
	default:
		return nil
	}
	l.trouble("a person on a list cannot use the bot", why, cure, "person", id, "variable", list)
	return nil
}

// channel checks APPROVAL_CHANNEL.
func (l *look) channel(ctx context.Context, id string) {
	c, err := l.Channel(ctx, id)
	invite := "type /invite @" + l.Name() + " in #" + c.Name
	why, cure := "", ""
	switch {
	case err != nil:
		if ctx.Err() == nil && !errors.As(err, new(*causes.MissingScopeError)) {
			l.log.Warn("Slack did not answer what APPROVAL_CHANNEL is", "channel", id, "error", err)
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
	l.trouble("the bot cannot post cards to APPROVAL_CHANNEL", why, cure, "channel", id, "name", c.Name)
}
