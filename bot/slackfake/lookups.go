package slackfake

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kindScope returns the scope that a token needs to read about a conversation of r's kind.
func kindScope(r *room) string {
	switch {
	case r.IM:
		return "im:read"
	case r.Private:
		return "groups:read"
	}
	return "channels:read"
}

func (w *Workspace) readable(a args) (*room, error) {
	if a["channel"] == "" {
		return nil, missing("channel")
	}
	r, err := w.visible(a["channel"])
	if err != nil {
		return nil, err
	}
	return r, w.need(kindScope(r))
}

func (w *Workspace) conversationsInfo(a args) (answer, error) {
	r, err := w.readable(a)
	if err != nil {
		return nil, err
	}
	o := w.channelObject(r)
	if a.yes("include_num_members") {
		o["num_members"] = len(r.Members)
	}
	return answer{"channel": o}, nil
}

func (w *Workspace) channelObject(r *room) answer {
	o := answer{
		"id": r.ID, "is_im": r.IM, "is_archived": r.Archived, "is_shared": r.ExtShared || r.OrgShared,
		"is_ext_shared": r.ExtShared, "is_org_shared": r.OrgShared, "is_pending_ext_shared": r.PendingExtShared,
		"pending_shared": []string{}, "context_team_id": w.cfg.Team, "created": 1700000000,
	}
	if r.IM {
		o["user"], o["is_user_deleted"] = r.Members[0], w.people[r.Members[0]] != nil && w.people[r.Members[0]].Deleted
		return o
	}
	o["name"], o["name_normalized"] = r.Name, r.Name
	o["is_channel"], o["is_group"], o["is_private"] = !r.Private, r.Private && strings.HasPrefix(r.ID, "G"), r.Private
	o["is_member"], o["is_mpim"], o["is_general"] = r.BotIn, false, false
	if r.PendingExtShared {
		o["pending_shared"] = []string{"T0AWAY"}
	}
	shared := []string{w.cfg.Team}
	if r.ExtShared {
		o["conversation_host_id"] = w.cfg.Team
		shared = append(shared, "T0AWAY")
	}
	o["shared_team_ids"] = shared
	return o
}

func (w *Workspace) conversationsMembers(a args) (answer, error) {
	r, err := w.readable(a)
	if err != nil {
		return nil, err
	}
	members := slices.Clone(r.Members)
	if r.BotIn {
		members = append(members, botUser)
	}
	page, cursor, err := paginate(members, a, 100)
	return answer{"members": page, "response_metadata": answer{"next_cursor": cursor}}, err
}

// paginate returns the page of list that the arguments limit and cursor ask for, and the cursor of the next page. limit
// is the default page size; 0 = everything on one page.
func paginate(list []string, a args, limit int) ([]string, string, error) {
	if a["limit"] != "" {
		n, err := strconv.Atoi(a["limit"])
		if err != nil || n < 1 || n > 1000 {
			return nil, "", refuse("invalid_limit")
		}
		limit = n
	}
	from := 0
	if a["cursor"] != "" {
		raw, err := base64.StdEncoding.DecodeString(a["cursor"])
		if err != nil {
			return nil, "", refuse("invalid_cursor")
		}
		text, _ := strings.CutPrefix(string(raw), "from:")
		if from, err = strconv.Atoi(text); err != nil || from < 0 || from > len(list) {
			return nil, "", refuse("invalid_cursor")
		}
	}
	list = list[from:]
	if limit == 0 || len(list) <= limit {
		return append([]string{}, list...), "", nil
	}
	return list[:limit], base64.StdEncoding.EncodeToString([]byte("from:" + strconv.Itoa(from+limit))), nil
}

func (w *Workspace) conversationsOpen(a args) (answer, error) {
	if id := a["channel"]; id != "" {
		r, err := w.visible(id)
		if err != nil {
			return nil, err
		}
		if !r.IM {
			return nil, refuse("method_not_supported_for_channel_type")
		}
		return answer{"no_op": true, "already_open": true, "channel": answer{"id": id}}, nil
	}
	users := strings.FieldsFunc(a["users"], func(c rune) bool { return c == ',' || c == ' ' })
	if len(users) == 0 {
		return nil, refuse("users_list_not_supplied")
	}
	p := w.people[users[0]]
	switch {
	case len(users) > 1:
		return nil, refuse("too_many_users") // the fake has no group conversations
	case p == nil:
		return nil, refuse("user_not_found")
	case p.Bot:
		return nil, refuse("cannot_dm_bot")
	case p.Deleted:
		return nil, refuse("user_disabled")
	}
	id := w.openDM(p.ID)
	o := answer{"id": id}
	if a.yes("return_im") {
		o = w.channelObject(w.rooms[id])
	}
	return answer{"channel": o}, nil
}

