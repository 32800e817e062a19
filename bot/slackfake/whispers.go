package slackfake

import "slices"

// Ephemeral is a message that only one person sees. It is not part of the channel's history.
type Ephemeral struct {
	Message
	To     string
	Source string // "ack", "response_url", "postEphemeral", or "slack" for an error message of Slack itself
}

// Ephemerals returns all ephemeral messages that person was shown, oldest first, with their current content.
func (w *Workspace) Ephemerals(person string) []Ephemeral {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Ephemeral
	for _, e := range w.whispers {
		if e.To == person {
			c := *e
			c.Message = e.Message.copy()
			list = append(list, c)
		}
	}
	return list
}

// Sees returns everything that person was shown privately, as plain text and in order: ephemeral messages, the bot's
// messages in their DM, and Slack's own error messages. A message that was changed appears once for each version.
func (w *Workspace) Sees(person string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.shown[person])
}

// whisper shows c to person in channel as an ephemeral message.
func (w *Workspace) whisper(person, channel, thread, source string, c content) *Ephemeral {
	e := &Ephemeral{To: person, Source: source, Message: Message{
		Channel: channel, TS: w.stamp(), ThreadTS: thread, User: botUser, Ephemeral: true,
		Text: c.text, Blocks: c.blocks, Attachments: c.attachments, w: w,
	}}
	if source == "slack" {
		e.User = "USLACKBOT"
	}
	w.whispers = append(w.whispers, e)
	w.show(person, &e.Message)
	return e
}

// complain shows person an error message of Slack itself: their interaction failed.
func (w *Workspace) complain(person, channel, text string) {
	w.whisper(person, channel, "", "slack", content{text: text})
}

func (w *Workspace) findWhisper(channel, ts string) *Ephemeral {
	for _, e := range w.whispers {
		if e.Channel == channel && e.TS == ts && !e.Deleted {
			return e
		}
	}
	return nil
}

func (w *Workspace) chatPostEphemeral(a args) (answer, error) {
	for _, field := range []string{"channel", "user"} {
		if a[field] == "" {
			return nil, missing(field)
		}
	}
	if w.people[a["channel"]] != nil {
		return nil, refuse("channel_not_found") // unlike chat.postMessage, does not accept a person's id as the channel
	}
	r, err := w.visible(a["channel"])
	if err != nil {
		return nil, err
	}
	if _, err := w.writable(r.ID, true); err != nil {
		return nil, err
	}
	if !r.BotIn {
		return nil, refuse("not_in_channel") // chat:write.public does not help here
	}
	if p := w.people[a["user"]]; p == nil || p.Deleted || !slices.Contains(r.Members, p.ID) {
		return nil, refuse("user_not_in_channel")
	}
	c, err := readContent(a, 40_000)
	if err != nil {
		return nil, err
	}
	if c.empty() {
		return nil, refuse("no_text")
	}
	thread, err := r.thread(a["thread_ts"])
	if err != nil {
		return nil, err
	}
	e := w.whisper(a["user"], r.ID, thread, "postEphemeral", c)
	return answer{"message_ts": e.TS}, nil
}
