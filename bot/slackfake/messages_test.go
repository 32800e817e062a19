package slackfake

import (
	"strings"
	"testing"
	"time"
)

func TestWhereTheBotMayPost(t *testing.T) {
	w := open(t, Config{})
	w.AddChannel(Channel{ID: "C0OLD", Name: "old", BotIn: true, Archived: true})
	w.AddChannel(Channel{ID: "C0NEWS", Name: "news", BotIn: true, Restricted: "restricted_action_read_only_channel"})
	w.AddChannel(Channel{ID: "C0THREADS", Name: "threads", BotIn: true, Restricted: "restricted_action_thread_only_channel"})
	w.SetPerson("U0CLEO", func(p *Person) { p.Deleted = true })
	for _, c := range []struct{ name, channel, code string }{
		{"member", "C0OPS", ""},
		{"public, not a member", "C0LOBBY", "not_in_channel"},
		{"private, not a member", "G0BOARD", "channel_not_found"},
		{"two humans", "D0TWO", "channel_not_found"},
		{"nowhere", "C0NOPE", "channel_not_found"},
		{"by name", "#ops", "channel_not_found"},
		{"archived", "C0OLD", "is_archived"},
		{"read-only", "C0NEWS", "restricted_action_read_only_channel"},
		{"thread-only", "C0THREADS", "restricted_action_thread_only_channel"},
		{"a person", "U0ADA", ""},
		{"a deactivated person", "U0CLEO", "channel_not_found"},
		{"itself", w.BotUser(), "cannot_dm_bot"},
		{"its DM", w.DM("U0BEN"), ""},
		{"no channel at all", "", "invalid_arguments"},
	} {
		t.Run(c.name, func(t *testing.T) {
			call(t, w, "chat.postMessage", "channel="+c.channel, "text=hi").wants(t, c.code)
		})
	}
	w.SetScopes("chat:write", "chat:write.public")
	call(t, w, "chat.postMessage", "channel=C0LOBBY", "text=hi").wants(t, "")
	call(t, w, "chat.postEphemeral", "channel=C0LOBBY", "user=U0ADA", "text=hi").wants(t, "not_in_channel")
	w.SetMessagesTab(false)
	call(t, w, "chat.postMessage", "channel=U0ADA", "text=hi").wants(t, "messages_tab_disabled")
}

func TestWhatMayBePosted(t *testing.T) {
	w := open(t, Config{})
	for _, c := range []struct {
		name string
		args []string
		code string
	}{
		{"nothing", nil, "no_text"},
		{"no blocks", []string{"blocks=[]"}, "no_text"},
		{"blocks without text", []string{"blocks=" + buttons}, ""},
		{"blocks that are no list", []string{"blocks={"}, "invalid_blocks_format"},
		{"an unknown block", []string{`blocks=[{"type":"bogus"}]`}, "invalid_blocks"},
		{"too much text", []string{"text=" + strings.Repeat("x", 40_001)}, "msg_too_long"},
		{"too much in blocks", []string{"blocks=[" + strings.TrimSuffix(strings.Repeat(section(strings.Repeat("x", 3000))+",", 5), ",") + "]"}, "msg_blocks_too_long"},
		{"another's name", []string{"text=x", "username=boss"}, "missing_scope"},
		{"metadata without an event", []string{"text=x", `metadata={"event_type":""}`}, "invalid_metadata_schema"},
		{"metadata", []string{"text=x", `metadata={"event_type":"card","event_payload":{"r":"R-1"}}`}, ""},
		{"markdown and text", []string{"text=x", "markdown_text=y"}, "markdown_text_conflict"},
		{"attachments", []string{`attachments=[{"text":"x"}]`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			call(t, w, "chat.postMessage", append(c.args, "channel=C0OPS")...).wants(t, c.code)
		})
	}
}

func section(text string) string {
	return `{"type":"section","text":{"type":"plain_text","text":"` + text + `"}}`
}