func (w *Workspace) usersInfo(a args) (answer, error) {
	if a["user"] == "" {
		return nil, missing("user")
	}
	p := w.people[a["user"]]
	if p == nil {
		return nil, refuse("user_not_found")
	}
	return answer{"user": w.userObject(p)}, nil
}

func (w *Workspace) usersLookupByEmail(a args) (answer, error) {
	for _, p := range w.people {
		found := p.Email != "" && strings.EqualFold(p.Email, a["email"]) || p.FoundBy != "" && strings.EqualFold(p.FoundBy, a["email"])
		if found && w.home(p) && !p.Deleted {
			return answer{"user": w.userObject(p)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

func (w *Workspace) userObject(p *Person) answer {
	profile := answer{"real_name": p.RealName, "display_name": p.Name, "team": p.Team}
	if w.scopes["users:read.email"] && p.Email != "" && w.home(p) {
		profile["email"] = p.Email
	}
	o := answer{
		"id": p.ID, "team_id": p.Team, "name": p.Name, "deleted": p.Deleted, "profile": profile,
		"is_bot": p.Bot, "is_app_user": false, "updated": 1700000000,
	}
	if p.Deleted {
		return o // Slack says little else about deactivated people
	}
	o["real_name"] = p.RealName
	o["is_admin"], o["is_owner"], o["is_primary_owner"] = false, false, false
	o["is_restricted"], o["is_ultra_restricted"] = p.Guest || p.SingleChannelGuest, p.SingleChannelGuest
	if p.Stranger {
		o["is_stranger"] = true
	}
	if p.Enterprise != "" {
		o["enterprise_user"] = answer{"id": p.ID, "enterprise_id": p.Enterprise, "enterprise_name": "Home Grid", "teams": []string{p.Team}}
	}
	return o
}

// orgTeam refuses a call that lacks team_id, which is required with an org-wide token.
func (w *Workspace) orgTeam(a args) error {
	if w.cfg.OrgInstall && a["team_id"] == "" {
		return refuse("missing_argument")
	}
	return nil
}

// tier2 fails with 429 if the method has been called Config.Tier2 times within the last minute.
func (w *Workspace) tier2(method string) error {
	if w.cfg.Tier2 == 0 {
		return nil
	}
	now := w.cfg.Now()
	calls := slices.DeleteFunc(w.lately[method], func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if len(calls) >= w.cfg.Tier2 {
		w.lately[method] = calls
		return &throttled{after: calls[0].Add(time.Minute).Sub(now)}
	}
	w.lately[method] = append(calls, now)
	return nil
}

func (w *Workspace) usergroupsList(a args) (answer, error) {
	if err := w.orgTeam(a); err != nil {
		return nil, err
	}
	groups := []answer{}
	for _, id := range sortedKeys(w.groups) {
		if g := w.groups[id]; !g.Disabled || a.yes("include_disabled") {
			groups = append(groups, w.groupObject(g, a.yes("include_users")))
		}
	}
	return answer{"usergroups": groups}, nil
}

func (w *Workspace) groupObject(g *Group, users bool) answer {
	o := answer{
		"id": g.ID, "team_id": w.cfg.Team, "is_usergroup": true, "name": g.Handle, "handle": g.Handle,
		"date_create": 1700000000, "date_delete": 0, "user_count": len(g.Users),
	}
	if g.Disabled {
		o["date_delete"] = 1700000001
	}
	if users {
		o["users"] = append([]string{}, g.Users...)
	}
	return o
}

func (w *Workspace) usergroupsUsersList(a args) (answer, error) {
	if err := w.orgTeam(a); err != nil {
		return nil, err
	}
	if a["usergroup"] == "" {
		return nil, missing("usergroup")
	}
	g := w.groups[a["usergroup"]]
	if g == nil || g.Disabled && !a.yes("include_disabled") {
		return nil, refuse("no_such_subteam")
	}
	page, cursor, err := paginate(g.Users, a, 0)
	return answer{"users": page, "response_metadata": answer{"next_cursor": cursor}}, err
}
