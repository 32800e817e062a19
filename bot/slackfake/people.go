package slackfake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Person is an account: a member, a guest, a bot, or a person of another organisation seen through Slack Connect.
type Person struct {
	ID         string
	Name       string // handle, lower case, without @
	RealName   string
	Email      string
	FoundBy    string // an address by which Slack finds them that is not theirs, as nobody says it never does; "" = none
	Team       string // "" = the home team
	Enterprise string // "" = the workspace's Enterprise, for people of the home team

	Guest              bool // multi-channel guest: is_restricted
	SingleChannelGuest bool // is_ultra_restricted, which implies is_restricted
	Bot                bool
	Deleted            bool // deactivated
	Stranger           bool // of another organisation: is_stranger
}

// Channel is a conversation of any kind.
type Channel struct {
	ID               string
	Name             string
	Private          bool
	IM               bool // direct message: of Members[0] with the bot if BotIn, else of Members[0] with Members[1]
	Archived         bool
	ExtShared        bool
	PendingExtShared bool
	OrgShared        bool
	BotIn            bool
	Members          []string // people only; BotIn says whether the bot is a member

	// Restricted is the error that this channel's posting rule causes: restricted_action or
	// restricted_action_read_only_channel for every post, restricted_action_thread_only_channel for roots,
	// restricted_action_non_threadable_channel or restricted_action_thread_locked for replies. "" = no rule.
	Restricted string
}

// Group is a user group.
type Group struct {
	ID       string // S…
	Handle   string // without @
	Users    []string
	Disabled bool
}

// AddPerson adds p. It replaces a person who has the same id.
func (w *Workspace) AddPerson(p Person) {
	w.change(func() {
		p.Team = cmp.Or(p.Team, w.cfg.Team)
		if p.Team == w.cfg.Team {
			p.Enterprise = cmp.Or(p.Enterprise, w.cfg.Enterprise)
		}
		w.people[p.ID] = &p
	})
}

// JoinGrid makes the workspace and all of its own people part of an Enterprise Grid. From now on answers and payloads
// carry the enterprise's id wherever Slack's do.
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

// AddChannel adds c. It replaces a channel that has the same id, including its messages.
func (w *Workspace) AddChannel(c Channel) {
	c.Members = slices.Clone(c.Members)
	if c.IM && len(c.Members) == 0 {
		panic("slackfake: a direct conversation needs somebody to talk with")
	}
	w.change(func() { w.rooms[c.ID] = &room{Channel: c} })
}

// AddGroup adds g. It replaces a group that has the same id.
func (w *Workspace) AddGroup(g Group) {
	g.Users = slices.Clone(g.Users)
	w.change(func() { w.groups[g.ID] = &g })
}

// SetPerson changes a person and sends user_change, if subscribed. f runs with the workspace locked. It panics if nobody
// has the id.
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

// SetChannel changes a channel. It sends channel_archive, channel_unarchive, channel_shared, channel_unshared or
// channel_id_changed, if subscribed. If f changes the ID, the messages move with it. f runs with the workspace locked.
// SetChannel panics if no channel has the id.
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

// rename moves r, and what refers to it, from its former id to r.ID.
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

// SetGroup changes a user group and sends subteam_members_changed (if the members changed) and subteam_updated, if
// subscribed. f runs with the workspace locked. It panics if no group has the id.
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

// without returns the elements of list that are not in other. It is never nil, because nil would be sent as null.
func without(list, other []string) []string {
	rest := []string{}
	for _, s := range list {
		if !slices.Contains(other, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

// DM returns the id of person's direct messages with the bot, and opens them if they do not exist yet. If they do, DM
// changes nothing, so a condition of Wait may call it.
func (w *Workspace) DM(person string) string {
	w.mu.Lock()
	id := w.standingDM(person)
	w.mu.Unlock()
	if id == "" {
		w.change(func() { id = w.openDM(person) })
	}
	return id
}

// standingDM returns the id of person's existing direct messages with the bot, or "".
func (w *Workspace) standingDM(person string) string {
	for id, r := range w.rooms {
		if r.IM && r.BotIn && slices.Contains(r.Members, person) {
			return id
		}
	}
	return ""
}

func (w *Workspace) openDM(person string) string {
	if id := w.standingDM(person); id != "" {
		return id
	}
	id := fmt.Sprintf("D0%s%d", strings.TrimLeft(person, "UW"), w.next())
	w.rooms[id] = &room{Channel: Channel{ID: id, IM: true, BotIn: true, Members: []string{person}}}
	return id
}

// home reports whether p belongs to the organisation that installed the app.
func (w *Workspace) home(p *Person) bool {
	if p.Stranger {
		return false
	}
	return p.Team == w.cfg.Team || w.cfg.Enterprise != "" && p.Enterprise == w.cfg.Enterprise
}

// reaches reports whether p can see the messages of r.
func (w *Workspace) reaches(p *Person, r *room) bool {
	if slices.Contains(r.Members, p.ID) {
		return true
	}
	return !r.Private && !r.IM && w.home(p) && !p.Guest && !p.SingleChannelGuest
}

// visible returns the conversation with that id if the bot may know that it exists, else channel_not_found.
func (w *Workspace) visible(id string) (*room, error) {
	r := w.rooms[id]
	if r == nil || !r.BotIn && (r.Private || r.IM) {
		return nil, refuse("channel_not_found")
	}
	return r, nil
}

// writable returns the conversation with that id if the bot may post there, as a reply or as a root. id may also be a
// person's, which means their direct messages with the bot.
func (w *Workspace) writable(id string, reply bool) (*room, error) {
	if p := w.people[id]; p != nil {
		switch {
		case p.Bot:
			return nil, refuse("cannot_dm_bot")
		case p.Deleted:
			return nil, refuse("channel_not_found")
		}
		id = w.openDM(id)
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
