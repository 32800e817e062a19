package slackfake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Message is a message in a conversation: its current content and its earlier versions.
type Message struct {
	Channel     string
	TS          string
	ThreadTS    string // the root's ts; "" for a root
	User        string
	Text        string
	Blocks      json.RawMessage // nil = none
	Attachments json.RawMessage // nil = none
	Metadata    json.RawMessage // nil = none
	Ephemeral   bool
	Updated     int       // how often it has been changed
	History     []Version // its earlier versions, oldest first
	Deleted     bool
	Called      []string // whom it notified when it was posted: ids of people and of user groups, sorted

	w *Workspace
}

// Version is the content of a message before a change.
type Version struct {
	Text   string
	Blocks json.RawMessage
}

// room is a conversation and its messages.
type room struct {
	Channel
	messages []*Message // in ts order
}

func (r *room) find(ts string) *Message {
	i, ok := slices.BinarySearchFunc(r.messages, ts, func(m *Message, ts string) int { return strings.Compare(m.TS, ts) })
	if !ok || r.messages[i].Deleted {
		return nil
	}
	return r.messages[i]
}

// Messages returns all messages of a channel in order: roots and replies, including deleted ones.
func (w *Workspace) Messages(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Message
	if r := w.rooms[channel]; r != nil {
		for _, m := range r.messages {
			list = append(list, m.copy())
		}
	}
	return list
}

// MessagesAfter returns the messages of a channel that came after the one with that ts; "" = all.
func (w *Workspace) MessagesAfter(channel, ts string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Message
	if r := w.rooms[channel]; r != nil {
		from, _ := slices.BinarySearchFunc(r.messages, ts, func(m *Message, ts string) int {
			if m.TS > ts {
				return 1
			}
			return -1
		})
		for _, m := range r.messages[from:] {
			list = append(list, m.copy())
		}
	}
	return list
}

// Thread returns the replies to a root in order, without deleted ones.
func (w *Workspace) Thread(channel, root string) []Message {
	return slices.DeleteFunc(w.Messages(channel), func(m Message) bool { return m.ThreadTS != root || m.Deleted })
}

func (m *Message) copy() Message {
	c := *m
	c.History = slices.Clone(m.History)
	return c
}

// Say lets a person post an ordinary message. It panics if the person is not in the channel.
func (w *Workspace) Say(person, channel, text string) Message {
	var m Message
	w.change(func() {
		r := w.rooms[channel]
		if r == nil || !slices.Contains(r.Members, person) {
			panic(fmt.Sprintf("slackfake: %s is not in %s", person, channel))
		}
		m = w.put(r, &Message{User: person, Text: w.escape(text)}).copy()
	})
	return m
}

// DeleteMessage deletes a message, as a workspace admin can. Its replies stay in their thread.
func (w *Workspace) DeleteMessage(channel, ts string) {
	w.change(func() {
		if r := w.rooms[channel]; r != nil {
			if m := r.find(ts); m != nil {
				m.Deleted = true
			}
		}
	})
}

// put adds m to r with a new ts.
func (w *Workspace) put(r *room, m *Message) *Message {
	m.w, m.Channel, m.TS = w, r.ID, w.stamp()
	r.messages = append(r.messages, m)
	w.reveal(r, m)
	return m
}

// redraw replaces the content of m and keeps the old content in its history.
func (w *Workspace) redraw(r *room, m *Message, c content) {
	m.History = append(m.History, Version{m.Text, m.Blocks})
	m.Updated++
	m.Text, m.Blocks, m.Attachments = c.text, c.blocks, c.attachments
	w.reveal(r, m)
}

// reveal records m as shown to a person if it is the bot's message in their DM.
func (w *Workspace) reveal(r *room, m *Message) {
	if r != nil && r.IM && r.BotIn && m.User == botUser {
		w.show(r.Members[0], m)
	}
}

func (w *Workspace) show(person string, m *Message) {
	w.shown[person] = append(w.shown[person], w.plain(m))
}

func (w *Workspace) chatPostMessage(a args) (answer, error) {
	if a["channel"] == "" {
		return nil, missing("channel")
	}
	thread := a["thread_ts"]
	r, err := w.writable(a["channel"], thread != "")
	if err != nil {
		return nil, err
	}
	c, err := readContent(a, 40_000)
	if err != nil {
		return nil, err
	}
	if c.empty() {
		return nil, refuse("no_text")
	}
	if (a["username"] != "" || a["icon_emoji"] != "" || a["icon_url"] != "") && !w.scopes["chat:write.customize"] {
		return nil, w.need("chat:write.customize")
	}
	m := &Message{User: botUser, Text: c.text, Blocks: c.blocks, Attachments: c.attachments, Metadata: c.metadata}
	if m.ThreadTS, err = r.thread(thread); err != nil {
		return nil, err
	}
	if err := w.pace(r.ID); err != nil {
		return nil, err
	}
	m.Called = slices.Sorted(slices.Values(m.Pings()))
	w.put(r, m)
	return answer{"channel": r.ID, "ts": m.TS, "message": w.messageObject(m)}, nil
}

