package slackfake

import (
	"strings"
	"testing"
)

func TestPlainIsWhatPeopleRead(t *testing.T) {
	w := open(t, Config{})
	for text, want := range map[string]string{
		"<@U0ADA> asked <!subteam^S0ADMINS> in <#C0OPS>":                    "@ada asked @it-admins in #ops",
		"<@U0NOBODY|x> &amp; <!here>":                                       "@U0NOBODY & @here",
		"see <https://x.io/a|the card> or <https://x.io>":                   "see the card or https://x.io",
		"&lt;@U0ADA&gt; &amp;lt;":                                           "<@U0ADA> &lt;",
		"*CPC-ada* is _ready_, ~not~ `now`":                                 "CPC-ada is ready, not now",
		"2*3*4 and CPC_ada_x and a_b":                                       "2*3*4 and CPC_ada_x and a_b",
		"<!date^1800000000^{date_short}|Jan 15, 2027> <mailto:a@b.c|a@b.c>": "Jan 15, 2027 a@b.c",
	} {
		ts := call(t, w, "chat.postMessage", "channel=C0OPS", "text="+text).wants(t, "").body.TS
		m := w.Messages("C0OPS")
		if got := Render(m[len(m)-1]); got != want {
			t.Errorf("%s reads %q, want %q (ts %s)", text, got, want, ts)
		}
	}
}

func TestBlocksReadAsLines(t *testing.T) {
	w := open(t, Config{})
	m := card(t, w)
	if got, want := m.Plain(), "Reprovision CPC-ada, asked by @ada\n[Approve] [Deny]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := strings.Join(m.Buttons(), "; "); got != "Approve (approve R-7K3F); Deny (deny R-7K3F)" {
		t.Errorf("buttons %s", got)
	}
	call(t, w, "chat.update", "channel=C0OPS", "ts="+m.TS, "text=x", `blocks=[
	 {"type":"header","text":{"type":"plain_text","text":"R-7K3F &amp; more"}},{"type":"divider"},
	 {"type":"section","fields":[{"type":"mrkdwn","text":"*OS*"},{"type":"plain_text","text":"*11*"}]},
	 {"type":"section","text":{"type":"mrkdwn","text":"pick"},"accessory":{"type":"overflow","options":[{"text":{"type":"plain_text","text":"a"},"value":"1"}]}},
	 {"type":"context","elements":[{"type":"mrkdwn","text":"one"},{"type":"plain_text","text":"two"}]},
	 {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"hi "},{"type":"user","user_id":"U0ADA"},{"type":"link","url":"https://x.io"}]}]},
	 {"type":"markdown","text":"done"},
	 {"type":"image","image_url":"https://x.io/a.png","alt_text":"a picture"},
	 {"type":"table","rows":[[{"type":"raw_text","text":"a"},{"type":"raw_text","text":"b"}]]}]`).wants(t, "")
	want := "R-7K3F &amp; more\n———\nOS\n*11*\npick\n[a]\none two\nhi @adahttps://x.io\ndone\na picture\na | b"
	if got := w.Messages("C0OPS")[0].Plain(); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
	w.DeleteMessage("C0OPS", m.TS)
	if got := w.Messages("C0OPS")[0]; got.Plain() != "" || !got.Deleted {
		t.Errorf("a deleted message reads %q", got.Plain())
	}
}

func TestPingsAreLiveMentionsOnly(t *testing.T) {
	w := open(t, Config{})
	call(t, w, "chat.postMessage", "channel=C0OPS", "text=&lt;!channel&gt; <@U0BEN>", `blocks=[
	 {"type":"section","text":{"type":"mrkdwn","text":"<!here> <@U0ADA> &lt;!everyone&gt;"}},
	 {"type":"section","text":{"type":"plain_text","text":"<@U0CLEO>"}},
	 {"type":"context","elements":[{"type":"mrkdwn","text":"<!subteam^S0ADMINS> <@U0ADA>"}]}]`).wants(t, "")
	if got := strings.Join(w.Messages("C0OPS")[0].Pings(), " "); got != "here U0ADA S0ADMINS U0BEN" {
		t.Errorf("it pings %s", got)
	}
}

func TestAttachmentsAreRead(t *testing.T) {
	w := open(t, Config{})
	call(t, w, "chat.postMessage", "channel=C0OPS", "text=x", `attachments=[{"color":"#f00","text":"red <@U0ADA>"},{"blocks":[{"type":"divider"}]}]`).wants(t, "")
	if got := w.Messages("C0OPS")[0].Plain(); got != "x\nred @ada\n———" {
		t.Errorf("%q", got)
	}
}
