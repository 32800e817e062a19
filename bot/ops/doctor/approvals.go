package doctor

import (
	"context"
	"fmt"
	"slices"

	"cloudpc-bot/auth"
)

// approvals checks whether there are enough people for APPROVALS: as many distinct admins, beside the
// one who asks unless that one may approve too; and for SELF_SERVICE_APPROVALS, where the one who asks need be no admin.
func (l *look) approvals(ctx context.Context, s Setup) (found []Finding) {
	needed, besides := s.Approvals, ""
	if needed == 0 && len(s.Requesters) > 0 {
		needed, besides = 1, ", since a requester's command needs one even so" // and nobody is on both sides of it
	} else if needed > 0 && !s.AllowSelf {
		needed, besides = needed+1, ", since the one who asks cannot approve"
	}
	found = l.enough(ctx, s.Admins, "APPROVALS", s.Approvals, needed, besides)
	if s.SelfService {
		found = append(found, l.enough(ctx, s.Admins, "SELF_SERVICE_APPROVALS", s.SelfServiceApprovals, s.SelfServiceApprovals, "")...)
	}
	return found
}

// enough checks whether as many of the admins may approve as the value of a variable needs. It counts no further than that, since
// a group may have thousands of members.
func (l *look) enough(ctx context.Context, admins []string, variable string, value, needed int, besides string) []Finding {
	if needed == 0 {
		return nil
	}
	people, groups := auth.Apart(admins)
	uncertain := false
	for _, id := range groups {
		members, known := l.members[id]
		uncertain = uncertain || !known
		people = append(people, members...)
	}
	seen := map[string]bool{}
	for _, id := range people {
		twin := auth.Person{ID: id}.Twin()
		if len(seen) >= needed || seen[id] || seen[twin] {
			continue
		}
		a, err := l.account(ctx, id)
		if err != nil {
			uncertain = true
			break
		}
		if why, _ := l.unfit(a); why == "" {
			seen[id] = true
		}
	}
	setting := fmt.Sprintf("%s=%d", variable, value)
	switch n := len(seen); {
	case n >= needed:
		return []Finding{fine("approvals", "%s can be reached", setting)}
	case uncertain:
		return []Finding{{Level: Warn, Subject: "approvals", Text: "whether " + setting + " can be reached is not known, because Slack did not tell all about ADMINS",
			Cure: "put right what is said about people and groups, and run doctor again"}}
	default:
		return []Finding{{
			Level: Fail, Subject: "approvals",
			Text: fmt.Sprintf("%s needs %s on ADMINS who may approve%s, and there %s", setting, count(needed, "person", "people"), besides, isAre(n)),
			Cure: "add admins, or lower " + variable,
			What: "requests cannot get enough approvals", About: []any{"variable", "ADMINS", "needed", needed, "found", n},
		}}
	}
}

func isAre(n int) string {
	switch n {
	case 0:
		return "is none"
	case 1:
		return "is 1"
	}
	return fmt.Sprintf("are %d", n)
}

// NotAdmins are the ids of NOTIFY_APPROVERS (notify) that are not on ADMINS, as far as that can be told: who is in a
// user group is Slack's to say.
func NotAdmins(notify, admins []string) (strangers []string) {
	people, groups := auth.Apart(notify)
	if _, adminGroups := auth.Apart(admins); len(adminGroups) == 0 {
		groups = append(groups, people...)
	}
	for _, id := range groups {
		if id != "auto" && id != "off" && !slices.Contains(admins, id) {
			strangers = append(strangers, id)
		}
	}
	return strangers
}