func TestStampsAreUniqueAndInOrder(t *testing.T) {
	c := newClock() // stands still
	w := open(t, Config{Now: c.now})
	last := ""
	for range 50 {
		ts := call(t, w, "chat.postMessage", "channel=C0OPS", "text=hi").body.TS
		if _, micro, _ := strings.Cut(ts, "."); len(micro) != 6 || ts <= last {
			t.Fatalf("%s after %s", ts, last)
		}
		last = ts
	}
}

func TestThreads(t *testing.T) {
	w := open(t, Config{})
	post := func(thread string) response {
		return call(t, w, "chat.postMessage", "channel=C0OPS", "text=x", "thread_ts="+thread)
	}
	root := post("").wants(t, "").body.TS
	reply := post(root).wants(t, "")
	if reply.body.Message.ThreadTS != root {
		t.Errorf("the reply hangs on %q", reply.body.Message.ThreadTS)
	}
	post(reply.body.TS).wants(t, "cannot_reply_to_message")
	post("soon").wants(t, "invalid_thread_ts")
	if got := w.Thread("C0OPS", root); len(got) != 1 || got[0].TS != reply.body.TS {
		t.Errorf("the thread has %+v", got)
	}

	w.DeleteMessage("C0OPS", root)
	if got := post(root).wants(t, "").body.Message.ThreadTS; got != root {
		t.Errorf("a thread with replies outlives its root; the reply hangs on %q", got)
	}
	lone := post("").body.TS
	w.DeleteMessage("C0OPS", lone)
	if got := post(lone).wants(t, "").body.Message.ThreadTS; got != "" {
		t.Errorf("a reply to a message that is gone hangs on %q", got)
	}
	if got := post("1234567890.123456").wants(t, "").body.Message.ThreadTS; got != "" {
		t.Errorf("a reply to a message that never was hangs on %q", got)
	}
}

func TestUpdate(t *testing.T) {
	w := open(t, Config{})
	m := card(t, w)
	update := func(args ...string) response {
		return call(t, w, "chat.update", append([]string{"channel=C0OPS", "ts=" + m.TS}, args...)...)
	}
	update().wants(t, "no_text")
	update("text="+strings.Repeat("x", 4001)).wants(t, "msg_too_long")
	update(`metadata={"event_type":"card","event_payload":{}}`).wants(t, "")
	if now := w.Messages("C0OPS")[0]; now.Blocks == nil || now.Updated != 0 {
		t.Errorf("metadata alone changed the content: %+v", now)
	}
	update("text=Done").wants(t, "")
	now := w.Messages("C0OPS")[0]
	if now.Blocks != nil || now.Plain() != "Done" || now.Updated != 1 || len(now.History) != 1 || now.History[0].Blocks == nil {
		t.Errorf("text alone takes the blocks away and keeps them in the history: %+v", now)
	}

	call(t, w, "chat.update", "channel=C0OPS", "ts=1.000001", "text=x").wants(t, "message_not_found")
	hers := w.Say("U0ADA", "C0OPS", "hello")
	call(t, w, "chat.update", "channel=C0OPS", "ts="+hers.TS, "text=x").wants(t, "cant_update_message")
	call(t, w, "chat.delete", "channel=C0OPS", "ts="+hers.TS).wants(t, "cant_delete_message")
	call(t, w, "chat.update", "channel=G0BOARD", "ts="+m.TS, "text=x").wants(t, "channel_not_found")
	ts := call(t, w, "chat.postEphemeral", "channel=C0OPS", "user=U0ADA", "text=psst").wants(t, "").body.MessageTS
	call(t, w, "chat.update", "channel=C0OPS", "ts="+ts, "text=x").wants(t, "message_not_found")
	w.SetChannel("C0OPS", func(c *Channel) { c.Archived = true })
	update("text=x").wants(t, "is_inactive")
}

