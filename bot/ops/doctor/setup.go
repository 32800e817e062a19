package doctor

import (
	"context"
	"fmt"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/slackio"
)

// Workspace is what the checks of a [Setup] need to know from Slack.
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
	Channel            string   // APPROVAL_CHANNEL; empty = cards are posted where the command was typed
	Approvals          int      // APPROVALS
	AllowSelf          bool     // ALLOW_SELF_APPROVAL
	Notify             []string // NOTIFY_APPROVERS, as far as it is to be looked up

	SelfService          bool // SELF_SERVICE
	SelfServiceApprovals int  // SELF_SERVICE_APPROVALS
}

// Inspect looks up in Slack each person, user group and channel that the configuration names.
func Inspect(ctx context.Context, w Workspace, s Setup) (found []Finding) {
	l := &look{Workspace: w, accounts: map[string]slackio.Account{}, members: map[string][]string{}}
	if s.Channel != "" {
		found = append(found, l.channel(ctx, s.Channel)...)
	}
	lists := []list{{"ADMINS", s.Admins}, {"REQUESTERS", s.Requesters}}
	for _, list := range lists {
		_, groups := auth.Apart(list.entries)
		for _, id := range groups {
			found = append(found, l.group(ctx, list.variable, id)...)
		}
	}
	found = append(found, l.people(ctx, lists)...)
	found = append(found, l.notified(ctx, s)...)
	return append(found, l.approvals(ctx, s)...)
}

// list is a list of people and user groups.
type list struct {
	variable string
	entries  []string
}

// look keeps what it has learnt from Slack, so that nothing is asked twice.
type look struct {
	Workspace
	accounts map[string]slackio.Account
	members  map[string][]string // by group
}

// account looks somebody up.
func (l *look) account(ctx context.Context, id string) (slackio.Account, error) {
	if a, known := l.accounts[id]; known {
		return a, nil
	}
	a, err := l.Account(ctx, id)
	if err == nil {
		l.accounts[id] = a
	}
	return a, err
}

// unanswered is the finding for a question that Slack did not answer: passing trouble, unless it is a
// scope that is missing. Nothing is said once ctx has ended.
func unanswered(ctx context.Context, subject, what string, err error, about ...any) []Finding {
	if ctx.Err() != nil {
		return []Finding{{Level: Warn, Subject: subject, Text: what + " in time", Cure: "run doctor again", Err: ctx.Err()}}
	}
	f := failed(subject, err, "")
	f.Level, f.Text = Warn, fmt.Sprintf("%s: %s", what, f.Text)
	f.Cure = "run cloudpc-bot doctor once more; until Slack answers, the bot tells people to try again"
	f.What, f.About = what, about
	if is[*causes.MissingScopeError](err) {
		f.Level, f.Cure = Fail, reinstall
	}
	return []Finding{f}
}
