package blockkit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// around are documents that Check accepts, with a hole for one object of a kind.
var around = map[string]struct{ document, object string }{
	"message": {`%s`, `{"text":"x"}`},
	"modal":   {`%s`, `{"type":"modal","title":{"type":"plain_text","text":"x"},"blocks":[{"type":"divider"}]}`},
	"home":    {`%s`, `{"type":"home","blocks":[{"type":"divider"}]}`},
	"block":   {`[%s]`, `{"type":"divider"}`},
	"header":  {`[%s]`, `{"type":"header","text":{"type":"plain_text","text":"x"}}`},
	"section": {`[%s]`, `{"type":"section","text":{"type":"plain_text","text":"x"}}`},
	"context": {`[%s]`, `{"type":"context","elements":[{"type":"plain_text","text":"x"}]}`},
	"actions": {`[%s]`, `{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"x"}}]}`},
	"input": {`{"type":"modal","title":{"type":"plain_text","text":"x"},"submit":{"type":"plain_text","text":"x"},"blocks":[%s]}`,
		`{"type":"input","label":{"type":"plain_text","text":"x"},"element":{"type":"plain_text_input"}}`},
	"image":               {`[%s]`, `{"type":"image","alt_text":"x"}`},
	"field":               {`[{"type":"section","fields":[%s]}]`, `{"type":"mrkdwn","text":"x"}`},
	"text":                {`[{"type":"context","elements":[%s]}]`, `{"type":"mrkdwn","text":"x"}`},
	"element":             {`[{"type":"actions","elements":[%s]}]`, `{"type":"users_select"}`},
	"button":              {`[{"type":"actions","elements":[%s]}]`, `{"type":"button","text":{"type":"plain_text","text":"x"}}`},
	"static_select":       {`[{"type":"actions","elements":[%s]}]`, `{"type":"static_select"}`},
	"multi_static_select": {`[{"type":"section","text":{"type":"plain_text","text":"x"},"accessory":%s}]`, `{"type":"multi_static_select"}`},
	"checkboxes":          {`[{"type":"actions","elements":[%s]}]`, `{"type":"checkboxes","options":[{"text":{"type":"mrkdwn","text":"x"},"value":"x"}]}`},
	"radio_buttons":       {`[{"type":"actions","elements":[%s]}]`, `{"type":"radio_buttons","options":[{"text":{"type":"mrkdwn","text":"x"},"value":"x"}]}`},
	"plain_text_input":    {`[{"type":"input","label":{"type":"plain_text","text":"x"},"element":%s}]`, `{"type":"plain_text_input"}`},
	"confirm": {`[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"x"},"confirm":%s}]}]`,
		`{"title":{"type":"plain_text","text":"x"},"text":{"type":"mrkdwn","text":"x"},"confirm":{"type":"plain_text","text":"x"},"deny":{"type":"plain_text","text":"x"}}`},
	"option": {`[{"type":"actions","elements":[{"type":"static_select","options":[%s]}]}]`, `{"text":{"type":"plain_text","text":"x"},"value":"x"}`},
	"group": {`[{"type":"actions","elements":[{"type":"static_select","option_groups":[%s]}]}]`,
		`{"label":{"type":"plain_text","text":"x"},"options":[{"text":{"type":"plain_text","text":"x"},"value":"x"}]}`},
}

// items are what the lists hold.
var items = map[string]string{
	"blocks": `{"type":"divider"}`, "fields": `{"type":"plain_text","text":"x"}`, "context": `{"type":"plain_text","text":"x"}`,
	"actions": `{"type":"button","text":{"type":"plain_text","text":"x"}}`, "options": `{"text":{"type":"plain_text","text":"x"},"value":"x"}`,
	"option_groups": `{"label":{"type":"plain_text","text":"x"},"options":[{"text":{"type":"plain_text","text":"x"},"value":"x"}]}`,
}

// with is the document of l's kind in which l's field holds v, or is missing if v is nil.
func with(t *testing.T, l limit, v any) []byte {
	t.Helper()
	place, ok := around[l.of]
	if !ok {
		t.Fatalf("no document around a %s", l.of)
	}
	o := map[string]any{}
	if err := json.Unmarshal([]byte(place.object), &o); err != nil {
		t.Fatal(err)
	}
	if o[l.field] = v; v == nil {
		delete(o, l.field)
	}
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, place.document, raw)
}

// sized is a value of n characters or items for l's field.
func sized(t *testing.T, l limit, n int) any {
	t.Helper()
	text := strings.Repeat("ü", n) // two bytes and one character each
	if strings.HasSuffix(l.field, "url") && n > 8 {
		text = "https://" + text[:2*(n-8)]
	}
	switch l.is {
	case chars:
		return text
	case plain:
		return map[string]any{"type": "plain_text", "text": text}
	case anyText:
		return map[string]any{"type": map[bool]string{true: "plain_text", false: "mrkdwn"}[l.of == "option"], "text": text}
	case whole:
		return n
	}
	item, ok := items[l.field]
	if !ok {
		item, ok = items[l.of]
	}
	if !ok {
		t.Fatalf("no item for a list of %s", l.field)
	}
	list := make([]json.RawMessage, n)
	for i := range list {
		list[i] = json.RawMessage(item)
	}
	return list
}

