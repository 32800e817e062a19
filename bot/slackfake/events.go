package slackfake

import (
	"fmt"
	"time"
)

// Subscribe adds event types that the app receives from now on: user_change, subteam_members_changed,
// subteam_updated, channel_id_changed, channel_archive, channel_unarchive, channel_shared, channel_unshared.
func (w *Workspace) Subscribe(types ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range types {
		w.events[t] = true
	}
}

// emit sends an event if the app is subscribed to it. While the event is not acknowledged, emit repeats it after each of
// Config.EventRetries. If no socket is open, that counts as not acknowledged.
func (w *Workspace) emit(kind string, event answer) {
	if !w.events[kind] {
		return
	}
	event["type"], event["event_ts"] = kind, w.stamp()
	payload := answer{
		"token": oldToken, "team_id": w.cfg.Team, "api_app_id": appID, "event": event, "type": "event_callback",
		"event_id": fmt.Sprintf("Ev%06d", w.next()), "event_time": w.cfg.Now().Unix(), "is_ext_shared_channel": false,
		"authorizations": []answer{{"enterprise_id": nil, "team_id": w.cfg.Team, "user_id": botUser, "is_bot": true,
			"is_enterprise_install": w.cfg.OrgInstall}},
	}
	w.tryEvent(payload, 0)
}

func (w *Workspace) tryEvent(payload answer, attempt int) {
	reason := ""
	if attempt > 0 {
		reason = "timeout"
	}
	e := &envelope{id: uuid(), kind: "events_api", answer: func(*Ack) {}}
	e.frame = encode(answer{"envelope_id": e.id, "type": e.kind, "accepts_response_payload": false, "payload": payload,
		"retry_attempt": attempt, "retry_reason": reason})
	again := func() {
		if attempt >= len(w.cfg.EventRetries) {
			return
		}
		time.AfterFunc(w.cfg.EventRetries[attempt], func() {
			w.change(func() { w.tryEvent(payload, attempt+1) })
		})
	}
	e.expire = again
	if !w.send(e) {
		time.AfterFunc(w.cfg.AckDeadline, func() { w.change(again) })
	}
}
