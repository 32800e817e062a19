package slackfake

import (
	"fmt"
	"slices"
	"strings"
)

// Person is somebody with an account: a member, a guest, a bot, or a stranger seen through Slack Connect.
type Person struct {
	ID         string
	Name       string // handle, lower case, without @
	RealName   string
	Email      string
	Team       string // "" = the home team
	Enterprise string // "" = the workspace's Enterprise, for people of the home team

	Guest              bool // multi-channel guest: is_restricted
	SingleChannelGuest bool // is_ultra_restricted, and is_restricted with it
	Bot                bool
	Deleted            bool // deactivated
	Stranger           bool // of another organisation
}

// Channel is a conversation of any kind.
type Channel struct {
	ID               string
	Name             string
	Private          bool
	IM               bool // Members[0] and, with BotIn, the bot; without it, Members[0] and Members[1]
	Archived         bool
	ExtShared        bool
	PendingExtShared bool
	OrgShared        bool
	BotIn            bool
	Members          []string // people; the bot is told by BotIn

	// Restricted is the error that a posting rule of this channel earns: restricted_action,
	// restricted_action_read_only_channel, restricted_action_thread_only_channel (replies are welcome),
	// restricted_action_non_threadable_channel, restricted_action_thread_locked (replies are not). "" = none.
	Restricted string
}

// Group is a user group.
type Group struct {
	ID       string // S…
	Handle   string // without @
	Users    []string
	Disabled bool
}

// AddPerson lets p join. Whoever has that id already is replaced.
func (w *Workspace) AddPerson(p Person) {
	w.change(func() {
		p.Team = either(p.Team, w.cfg.Team)
		if p.Team == w.cfg.Team {
			p.Enterprise = either(p.Enterprise, w.cfg.Enterprise)
		}
		w.people[p.ID] = &p
	})
}

// JoinGrid makes the workspace one of an Enterprise Grid, with all the people of its own: from now
// on it says so wherever Slack does.
func (w *Workspace) JoinGrid(enterprise string) {
	w.change(func() {
		w.cfg.Enterprise = enterprise
		for _, p := range w.people {
			if p.Team == w.cfg.Team {
				p.Enterprise = enterprise
			}
		}
	})
}

// AddChannel opens c. Whatever has that id already is replaced, with its messages.
func (w *Workspace) AddChannel(c Channel) {
	c.Members = slices.Clone(c.Members)
	if c.IM && len(c.Members) == 0 {
		panic("slackfake: a direct conversation needs somebody to talk with")
	}
	w.change(func() { w.rooms[c.ID] = &room{Channel: c} })
}

// AddGroup founds g.
func (w *Workspace) AddGroup(g Group) {
	g.Users = slices.Clone(g.Users)
	w.change(func() { w.groups[g.ID] = &g })
}

// SetPerson changes a person under way and sends user_change, if subscribed. f runs with the workspace locked.
func (w *Workspace) SetPerson(id string, f func(*Person)) {
	w.change(func() {
		p := w.people[id]
		if p == nil {
			panic(fmt.Sprintf("slackfake: nobody has the id %q", id))
		}
		f(p)
		w.emit("user_change", map[string]any{"user": w.userObject(p)})
	})
}

// SetChannel changes a channel under way. It sends channel_archive, channel_unarchive, channel_shared, channel_unshared
// or channel_id_changed, if subscribed; a new ID moves the messages along.
func (w *Workspace) SetChannel(id string, f func(*Channel)) {
	w.change(func() {
		r := w.rooms[id]
		if r == nil {
			panic(fmt.Sprintf("slackfake: no channel has the id %q", id))
		}
		was := r.Channel
		f(&r.Channel)
		switch {
		case r.Archived && !was.Archived:
			w.emit("channel_archive", map[string]any{"channel": r.ID})
		case !r.Archived && was.Archived:
			w.emit("channel_unarchive", map[string]any{"channel": r.ID})
		}
		switch {
		case r.ExtShared && !was.ExtShared:
			w.emit("channel_shared", map[string]any{"channel": r.ID, "connected_team_id": "T0AWAY"})
		case !r.ExtShared && was.ExtShared:
			w.emit("channel_unshared", map[string]any{"channel": r.ID, "is_ext_shared": false})
		}
		if r.ID != was.ID {
			w.rename(r, was.ID)
			w.emit("channel_id_changed", map[string]any{"old_channel_id": was.ID, "new_channel_id": r.ID})
		}
	})
}