func TestEveryLimitIsKept(t *testing.T) {
	for _, l := range limits {
		t.Run(l.of+"/"+l.field, func(t *testing.T) {
			if !strings.HasPrefix(l.from, "https://docs.slack.dev/") {
				t.Errorf("comes from %q", l.from)
			}
			if problems := Check(with(t, l, sized(t, l, l.most))); len(problems) > 0 {
				t.Errorf("%d are refused: %v", l.most, problems)
			}
			one := func(what string, v any) {
				problems := Check(with(t, l, v))
				if len(problems) != 1 || !strings.Contains(problems[0].Error(), "/"+l.field) || !strings.Contains(problems[0].Error(), l.from) {
					t.Errorf("%s: %v", what, problems)
				}
			}
			one(fmt.Sprint(l.most+1), sized(t, l, l.most+1))
			if l.of != "message" {
				one("something else", true)
			}
			if l.need {
				one("nothing", nil)
			}
		})
	}
}

func TestOtherRulesAreKept(t *testing.T) {
	for raw, want := range map[string]string{
		`[`:                     "unexpected end",
		`{}`:                    "/: has neither text nor blocks",
		`[{"type":"section"}]`:  "/blocks/0: needs text or fields",
		`[{"type":"carousel"}]`: `/blocks/0/type: a block of the type "carousel" is not checked`,
		`[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]`:                                                                                                `/blocks/1/block_id: "a" is the id of another block`,
		`[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]`:                                                                                                              "/blocks/0/text: is not a plain_text object",
		`[{"type":"header","text":{"type":"plain_text","text":""}}]`:                                                                                                           "/blocks/0/text: has no text",
		`[{"type":"context","elements":[{"type":"html","text":"x"}]}]`:                                                                                                         `/blocks/0/elements/0/type: "html" is not the type of a text`,
		`[{"type":"actions","elements":[{"type":"overflow"}]}]`:                                                                                                                `/blocks/0/elements/0/type: an element of the type "overflow" in a block of the type "actions" is not checked`,
		`[{"type":"actions","elements":[{"type":"plain_text_input"}]}]`:                                                                                                        `"plain_text_input" in a block of the type "actions"`,
		`[{"type":"actions","elements":[{"type":"users_select","action_id":"a"},{"type":"users_select","action_id":"a"}]}]`:                                                    `/blocks/0/elements/1/action_id: "a" is the id of another element`,
		`[{"type":"actions","elements":[{"type":"button","style":"green","text":{"type":"plain_text","text":"x"}}]}]`:                                                          "/blocks/0/elements/0/style: green is neither primary nor danger",
		`[{"type":"actions","elements":[{"type":"button","url":"javascript:x","text":{"type":"plain_text","text":"x"}}]}]`:                                                     `/blocks/0/elements/0/url: "javascript:x" is no address`,
		`[{"type":"actions","elements":[{"type":"static_select"}]}]`:                                                                                                           "/blocks/0/elements/0: needs either options or option_groups",
		`[{"type":"actions","elements":[{"type":"static_select","options":[{"text":{"type":"mrkdwn","text":"x"},"value":"x"}]}]}]`:                                             "/blocks/0/elements/0/options/0: holds mrkdwn",
		`[{"type":"actions","elements":[{"type":"external_select","initial_option":{"text":{"type":"plain_text","text":"x"},"value":"` + strings.Repeat("x", 76) + `"}}]}]`:    "/blocks/0/elements/0/initial_option/value: 76 characters",
		`[{"type":"actions","elements":[{"type":"static_select","options":[],"initial_option":{"text":{"type":"plain_text","text":"x"},"value":"x"}}]}]`:                       "/blocks/0/elements/0/initial_option: is none of the options",
		`[{"type":"actions","elements":[{"type":"conversations_select","filter":{}}]}]`:                                                                                        "/blocks/0/elements/0/filter: needs a field",
		`{"type":"modal","title":{"type":"plain_text","text":"x"},"blocks":[{"type":"input","label":{"type":"plain_text","text":"x"},"element":{"type":"plain_text_input"}}]}`: "/submit: is needed",
		`{"type":"home","blocks":[],"x":"` + strings.Repeat("x", maxView) + `"}`:                                                                                               "bytes, Slack takes 250000",
	} {
		if problems := Check([]byte(raw)); len(problems) != 1 || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%.200s: want %q, got %v", raw, want, problems)
		}
	}
}

// Every card and form of the bot keeps Slack's limits.
func TestCardsKeepTheLimits(t *testing.T) {
	for _, pattern := range []string{"../slackio/testdata/blocks/*.json", "testdata/*.json"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, p := range paths {
			raw, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range Check(raw) {
				t.Errorf("%s: %v", p, problem)
			}
		}
	}
}