func TestRefusedUpdateLeavesTheMessageAsItWas(t *testing.T) {
	w := open(t, Config{})
	m := card(t, w)
	for _, code := range []string{"edit_window_closed", "cant_update_message"} {
		w.Fail("chat.update", Fault{Error: code, Times: 1})
		call(t, w, "chat.update", "channel=C0OPS", "ts="+m.TS, "text=new", "blocks=["+section("new")+"]").wants(t, code)
		now := w.Messages("C0OPS")[0]
		if now.Updated != 0 || now.Text != m.Text || string(now.Blocks) != string(m.Blocks) {
			t.Errorf("%s: it is %q %s", code, now.Text, now.Blocks)
		}
	}
}

func TestEphemerals(t *testing.T) {
	w := open(t, Config{})
	whisper := func(channel, user string) response {
		return call(t, w, "chat.postEphemeral", "channel="+channel, "user="+user, "text=psst")
	}
	whisper("C0OPS", "U0CLEO").wants(t, "user_not_in_channel")
	whisper("C0OPS", "U0NOBODY").wants(t, "user_not_in_channel")
	whisper("C0LOBBY", "U0ADA").wants(t, "not_in_channel")
	whisper("G0BOARD", "U0ADA").wants(t, "channel_not_found")
	whisper("U0ADA", "U0ADA").wants(t, "channel_not_found")
	whisper("C0OPS", "U0ADA").wants(t, "")
	if got := w.Ephemerals("U0ADA"); len(got) != 1 || got[0].Source != "postEphemeral" || got[0].Plain() != "psst" || !got[0].Ephemeral {
		t.Errorf("ada was shown %+v", got)
	}
	if len(w.Messages("C0OPS")) != 0 || len(w.Ephemerals("U0BEN")) != 0 {
		t.Error("somebody else sees it")
	}
}

func TestSeesIsEphemeralsAndDMsInOrder(t *testing.T) {
	w := open(t, Config{})
	call(t, w, "chat.postEphemeral", "channel=C0OPS", "user=U0ADA", "text=one").wants(t, "")
	dm := call(t, w, "chat.postMessage", "channel=U0ADA", "text=two").wants(t, "")
	call(t, w, "chat.postMessage", "channel=C0OPS", "text=not private").wants(t, "")
	call(t, w, "chat.update", "channel="+w.DM("U0ADA"), "ts="+dm.body.TS, "text=three").wants(t, "")
	if got := strings.Join(w.Sees("U0ADA"), ","); got != "one,two,three" {
		t.Errorf("ada sees %s", got)
	}
}

func TestPace(t *testing.T) {
	c := newClock()
	w := open(t, Config{Now: c.now, Pace: 1})
	w.AddChannel(Channel{ID: "C0TWO", BotIn: true})
	post := func(channel string) response { return call(t, w, "chat.postMessage", "channel="+channel, "text=x") }
	post("C0OPS").wants(t, "")
	res := post("C0OPS").wants(t, "ratelimited")
	if res.status != 429 || res.header.Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q", res.status, res.header.Get("Retry-After"))
	}
	post("C0TWO").wants(t, "")
	c.pass(time.Second)
	post("C0OPS").wants(t, "")
	if n := len(w.Messages("C0OPS")); n != 2 {
		t.Errorf("%d messages, want the two that were let through", n)
	}
}

func TestPermalink(t *testing.T) {
	w := open(t, Config{})
	m := card(t, w)
	res := call(t, w, "chat.getPermalink", "channel=C0OPS", "message_ts="+m.TS).wants(t, "")
	if want := "/archives/C0OPS/p" + strings.Replace(m.TS, ".", "", 1); !strings.Contains(res.raw, want) {
		t.Errorf("%s lacks %s", res.raw, want)
	}
	call(t, w, "chat.getPermalink", "channel=C0OPS", "message_ts=1.000000").wants(t, "message_not_found")
}

func TestDeletedByTheBot(t *testing.T) {
	w := open(t, Config{})
	m := card(t, w)
	seen := w.Version()
	call(t, w, "chat.delete", "channel=C0OPS", "ts="+m.TS).wants(t, "")
	if !w.Messages("C0OPS")[0].Deleted || w.Version() == seen {
		t.Error("it is still there, or nobody would notice")
	}
	call(t, w, "chat.delete", "channel=C0OPS", "ts="+m.TS).wants(t, "message_not_found")
}
