package slackfake

import (
	"strings"
	"testing"
	"time"
)

func TestUsersInfo(t *testing.T) {
	w := open(t, Config{Enterprise: "E0HOME"})
	w.SetScopes("users:read")
	if res := call(t, w, "users.lookupByEmail", "email=ADA@contoso.com").wants(t, "missing_scope"); res.body.Needed != "users:read.email" {
		t.Errorf("needs %q", res.body.Needed)
	}
	w.SetScopes("users:read", "users:read.email")
	w.AddPerson(Person{ID: "U0GUS", Name: "gus", SingleChannelGuest: true})
	w.AddPerson(Person{ID: "U0BYE", Name: "bye", Email: "bye@contoso.com", Deleted: true})
	w.AddPerson(Person{ID: "W0BOB", Name: "bob", Bot: true})
	info := func(id string) map[string]any { return call(t, w, "users.info", "user="+id).wants(t, "").body.User }
	ada := info("U0ADA")
	if ada["team_id"] != "T0HOME" || ada["name"] != "ada" || ada["deleted"] != false || ada["is_restricted"] != false ||
		ada["profile"].(map[string]any)["email"] != "ada@contoso.com" || ada["enterprise_user"].(map[string]any)["enterprise_id"] != "E0HOME" {
		t.Errorf("ada is %v", ada)
	}
	if gus := info("U0GUS"); gus["is_restricted"] != true || gus["is_ultra_restricted"] != true {
		t.Errorf("gus is %v", gus)
	}
	if eve := info("U0EVE"); eve["is_stranger"] != true || eve["team_id"] != "T0AWAY" || eve["enterprise_user"] != nil {
		t.Errorf("eve is %v", eve)
	}
	if info("U0BYE")["deleted"] != true || info("W0BOB")["is_bot"] != true {
		t.Error("deleted or bot is not told")
	}
	call(t, w, "users.info", "user=U0NOBODY").wants(t, "user_not_found")
	call(t, w, "users.info").wants(t, "invalid_arguments")
	if got := call(t, w, "users.lookupByEmail", "email=ADA@contoso.com").wants(t, "").body.User["id"]; got != "U0ADA" {
		t.Errorf("found %v", got)
	}
	call(t, w, "users.lookupByEmail", "email=eve@away.com").wants(t, "users_not_found")
	call(t, w, "users.lookupByEmail", "email=bye@contoso.com").wants(t, "users_not_found") // deactivated
}

func TestConversationsInfo(t *testing.T) {
	w := open(t, Config{})
	info := func(id string) map[string]any {
		return call(t, w, "conversations.info", "channel="+id).wants(t, "").body.Channel.(map[string]any)
	}
	if c := info("C0OPS"); c["is_member"] != true || c["is_ext_shared"] != false || c["is_private"] != false || c["name"] != "ops" {
		t.Errorf("%v", c)
	}
	if c := info("C0LOBBY"); c["is_member"] != false {
		t.Errorf("%v", c)
	}
	w.SetChannel("C0OPS", func(c *Channel) { c.PendingExtShared = true })
	if c := info("C0OPS"); c["is_pending_ext_shared"] != true || c["is_shared"] != false {
		t.Errorf("%v", c)
	}
	w.SetChannel("C0OPS", func(c *Channel) { c.ExtShared = true })
	if c := info("C0OPS"); c["is_ext_shared"] != true || c["is_shared"] != true {
		t.Errorf("%v", c)
	}
	call(t, w, "conversations.info", "channel=G0BOARD").wants(t, "channel_not_found")
	call(t, w, "conversations.info", "channel=D0TWO").wants(t, "channel_not_found")
	if res := call(t, w, "conversations.info", "channel="+w.DM("U0ADA")).wants(t, "missing_scope"); res.body.Needed != "im:read" {
		t.Errorf("needs %q", res.body.Needed)
	}
}

func TestConversationsOpen(t *testing.T) {
	w := open(t, Config{})
	id := call(t, w, "conversations.open", "users=U0ADA").wants(t, "").body.Channel.(map[string]any)["id"].(string)
	again := call(t, w, "conversations.open", "users=U0ADA").wants(t, "").body.Channel.(map[string]any)["id"].(string)
	if id == "" || id != again || id != w.DM("U0ADA") {
		t.Errorf("%s, then %s", id, again)
	}
	w.SetPerson("U0BEN", func(p *Person) { p.Deleted = true })
	for users, code := range map[string]string{"": "users_list_not_supplied", "U0NOBODY": "user_not_found", "U0BEN": "user_disabled", w.BotUser(): "cannot_dm_bot"} {
		call(t, w, "conversations.open", "users="+users).wants(t, code)
	}
}

