package slackfake

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func button(fields string) string {
	return `[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Go"}` + fields + `}]}]`
}

func repeat(n int, item string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = strings.ReplaceAll(item, "#", fmt.Sprint(i))
	}
	return strings.Join(items, ",")
}

func x(n int) string { return strings.Repeat("x", n) }

// Each limit, on its last good value and on the first bad one.
func TestBlockLimits(t *testing.T) {
	header := func(n int) string { return `[{"type":"header","text":{"type":"plain_text","text":"` + x(n) + `"}}]` }
	sectionText := func(n int) string { return `[{"type":"section","text":{"type":"mrkdwn","text":"` + x(n) + `"}}]` }
	fields := func(n, long int) string {
		return `[{"type":"section","fields":[` + repeat(n, `{"type":"mrkdwn","text":"`+x(long)+`"}`) + `]}]`
	}
	contexts := func(n int) string {
		return `[{"type":"context","elements":[` + repeat(n, `{"type":"mrkdwn","text":"x"}`) + `]}]`
	}
	actions := func(n int) string {
		return `[{"type":"actions","elements":[` + repeat(n, `{"type":"button","action_id":"a#","text":{"type":"plain_text","text":"x"}}`) + `]}]`
	}
	label := func(n int) string {
		return `[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"` + x(n) + `"}}]}]`
	}
	confirm := func(title, text, yes, no int) string {
		obj := func(n int) string { return `{"type":"plain_text","text":"` + x(n) + `"}` }
		return button(`,"confirm":{"title":` + obj(title) + `,"text":` + obj(text) + `,"confirm":` + obj(yes) + `,"deny":` + obj(no) + `}`)
	}
	menu := func(n, text, value int) string {
		return `[{"type":"actions","elements":[{"type":"static_select","options":[` +
			repeat(n, `{"text":{"type":"plain_text","text":"`+x(text)+`"},"value":"`+x(value)+`"}`) + `]}]}]`
	}
	for _, c := range []struct{ name, good, bad string }{
		{"blocks", "[" + repeat(50, `{"type":"divider"}`) + "]", "[" + repeat(51, `{"type":"divider"}`) + "]"},
		{"header", header(150), header(151)},
		{"header empty", header(1), header(0)},
		{"section", sectionText(3000), sectionText(3001)},
		{"section empty", sectionText(1), sectionText(0)},
		{"fields", fields(10, 1), fields(11, 1)},
		{"field text", fields(1, 2000), fields(1, 2001)},
		{"context", contexts(10), contexts(11)},
		{"context empty", contexts(1), contexts(0)},
		{"actions", actions(25), actions(26)},
		{"actions empty", actions(1), actions(0)},
		{"button text", label(75), label(76)},
		{"value", button(`,"value":"` + x(2000) + `"`), button(`,"value":"` + x(2001) + `"`)},
		{"url", button(`,"url":"https://` + x(2992) + `"`), button(`,"url":"https://` + x(2993) + `"`)},
		{"action_id", button(`,"action_id":"` + x(255) + `"`), button(`,"action_id":"` + x(256) + `"`)},
		{"block_id", `[{"type":"divider","block_id":"` + x(255) + `"}]`, `[{"type":"divider","block_id":"` + x(256) + `"}]`},
		{"accessibility_label", button(`,"accessibility_label":"` + x(75) + `"`), button(`,"accessibility_label":"` + x(76) + `"`)},
		{"confirm title", confirm(100, 1, 1, 1), confirm(101, 1, 1, 1)},
		{"confirm text", confirm(1, 300, 1, 1), confirm(1, 301, 1, 1)},
		{"confirm yes", confirm(1, 1, 30, 1), confirm(1, 1, 31, 1)},
		{"confirm no", confirm(1, 1, 1, 30), confirm(1, 1, 1, 31)},
		{"options", menu(100, 1, 1), menu(101, 1, 1)},
		{"options empty", menu(1, 1, 1), menu(0, 1, 1)},
		{"option text", menu(1, 75, 1), menu(1, 76, 1)},
		{"option value", menu(1, 1, 150), menu(1, 1, 151)},
		{"markdown", `[{"type":"markdown","text":"` + x(12_000) + `"}]`, `[{"type":"markdown","text":"` + x(12_001) + `"}]`},
		{"characters, not bytes", header(150), strings.Replace(header(150), x(150), strings.Repeat("ü", 151), 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, problems, err := readBlocks(c.good, messageBlocks, "/blocks"); err != nil || len(problems) > 0 {
				t.Errorf("the last good one: %v %v", problems, err)
			}
			if _, problems, err := readBlocks(c.bad, messageBlocks, "/blocks"); err != nil || len(problems) == 0 {
				t.Errorf("the first bad one passes (%v)", err)
			}
		})
	}
}

