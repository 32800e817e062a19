package doctor

import (
	"context"
	"fmt"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/slackio"
)

// people checks the people on the lists; whoever is on both is checked once.
func (l *look) people(ctx context.Context, lists []list) (found []Finding) {
	seen, fit := map[string]bool{}, 0
	for _, list := range lists {
		people, _ := auth.Apart(list.entries)
		for _, id := range people {
			if seen[id] {
				continue
			}
			seen[id] = true
			a, err := l.account(ctx, id)
			if err != nil { // the next one would fail in the same way
				return append(found, unanswered(ctx, "people", "Slack did not answer who the people on a list are", err, "variable", list.variable)...)
			}
			why, cure := l.unfit(a)
			if why == "" {
				fit++
				continue
			}
			found = append(found, Finding{
				Level: Fail, Subject: "people", Text: fmt.Sprintf("%s on %s: %s", id, list.variable, why), Cure: cure,
				What: "a person on a list cannot use the bot", About: []any{"person", id, "variable", list.variable},
			})
		}
	}
	if fit > 0 {
		found = append(found, fine("people", "%s of this organisation on ADMINS and REQUESTERS", count(fit, "member", "members")))
	}
	return found
}

// unfit is why an account cannot use the bot, and what to do; "" = it can.
func (l *look) unfit(a slackio.Account) (why, cure string) {
	cure = "take this id off the list"
	switch {
	case a.Missing:
		return "Slack has no account with this id", "copy the member id again from the person's profile in Slack (Copy member ID)"
	case a.Deactivated:
		return "the account is deactivated", cure
	case a.Bot:
		return "it is a bot, and only people count", cure
	case a.Stranger, a.Org != l.Home():
		return "the account belongs to another organisation than the bot", cure
	case a.Guest:
		return "the account is a guest's", "make the person a full member in Slack, or take this id off the list"
	}
	return "", ""
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