func TestMembersComeInPages(t *testing.T) {
	w := open(t, Config{})
	var all []string
	cursor := ""
	for {
		res := call(t, w, "conversations.members", "channel=C0OPS", "limit=2", "cursor="+cursor).wants(t, "")
		all = append(all, res.body.Members...)
		if cursor = res.body.Metadata.Cursor; cursor == "" {
			break
		}
	}
	if got := strings.Join(all, " "); got != "U0ADA U0BEN U0EVE "+w.BotUser() {
		t.Error(got)
	}
	call(t, w, "conversations.members", "channel=C0OPS", "cursor=xx").wants(t, "invalid_cursor")
	call(t, w, "conversations.members", "channel=C0OPS", "limit=0").wants(t, "invalid_limit")
}

func TestUserGroups(t *testing.T) {
	w := open(t, Config{})
	w.AddGroup(Group{ID: "S0OLD", Handle: "old", Users: []string{"U0ADA"}, Disabled: true})
	if got := call(t, w, "usergroups.users.list", "usergroup=S0ADMINS").wants(t, "").body.Users; strings.Join(got, " ") != "U0ADA U0BEN" {
		t.Error(got)
	}
	call(t, w, "usergroups.users.list", "usergroup=S0NOPE").wants(t, "no_such_subteam")
	call(t, w, "usergroups.users.list", "usergroup=S0OLD").wants(t, "no_such_subteam")
	call(t, w, "usergroups.users.list", "usergroup=S0OLD", "include_disabled=true").wants(t, "")
	groups := call(t, w, "usergroups.list", "include_users=true").wants(t, "").body.Groups
	if len(groups) != 1 || groups[0]["handle"] != "it-admins" || len(groups[0]["users"].([]any)) != 2 {
		t.Errorf("%v", groups)
	}
	org := open(t, Config{Enterprise: "E0HOME", OrgInstall: true})
	call(t, org, "usergroups.users.list", "usergroup=S0ADMINS").wants(t, "missing_argument")
	call(t, org, "usergroups.users.list", "usergroup=S0ADMINS", "team_id=T0HOME").wants(t, "")
}

func TestChangesAreEvents(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	w.SetPerson("U0BEN", func(p *Person) { p.RealName = "nobody subscribed" })
	w.Subscribe("user_change", "subteam_members_changed", "channel_id_changed")
	m := card(t, w)

	w.SetPerson("U0BEN", func(p *Person) { p.Deleted = true })
	f := a.next()
	event := f.Payload["event"].(map[string]any)
	if f.Type != "events_api" || f.Accepts || f.Attempt == nil || *f.Attempt != 0 || event["type"] != "user_change" || event["user"].(map[string]any)["deleted"] != true {
		t.Errorf("%+v", f)
	}
	w.SetGroup("S0ADMINS", func(g *Group) { g.Users = []string{"U0ADA", "U0CLEO"} })
	event = a.next().Payload["event"].(map[string]any)
	if event["type"] != "subteam_members_changed" || event["added_users"].([]any)[0] != "U0CLEO" || event["removed_users"].([]any)[0] != "U0BEN" {
		t.Errorf("%v", event)
	}
	w.SetChannel("C0OPS", func(c *Channel) { c.ID = "C0SHARED" })
	event = a.next().Payload["event"].(map[string]any)
	if event["type"] != "channel_id_changed" || event["old_channel_id"] != "C0OPS" || event["new_channel_id"] != "C0SHARED" {
		t.Errorf("%v", event)
	}
	call(t, w, "chat.update", "channel=C0OPS", "ts="+m.TS, "text=x").wants(t, "channel_not_found")
	call(t, w, "chat.update", "channel=C0SHARED", "ts="+m.TS, "text=x").wants(t, "")
}

