package doctor

import (
	"context"
	"errors"
	"fmt"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/judge"
)

const (
	disabled = "it is disabled or does not exist"
	enable   = "enable it in Slack, or take it off the list"
)

// group checks a user group on a list.
func (l *look) group(ctx context.Context, list, id string) (found []Finding) {
	members, err := l.Members(ctx, id, false)
	if err == nil {
		l.members[id] = members
	}
	var no *causes.RefusedError
	why, cure := "", ""
	switch {
	case errors.Is(err, judge.ErrNoGroup):
		why, cure = disabled, enable
	case errors.As(err, &no) && no.Code == "missing_scope":
		why, cure = "the app lacks the scope usergroups:read", "reinstall it from its manifest (cloudpc-bot manifest)"
	case errors.As(err, &no) && no.Code == "plan_upgrade_required":
		why, cure = "this workspace's plan has no user groups", "list the people instead"
	case err != nil:
		return unanswered(ctx, "groups", "Slack did not answer who is in a user group on a list", err, "group", id, "variable", list)
	case len(members) == 0:
		why, cure = "nobody is in it", "add its people in Slack, or take it off the list"
	default:
		found = append(found, fine("groups", "%s on %s has %s", id, list, count(len(members), "member", "members")))
	}
	if why != "" {
		found = append(found, Finding{
			Level: Fail, Subject: "groups", Text: fmt.Sprintf("%s on %s: %s", id, list, why), Cure: cure,
			What: "a user group on a list has no effect", About: []any{"group", id, "variable", list},
		})
	}
	if list == "ADMINS" {
		found = append(found, Finding{
			Level: Warn, Subject: "groups", Text: fmt.Sprintf("whoever may edit the user group %s in Slack can make admins of this bot", id),
			Cure: "let only people whom you trust with that edit user groups (Slack's admin settings › Permissions), or list people instead of the group",
		})
	}
	return found
}