// rename moves r and what belongs to it from the id it had.
func (w *Workspace) rename(r *room, was string) {
	delete(w.rooms, was)
	w.rooms[r.ID] = r
	for _, m := range r.messages {
		m.Channel = r.ID
	}
	for _, e := range w.whispers {
		if e.Channel == was {
			e.Channel = r.ID
		}
	}
	for _, l := range w.links {
		if l.channel == was {
			l.channel = r.ID
		}
	}
}

// SetGroup changes a user group under way and sends subteam_members_changed and subteam_updated, if subscribed.
func (w *Workspace) SetGroup(id string, f func(*Group)) {
	w.change(func() {
		g := w.groups[id]
		if g == nil {
			panic(fmt.Sprintf("slackfake: no user group has the id %q", id))
		}
		was := slices.Clone(g.Users)
		f(g)
		if added, removed := without(g.Users, was), without(was, g.Users); len(added)+len(removed) > 0 {
			w.emit("subteam_members_changed", map[string]any{
				"subteam_id": id, "team_id": w.cfg.Team,
				"added_users": added, "added_users_count": len(added),
				"removed_users": removed, "removed_users_count": len(removed),
			})
		}
		w.emit("subteam_updated", map[string]any{"subteam": w.groupObject(g, true)})
	})
}

// without is those of list that are not in other; never nil, because it goes on the wire.
func without(list, other []string) []string {
	rest := []string{}
	for _, s := range list {
		if !slices.Contains(other, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

// DM is the id of person's conversation with the bot, which is opened when there was none. Who only
// looks changes nothing, so that a condition of Wait may.
func (w *Workspace) DM(person string) string {
	w.mu.Lock()
	id := w.standingDM(person)
	w.mu.Unlock()
	if id == "" {
		w.change(func() { id = w.dm(person) })
	}
	return id
}

// standingDM is the conversation of person with the bot that there is, "" for none.
func (w *Workspace) standingDM(person string) string {
	for id, r := range w.rooms {
		if r.IM && r.BotIn && slices.Contains(r.Members, person) {
			return id
		}
	}
	return ""
}

func (w *Workspace) dm(person string) string {
	if id := w.standingDM(person); id != "" {
		return id
	}
	id := fmt.Sprintf("D0%s%d", strings.TrimLeft(person, "UW"), w.next())
	w.rooms[id] = &room{Channel: Channel{ID: id, IM: true, BotIn: true, Members: []string{person}}}
	return id
}

// home tells whether p belongs to the organisation that installed the app.
func (w *Workspace) home(p *Person) bool {
	if p.Stranger {
		return false
	}
	return p.Team == w.cfg.Team || w.cfg.Enterprise != "" && p.Enterprise == w.cfg.Enterprise
}

// reaches tells whether person can see what is in r.
func (w *Workspace) reaches(p *Person, r *room) bool {
	if slices.Contains(r.Members, p.ID) {
		return true
	}
	return !r.Private && !r.IM && w.home(p) && !p.Guest && !p.SingleChannelGuest
}

// visible is the room the bot may know of; channel_not_found otherwise.
func (w *Workspace) visible(id string) (*room, error) {
	r := w.rooms[id]
	if r == nil || !r.BotIn && (r.Private || r.IM) {
		return nil, refuse("channel_not_found")
	}
	return r, nil
}

// writable is the room the bot may post in, as root or as reply; id may be a person's.
func (w *Workspace) writable(id string, reply bool) (*room, error) {
	if p := w.people[id]; p != nil {
		switch {
		case p.Bot:
			return nil, refuse("cannot_dm_bot")
		case p.Deleted:
			return nil, refuse("channel_not_found")
		}
		id = w.dm(id)
	}
	r, err := w.visible(id)
	if err != nil {
		return nil, err
	}
	switch {
	case r.IM && w.noTab:
		return nil, refuse("messages_tab_disabled")
	case r.Archived:
		return nil, refuse("is_archived")
	case !r.BotIn && !w.scopes["chat:write.public"]:
		return nil, refuse("not_in_channel")
	}
	threads := r.Restricted == "restricted_action_non_threadable_channel" || r.Restricted == "restricted_action_thread_locked"
	roots := r.Restricted == "restricted_action_thread_only_channel"
	if r.Restricted != "" && !(threads && !reply) && !(roots && reply) {
		return nil, refuse(r.Restricted)
	}
	return r, nil
}
