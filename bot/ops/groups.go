package ops

import (
	"context"
	"errors"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/judge"
)

// group checks a user group on a list.
func (l *look) group(ctx context.Context, list, id string) {
	members, err := l.Members(ctx, id, false)
	if ctx.Err() != nil {
		return
	}
	const what = "a user group on a list has no effect"
	var no *causes.RefusedError
	switch {
	case errors.Is(err, judge.ErrNoGroup):
		l.trouble(what, "it is disabled or does not exist", "enable it in Slack, or take it off the list", "group", id, "variable", list)
	case errors.As(err, &no) && no.Code == "missing_scope":
		l.trouble(what, "the app lacks the scope usergroups:read", "reinstall it from its manifest (cloudpc-bot manifest)", "group", id, "variable", list)
	case errors.As(err, &no) && no.Code == "plan_upgrade_required":
		l.trouble(what, "this workspace's plan has no user groups", "list the people instead", "group", id, "variable", list)
	case err != nil:
		l.log.Warn(what+" at the moment", "group", id, "variable", list, "error", err,
			"finding", "Slack did not answer who is in it; until it does, its members are told to try again")
	case len(members) == 0:
		l.trouble(what, "nobody is in it", "add its people in Slack, or take it off the list", "group", id, "variable", list)
	}
}