func TestEventsComeAgainUntilAcked(t *testing.T) {
	w := open(t, Config{AckDeadline: time.Millisecond, EventRetries: []time.Duration{0, time.Millisecond, time.Millisecond}})
	w.Subscribe("user_change")
	w.SetPerson("U0BEN", func(p *Person) { p.Deleted = true }) // nobody is connected
	await(t, w, "nothing", func() bool { return w.Sockets() == 0 })

	a := online(t, w)
	w.SetPerson("U0ADA", func(p *Person) { p.RealName = "Ada" })
	seen := map[string][]int{}
	for {
		f := a.next()
		id := f.Payload["event_id"].(string)
		seen[id] = append(seen[id], *f.Attempt)
		if *f.Attempt == 3 && f.Payload["event"].(map[string]any)["user"].(map[string]any)["id"] == "U0ADA" {
			if got := seen[id]; len(got) != 4 || got[0] != 0 {
				t.Errorf("attempts %v", got)
			}
			return
		}
	}
}

func TestAnAckedEventIsOver(t *testing.T) {
	w := open(t, Config{AckDeadline: 300 * time.Millisecond, EventRetries: []time.Duration{0}})
	w.Subscribe("user_change")
	a := online(t, w)
	w.SetPerson("U0ADA", func(p *Person) { p.RealName = "one" })
	a.ack(a.next().EnvelopeID, "")
	await(t, w, "the ack", func() bool { return len(w.Acks()) == 1 })
	w.SetPerson("U0ADA", func(p *Person) { p.RealName = "two" }) // unacked: comes again, after the first would have
	a.next()
	if f := a.next(); *f.Attempt != 1 || f.Payload["event"].(map[string]any)["user"].(map[string]any)["real_name"] != "two" {
		t.Errorf("%+v", f)
	}
}

func TestAChannelThatMovesTakesEverythingAlong(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	m := card(t, w)
	link := w.Press("U0BEN", m, "deny").ResponseURL
	call(t, w, "chat.postEphemeral", "channel=C0OPS", "user=U0ADA", "text=psst").wants(t, "")
	w.SetChannel("C0OPS", func(c *Channel) { c.ID = "C0SHARED" })
	respondTo(t, link, `{"replace_original":true,"text":"Denied"}`).wants(t, "")
	if now := w.Messages("C0SHARED"); len(now) != 1 || now[0].Channel != "C0SHARED" || now[0].Plain() != "Denied" {
		t.Errorf("%+v", now)
	}
	if e := w.Ephemerals("U0ADA"); e[0].Channel != "C0SHARED" {
		t.Errorf("the whisper stayed in %s", e[0].Channel)
	}
}

func TestUserGroupsAreReadWithTheirScopeOnly(t *testing.T) {
	w := open(t, Config{})
	w.SetScopes("commands", "users:read")
	for _, method := range []string{"usergroups.list", "usergroups.users.list"} {
		if res := call(t, w, method, "usergroup=S0ADMINS").wants(t, "missing_scope"); res.body.Needed != "usergroups:read" {
			t.Errorf("%s needs %q", method, res.body.Needed)
		}
	}
}

func TestUserGroupsAreTier2(t *testing.T) {
	c := newClock()
	w := open(t, Config{Now: c.now, Tier2: 2})
	members := func() response { return call(t, w, "usergroups.users.list", "usergroup=S0ADMINS") }
	members().wants(t, "")
	c.pass(20 * time.Second)
	members().wants(t, "")
	res := members().wants(t, "ratelimited")
	if res.status != 429 || res.header.Get("Retry-After") != "40" {
		t.Errorf("%d, Retry-After %q", res.status, res.header.Get("Retry-After"))
	}
	call(t, w, "usergroups.list").wants(t, "") // each method by itself
	c.pass(40 * time.Second)
	members().wants(t, "")
	members().wants(t, "ratelimited")
}

func TestDisablingAUserGroupIsAnEvent(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	w.Subscribe("subteam_members_changed", "subteam_updated")
	w.SetGroup("S0ADMINS", func(g *Group) { g.Disabled = true })
	event := a.next().Payload["event"].(map[string]any)
	if group := event["subteam"].(map[string]any); event["type"] != "subteam_updated" || group["id"] != "S0ADMINS" || group["date_delete"] == 0.0 {
		t.Errorf("%v", event)
	}
	call(t, w, "usergroups.users.list", "usergroup=S0ADMINS").wants(t, "no_such_subteam")
}
