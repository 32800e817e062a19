package slackfake

import "slices"

// Shortcut lets person use a global shortcut of the app, from anywhere in Slack: the payload names no channel and holds
// no response_url (docs.slack.dev/interactivity/implementing-shortcuts). The outcome is Impossible if the app has no such
// shortcut (see Config.Shortcuts), or if person is deactivated or of another organisation.
func (w *Workspace) Shortcut(person, callbackID string) *Interaction {
	g := &Interaction{w: w, Kind: "shortcut", Person: person, label: callbackID}
	w.change(func() {
		p := w.people[person]
		switch {
		case p == nil:
			g.impossible("nobody has this id")
		case p.Deleted:
			g.impossible("deactivated")
		case !w.home(p):
			g.impossible("shortcuts are for people of the installing organisation")
		case !slices.Contains(w.cfg.Shortcuts, callbackID):
			g.impossible("the app has no such shortcut")
		default:
			g.TriggerID = w.newTrigger(person, "")
			o := w.interaction(g.Kind, person, p.Team)
			delete(o, "api_app_id") // this payload has none: docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
			o["callback_id"], o["trigger_id"], o["action_ts"] = callbackID, g.TriggerID, w.stamp()
			g.Payload = encode(o)
			w.launch(g, uuid())
		}
	})
	return g
}
