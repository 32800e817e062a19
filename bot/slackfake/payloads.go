package slackfake

import "fmt"

const oldToken = "deprecated-verification-token"

// commandPayload returns the payload of a slash command. It is flat, and is_enterprise_install is a string.
func (w *Workspace) commandPayload(g *Interaction, p *Person, r *room) answer {
	name := r.Name
	switch {
	case r.IM:
		name = "directmessage"
	case r.Private && !r.BotIn:
		name = "privategroup"
	}
	o := answer{
		"token": oldToken, "team_id": p.Team, "team_domain": domain, "channel_id": r.ID, "channel_name": name,
		"user_id": p.ID, "user_name": p.Name, "command": w.cfg.Command, "text": w.escape(g.Text), "api_app_id": appID,
		"is_enterprise_install": fmt.Sprint(w.cfg.OrgInstall), "response_url": g.ResponseURL, "trigger_id": g.TriggerID,
	}
	if w.cfg.Enterprise != "" {
		o["enterprise_id"], o["enterprise_name"] = w.cfg.Enterprise, "Home Grid"
	}
	return o
}

// interaction returns the fields that all interactive payloads share.
func (w *Workspace) interaction(kind string, person, team string) answer {
	user := answer{"id": person, "team_id": team}
	if p := w.people[person]; p != nil {
		user["username"], user["name"] = p.Name, p.Name
	}
	o := answer{
		"type": kind, "user": user, "api_app_id": appID, "token": oldToken, "enterprise": nil,
		"is_enterprise_install": w.cfg.OrgInstall, "team": answer{"id": w.cfg.Team, "domain": domain},
	}
	if w.cfg.Enterprise != "" {
		o["team"] = answer{"id": w.cfg.Team, "domain": domain, "enterprise_id": w.cfg.Enterprise, "enterprise_name": "Home Grid"}
		o["enterprise"] = answer{"id": w.cfg.Enterprise, "name": "Home Grid"}
	}
	if w.cfg.OrgInstall {
		o["team"] = nil // team would be the one in which the app is installed, but an org-wide app has none
	}
	return o
}

// pressPayload returns the payload of a press on a message. It contains the message only if that is not ephemeral.
func (w *Workspace) pressPayload(g *Interaction, m *Message, team string, action answer) answer {
	o := w.interaction("block_actions", g.Person, team)
	container := answer{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.Ephemeral}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	channel := answer{"id": m.Channel, "name": ""}
	if r := w.rooms[m.Channel]; r != nil {
		channel["name"] = r.Name
		if r.IM {
			channel["name"] = "directmessage"
		}
	}
	if !m.Ephemeral {
		o["message"] = w.messageObject(m)
	}
	o["container"], o["channel"], o["actions"] = container, channel, []answer{action}
	o["trigger_id"], o["response_url"] = g.TriggerID, g.ResponseURL
	o["state"] = answer{"values": answer{}}
	return o
}

// viewPayload returns the payload of a submission or a closing of v.
func (w *Workspace) viewPayload(kind string, v *View, values answer) answer {
	o := w.interaction(kind, v.Person, w.people[v.Person].Team)
	o["view"] = w.viewObject(v, values)
	return o
}