// thread returns the root that a reply to ts belongs to. If the root was deleted without replies, or never existed, the
// reply becomes a root itself. A ts that is a reply's, or does not have the form of a ts, is refused.
func (r *room) thread(ts string) (string, error) {
	if ts == "" {
		return "", nil
	}
	if whole, micro, ok := strings.Cut(ts, "."); !ok || len(micro) != 6 || whole == "" {
		return "", refuse("invalid_thread_ts")
	}
	replied := slices.ContainsFunc(r.messages, func(m *Message) bool { return m.ThreadTS == ts })
	for _, m := range r.messages {
		switch {
		case m.TS != ts:
		case m.ThreadTS != "":
			return "", refuse("cannot_reply_to_message")
		case !m.Deleted || replied:
			return ts, nil
		}
	}
	return "", nil
}

// pace fails with 429 if the channel had a post less than 1/Config.Pace seconds ago.
func (w *Workspace) pace(channel string) error {
	if w.cfg.Pace <= 0 {
		return nil
	}
	now := w.cfg.Now()
	if wait := w.nextPost[channel].Sub(now); wait > 0 {
		return &throttled{after: wait}
	}
	w.nextPost[channel] = now.Add(perSecond(w.cfg.Pace))
	return nil
}

func (w *Workspace) chatUpdate(a args) (answer, error) {
	for _, field := range []string{"channel", "ts"} {
		if a[field] == "" {
			return nil, missing(field)
		}
	}
	r, err := w.visible(a["channel"])
	if err != nil {
		return nil, err
	}
	if r.Archived {
		return nil, refuse("is_inactive")
	}
	m := r.find(a["ts"])
	if m == nil {
		return nil, refuse("message_not_found")
	}
	if m.User != botUser {
		return nil, refuse("cant_update_message")
	}
	c, err := readContent(a, 4_000)
	if err != nil {
		return nil, err
	}
	if _, emptied := a["blocks"]; c.empty() && (c.metadata == nil || emptied) {
		return nil, refuse("no_text")
	}
	if c.metadata != nil {
		m.Metadata = c.metadata
	}
	if !c.empty() {
		w.redraw(r, m, c)
	}
	return answer{"channel": r.ID, "ts": m.TS, "text": m.Text, "message": w.messageObject(m)}, nil
}

func (w *Workspace) chatDelete(a args) (answer, error) {
	r, err := w.visible(a["channel"])
	if err != nil {
		return nil, err
	}
	m := r.find(a["ts"])
	if m == nil {
		return nil, refuse("message_not_found")
	}
	if m.User != botUser {
		return nil, refuse("cant_delete_message")
	}
	m.Deleted = true
	return answer{"channel": r.ID, "ts": m.TS}, nil
}

func (w *Workspace) chatGetPermalink(a args) (answer, error) {
	r, err := w.visible(a["channel"])
	if err != nil {
		return nil, err
	}
	m := r.find(a["message_ts"])
	if m == nil {
		return nil, refuse("message_not_found")
	}
	return answer{"channel": r.ID, "permalink": w.permalink(m)}, nil
}

func (w *Workspace) permalink(m *Message) string {
	link := fmt.Sprintf("https://%s.slack.com/archives/%s/p%s", domain, m.Channel, strings.Replace(m.TS, ".", "", 1))
	if m.ThreadTS != "" {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + m.Channel
	}
	return link
}

// messageObject returns m as Slack shows it in answers and in the payload of a press.
func (w *Workspace) messageObject(m *Message) answer {
	o := answer{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS, "team": w.cfg.Team}
	if m.User == botUser {
		o["bot_id"], o["app_id"] = botID, appID
	}
	if m.ThreadTS != "" {
		o["thread_ts"] = m.ThreadTS
	}
	for field, raw := range map[string]json.RawMessage{"blocks": m.Blocks, "attachments": m.Attachments, "metadata": m.Metadata} {
		if raw != nil {
			o[field] = raw
		}
	}
	if m.Updated > 0 {
		o["edited"] = answer{"user": botUser, "ts": m.TS}
	}
	return o
}