func TestBlockRules(t *testing.T) {
	for _, c := range []struct{ name, blocks, problem string }{
		{"mrkdwn header", `[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]`, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"},
		{"mrkdwn button", `[{"type":"actions","elements":[{"type":"button","text":{"type":"mrkdwn","text":"x"}}]}]`, "unsupported type: mrkdwn"},
		{"mrkdwn placeholder", `[{"type":"actions","elements":[{"type":"users_select","placeholder":{"type":"mrkdwn","text":"x"}}]}]`, "unsupported type: mrkdwn"},
		{"emoji in mrkdwn", `[{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}]`, "invalid additional property: emoji"},
		{"verbatim in plain_text", `[{"type":"section","text":{"type":"plain_text","text":"x","verbatim":true}}]`, "invalid additional property: verbatim"},
		{"verbatim in mrkdwn", `[{"type":"section","text":{"type":"mrkdwn","text":"x","verbatim":true}}]`, ""},
		{"unknown block", `[{"type":"bogus"}]`, "unsupported type: bogus [json-pointer:/blocks/0/type]"},
		{"no type", `[{}]`, "missing required field: type"},
		{"not an object", `["divider"]`, "must be an object"},
		{"unknown element", `[{"type":"actions","elements":[{"type":"lever"}]}]`, "unsupported type: lever"},
		{"unknown field", `[{"type":"divider","colour":"red"}]`, "invalid additional property: colour"},
		{"style", button(`,"style":"default"`), "value must be one of: primary, danger"},
		{"style danger", button(`,"style":"danger"`), ""},
		{"empty section", `[{"type":"section"}]`, "must have `text` or `fields`"},
		{"block_id twice", `[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]`, "block_id `a` already exists"},
		{"action_id twice in a block", `[{"type":"actions","elements":[` + repeat(2, `{"type":"button","action_id":"a","text":{"type":"plain_text","text":"x"}}`) + `]}]`, "action_id `a` already exists"},
		{"action_id twice in two blocks", `[` + repeat(2, `{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"button","action_id":"a","text":{"type":"plain_text","text":"x"}}}`) + `]`, ""},
		{"input in a message", `[{"type":"input","label":{"type":"plain_text","text":"x"},"element":{"type":"plain_text_input"}}]`, "unsupported type: input"},
		{"text input among actions", `[{"type":"actions","elements":[{"type":"plain_text_input"}]}]`, "unsupported type: plain_text_input"},
		{"button in context", `[{"type":"context","elements":[{"type":"button","text":{"type":"plain_text","text":"x"}}]}]`, "unsupported type: button"},
		{"confirm without deny", button(`,"confirm":{"title":{"type":"plain_text","text":"x"},"text":{"type":"plain_text","text":"x"},"confirm":{"type":"plain_text","text":"x"}}`), "missing required field: deny"},
		{"button without text", `[{"type":"actions","elements":[{"type":"button"}]}]`, "missing required field: text"},
		{"menu without options", `[{"type":"actions","elements":[{"type":"static_select"}]}]`, "must have `options` or `option_groups`"},
		{"initial option of no option", `[{"type":"actions","elements":[{"type":"static_select","options":[{"text":{"type":"plain_text","text":"a"},"value":"a"}],"initial_option":{"text":{"type":"plain_text","text":"b"},"value":"b"}}]}]`, "must be one of the options"},
		{"url without scheme", button(`,"url":"contoso.com"`), "invalid url"},
		{"value that is no string", button(`,"value":7`), "must be a string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems, err := readBlocks(c.blocks, messageBlocks, "/blocks")
			got := strings.Join(problems, "; ")
			if err != nil || (got == "") != (c.problem == "") || !strings.Contains(got, c.problem) {
				t.Errorf("problems %q, %v; want %q", got, err, c.problem)
			}
		})
	}
}

func TestInvalidBlocksSayWhere(t *testing.T) {
	w := open(t, Config{})
	for _, method := range []string{"chat.postMessage", "chat.postEphemeral"} {
		res := call(t, w, method, "channel=C0OPS", "user=U0ADA", `blocks=[{"type":"divider"},{"type":"header","text":{"type":"plain_text","text":""}}]`).wants(t, "invalid_blocks")
		if got := strings.Join(res.body.Metadata.Messages, ";"); got != "[ERROR] must be more than 0 characters [json-pointer:/blocks/1/text/text]" {
			t.Errorf("%s says %q", method, got)
		}
	}
}

func TestMissingIDsAreMadeUp(t *testing.T) {
	raw, _, _ := readBlocks(button(""), messageBlocks, "/blocks")
	var blocks []struct {
		BlockID  string `json:"block_id"`
		Elements []struct {
			ActionID string `json:"action_id"`
		} `json:"elements"`
	}
	if err := json.Unmarshal(raw, &blocks); err != nil || blocks[0].BlockID == "" || blocks[0].Elements[0].ActionID == "" {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestAcceptedBlocksAreAcceptedAgain(t *testing.T) {
	raw, _, _ := readBlocks(buttons, messageBlocks, "/blocks")
	again, problems, err := readBlocks(string(raw), messageBlocks, "/blocks")
	if err != nil || len(problems) > 0 || string(again) != string(raw) {
		t.Errorf("%s became %s: %v %v", raw, again, problems, err)
	}
}
