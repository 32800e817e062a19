package slackfake

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Slack's limits for a response_url (docs.slack.dev/interactivity/handling-user-interaction).
const (
	linkLife = 30 * time.Minute
	linkUses = 5
)

// responseLink is a response_url: it allows a few messages in the place of one interaction.
type responseLink struct {
	kind    string // "commands" or "actions"
	person  string
	channel string
	source  string // ts of the message that was pressed; "" for commands
	uses    int
	born    time.Time
}

func (w *Workspace) newLink(l *responseLink) string {
	l.born = w.cfg.Now()
	path := fmt.Sprintf("/hooks/%s/%s/%d/%s", l.kind, w.cfg.Team, 1_000_000+w.next(), secret(12))
	w.links[path] = l
	return w.root("http") + path
}

func (w *Workspace) serveResponseURL(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if form, bad := url.ParseQuery(string(body)); bad == nil && form.Get("payload") != "" {
		body = []byte(form.Get("payload"))
	}
	var a args
	if err == nil {
		a, err = readJSON(body)
	}
	w.serve(rw, &Call{Method: "response_url", Args: a}, func() reply {
		l := w.links[r.URL.Path]
		switch {
		case l == nil:
			return linkReply(http.StatusNotFound, "no_service")
		case w.cfg.Now().Sub(l.born) > linkLife:
			return linkReply(http.StatusNotFound, "expired_url")
		case l.uses >= linkUses:
			return linkReply(http.StatusNotFound, "used_url")
		case r.Method != http.MethodPost || err != nil:
			return linkReply(http.StatusBadRequest, "invalid_payload")
		}
		var no *refusal
		if err := w.respond(l, a); errors.As(err, &no) {
			return linkReply(http.StatusBadRequest, no.code)
		}
		l.uses++
		if l.kind == "commands" {
			return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html"}}, body: []byte("ok")}
		}
		return jsonReply(http.StatusOK, answer{"ok": true})
	})
}

func linkReply(status int, code string) reply {
	rep := jsonReply(status, answer{"ok": false, "error": code})
	rep.err = code
	return rep
}

// respond carries out a request to a response_url. The bot need not be in the channel, as with Slack.
func (w *Workspace) respond(l *responseLink, a args) error {
	c, err := readContent(a, 40_000)
	if err != nil {
		return err
	}
	original, room := w.original(l)
	if a.yes("delete_original") {
		if original == nil {
			return refuse("message_not_found")
		}
		original.Deleted = true
		return nil
	}
	switch {
	case c.empty():
		return refuse("no_text")
	case a.yes("replace_original") && original != nil:
		w.replaceOriginal(l, original, room, c)
		return nil
	}
	thread := a["thread_ts"]
	if strings.EqualFold(a["response_type"], "in_channel") {
		r := w.rooms[l.channel]
		switch {
		case r == nil:
			return refuse("channel_not_found")
		case r.Archived:
			return refuse("is_archived")
		}
		if thread, err = r.thread(thread); err != nil {
			return err
		}
		w.put(r, &Message{User: botUser, ThreadTS: thread, Text: c.text, Blocks: c.blocks, Attachments: c.attachments})
		return nil
	}
	w.whisper(l.person, l.channel, thread, "response_url", c)
	return nil
}

// original returns the message that was pressed. A command has none: an app cannot change what the person typed.
func (w *Workspace) original(l *responseLink) (*Message, *room) {
	if l.source == "" {
		return nil, nil
	}
	if e := w.findWhisper(l.channel, l.source); e != nil {
		return &e.Message, nil
	}
	r := w.rooms[l.channel]
	if r == nil {
		return nil, nil
	}
	return r.find(l.source), r
}

func (w *Workspace) replaceOriginal(l *responseLink, m *Message, r *room, c content) {
	w.redraw(r, m, c)
	if m.Ephemeral {
		w.show(l.person, m)
	}
}
