package ops

import (
	"context"
	"errors"
	"log/slog"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot"
)

// Groups looks once into each user group that a list names, and warns in the log of those
// that make nobody an admin or a requester as things are, with what to do about it. It is
// nothing to stop for: what can not be read now may be readable when somebody presses.
func Groups(ctx context.Context, d bot.Directory, list string, entries []string, log *slog.Logger) {
	_, groups := auth.Apart(entries)
	for _, id := range groups {
		members, err := d.Members(ctx, id, false)
		if text := ill(members, err); text != "" && ctx.Err() == nil {
			log.Warn("a user group on a list counts for nobody: "+text, "group", id, "variable", list, "error", err)
		}
	}
}

// ill says what is wrong with a group; nothing where it has members.
func ill(members []string, err error) string {
	var no *bot.RefusedError
	switch {
	case errors.Is(err, bot.ErrNoGroup):
		return "it is disabled, or there is none of that id; enable it in Slack, or take it off the list"
	case errors.As(err, &no) && no.Code == "missing_scope":
		return "the app lacks the scope usergroups:read; reinstall it from its manifest"
	case errors.As(err, &no) && no.Code == "plan_upgrade_required":
		return "this workspace's plan has no user groups; list the people instead"
	case err != nil:
		return "Slack does not tell who is in it; until it does, its members are told to try again"
	case len(members) == 0:
		return "nobody is in it"
	}
	return ""
}
