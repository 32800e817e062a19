package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/judge"
)

const notifyApprovers = "NOTIFY_APPROVERS"

// notified looks up who is mentioned on cards and is not on ADMINS, where each is looked up already. What
// Slack does not answer is left out: the bot mentions people without asking.
func (l *look) notified(ctx context.Context, s Setup) (found []Finding) {
	people, groups := auth.Apart(s.Notify)
	for _, id := range people {
		if slices.Contains(s.Admins, id) || id == "auto" || id == "off" {
			continue
		}
		if a, err := l.account(ctx, id); err == nil {
			if why, cure := l.unfit(a); why != "" {
				found = append(found, uncalled(id, why, cure))
			}
		}
	}
	for _, id := range groups {
		if slices.Contains(s.Admins, id) {
			continue
		}
		if _, err := l.Members(ctx, id, false); errors.Is(err, judge.ErrNoGroup) {
			found = append(found, uncalled(id, disabled, enable))
		}
	}
	return found
}

func uncalled(id, why, cure string) Finding {
	return Finding{Level: Warn, Subject: "people", Text: fmt.Sprintf("%s on %s: %s", id, notifyApprovers, why), Cure: cure,
		What: "an id on a list calls nobody", About: []any{"id", id, "variable", notifyApprovers}}
}

// strangers warns of who is on NOTIFY_APPROVERS and not on ADMINS, unless a finding says already that the id
// is of no use.
func strangers(cfg config.Config, found []Finding) []Finding {
	ids := slices.DeleteFunc(NotAdmins(cfg.NotifyApprovers, cfg.Admins), func(id string) bool {
		return slices.ContainsFunc(found, func(f Finding) bool { return strings.HasPrefix(f.Text, id+" on "+notifyApprovers) })
	})
	if len(ids) == 0 {
		return nil
	}
	return []Finding{{
		Level: Warn, Subject: "configuration", Text: "NOTIFY_APPROVERS names somebody who is not on ADMINS: " + strings.Join(ids, ", "),
		Cure: "add them to ADMINS, or take them off NOTIFY_APPROVERS: the bot would mention people on cards who may not approve",
	}}
}
