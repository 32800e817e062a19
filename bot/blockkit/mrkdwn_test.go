package blockkit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"cloudpc-bot/bot/blockkit"
)

// now is the day that the drawings call today.
var now = time.Date(2027, 1, 15, 3, 0, 0, 0, time.UTC)

// names are the people, channels and groups that everybody knows here. One of them is hostile.
var names = map[string]string{
	"U0ADA": "ada", "U0BEN": "ben", "C0OPS": "it-help", "S0APPROVERS": "it-approvers", "U0MALLORY": `<script>alert("m")</script>`,
}

func options() blockkit.Options {
	return blockkit.Options{Name: func(id string) string { return names[id] }, Now: now, Dialogs: true, Notification: true}
}

func drawn(t testing.TB, raw []byte, o blockkit.Options) string {
	t.Helper()
	return drawnWith(t, raw, o, nil)
}

// drawnWith is drawn with errors below the inputs of a modal.
func drawnWith(t testing.TB, raw []byte, o blockkit.Options, errors map[string]string) string {
	t.Helper()
	var b strings.Builder
	if err := blockkit.Draw(&b, blockkit.Message{JSON: raw, From: "cloudpc-bot", At: now, Errors: errors}, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// section is a message of one section with s in it.
func section(kind, s string, verbatim bool) []byte {
	text := map[string]any{"type": kind, "text": s}
	if verbatim {
		text["verbatim"] = true
	}
	raw, err := json.Marshal([]any{map[string]any{"type": "section", "text": text}})
	if err != nil {
		panic(err)
	}
	return raw
}

// inside is what stands in the only section of a drawing.
func inside(t testing.TB, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<div class="bk-body"><div class="bk-text">`)
	if !ok {
		t.Fatalf("no section in %s", page)
	}
	return strings.TrimSuffix(rest, "</div></div></div></div></div></article>")
}

const outside = `" target="_blank" rel="noopener noreferrer nofollow">`

func TestMrkdwnIsDrawnAsSlackDrawsIt(t *testing.T) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	for mrkdwn, want := range map[string]string{
		"plain":                             "plain",
		"*bold* _italic_ ~gone~ `a*b*`":     "<b>bold</b> <i>italic</i> <s>gone</s> <code>a*b*</code>",
		"*_both_* _*both*_":                 "<b><i>both</i></b> <i><b>both</b></i>",
		"*Why:* it's (*urgent*), _really_.": "<b>Why:</b> it&#39;s (<b>urgent</b>), <i>really</i>.",
		"2*3*4 snake_case_name a~b~c":       "2*3*4 snake_case_name a~b~c",
		"**no** * no * *no\nno*":            "**no** * no * *no\nno*",
		"*a `*` b*":                         "<b>a <code>*</code> b</b>",
		"über*nicht* *ü*":                   "über*nicht* <b>ü</b>",
		"``` a\n *b* &lt;```":               "<pre> a\n *b* &lt;</pre>",
		"before\n```code\n```\nafter":       "before<pre>code</pre>after",
		"```":                               "```",
		"> one\n&gt; *two*\nthree":          "<blockquote>one\n<b>two</b></blockquote>three",
		"a > b":                             "a &gt; b",
		"• one\n• two\n1. three":            "• one\n• two\n1. three",
		"Fish &amp; chips &lt;b&gt; &quot;": "Fish &amp; chips &lt;b&gt; &amp;quot;",
		"&amp;lt;":                          "&amp;lt;",

		"<https://example.com/?a=1&amp;b=2|the *page*>": `<a href="https://example.com/?a=1&amp;b=2` + outside + "the *page*</a>",
		"<https://example.com>":                         `<a href="https://example.com` + outside + "https://example.com</a>",
		"<mailto:dan@example.com>":                      `<a href="mailto:dan@example.com` + outside + "dan@example.com</a>",
		"*<https://example.com|R-7K3F>*":                `<b><a href="https://example.com` + outside + "R-7K3F</a></b>",
		"see https://example.com/a_b_c.":                `see <a href="https://example.com/a_b_c` + outside + "https://example.com/a_b_c</a>.",
		"https://":                                      "https://",
		"<javascript:alert(1)|click>":                   "&lt;javascript:alert(1)|click&gt;",
		"<data:text/html,x>":                            "&lt;data:text/html,x&gt;",

		"<@U0ADA>, <@U0NOBODY>, <@U0OLD|eve>":        `<span class="bk-mention">@ada</span>, <span class="bk-mention">@U0NOBODY</span>, <span class="bk-mention">@eve</span>`,
		"<#C0OPS> <#C0OTHER|other>":                  `<span class="bk-mention">#it-help</span> <span class="bk-mention">#other</span>`,
		"<!subteam^S0APPROVERS> <!subteam^S1|@team>": `<span class="bk-mention">@it-approvers</span> <span class="bk-mention">@team</span>`,
		"<!here> <!channel|channel>":                 `<span class="bk-mention bk-all">@here</span> <span class="bk-mention bk-all">@channel</span>`,
		"<!nothing|words> <!nothing>":                "words &lt;!nothing&gt;",
		"<@u0ada> <> < > <<@U0ADA>>":                 `&lt;@u0ada&gt; &lt;&gt; &lt; &gt; &lt;<span class="bk-mention">@ada</span>&gt;`,

		"<!date^1800000000^{date_short_pretty} {time}|2027-01-15 08:00 UTC>": "<time>Today 9:00 AM</time>",
		"<!date^1800000000^until {date_short_pretty}, {time}|x>":             "<time>until today, 9:00 AM</time>",
		"<!date^1799900000^{date_pretty}|x>":                                 "<time>Yesterday</time>",
		"<!date^1800080000^{date_long_pretty}|x>":                            "<time>Tomorrow</time>",
		"<!date^1392734382^{date} {date_num} {date_short}|x>":                "<time>February 18th, 2014 2014-02-18 Feb 18, 2014</time>",
		"<!date^1392734382^{date_long} {time_secs}|x>":                       "<time>Tuesday, February 18th, 2014 3:39:42 PM</time>",
		"<!date^1799974800^{ago}|x>":                                         "<time>2 hours ago</time>",
		"<!date^1800000000^{time}^https://example.com|x>":                    `<a href="https://example.com` + outside + "9:00 AM</a>",
		"<!date^1800000000^{time}^javascript:x|y>":                           "<time>9:00 AM</time>",
		"<!date^soon^{time}|14:05 UTC> <!date^1^{no_such}|&lt;then&gt;>":     "14:05 UTC &lt;then&gt;",
		"<!date^99999999999999^{time}>":                                      "&lt;!date^99999999999999^{time}&gt;",

		":warning: at 12:30:45, :no_such_emoji: :white_check_mark:": "⚠️ at 12:30:45, :no_such_emoji: ✅",
		"`:warning:`": "<code>:warning:</code>",

		`<script>alert(1)</script>`:               "&lt;script&gt;alert(1)&lt;/script&gt;",
		`<https://example.com/"onclick="x|a>`:     `<a href="https://example.com/&#34;onclick=&#34;x` + outside + "a</a>",
		`<ftp://example.com|<img src=x>`:          "&lt;ftp://example.com|&lt;img src=x&gt;",
		"<https://example.com|&lt;img src=x&gt;>": `<a href="https://example.com` + outside + "&lt;img src=x&gt;</a>",
		"&lt;script&gt;*x*&lt;/script&gt;":        "&lt;script&gt;<b>x</b>&lt;/script&gt;",
		"<@U0MALLORY>":                            `<span class="bk-mention">@&lt;script&gt;alert(&#34;m&#34;)&lt;/script&gt;</span>`,
		"<!date^1800000000^<b>{time}|x>":          `&lt;!date^1800000000^&lt;b&gt;{time}|x&gt;`,
		"<!date^1800000000^&lt;b&gt;{time}|x>":    "<time>&lt;b&gt;9:00 AM</time>",
	} {
		o := options()
		o.Zone, o.Now = zurich, time.Unix(1799982000, 0)
		if got := inside(t, drawn(t, section("mrkdwn", mrkdwn, false), o)); got != want {
			t.Errorf("%q\n got %s\nwant %s", mrkdwn, got, want)
		}
	}
}

func TestVerbatimMrkdwnMakesNoLinks(t *testing.T) {
	if got, want := inside(t, drawn(t, section("mrkdwn", "see https://example.com", true), options())), "see https://example.com"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPlainTextIsDrawnAsItStands(t *testing.T) {
	const hostile = "*no* <@U0ADA> :warning: &amp; <script>\n\"'"
	want := "*no* &lt;@U0ADA&gt; :warning: &amp;amp; &lt;script&gt;\n&#34;&#39;"
	if got := inside(t, drawn(t, section("plain_text", hostile, false), options())); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Nothing that is not understood disappears, and nothing of it becomes markup.
func TestUnknownPartsAreNoticed(t *testing.T) {
	for raw, want := range map[string]string{
		`[{"type":"carousel<script>"}]`: "a block of the type &#34;carousel&lt;script&gt;&#34;",
		`[7]`:                           "a block of the type &#34;&#34;",
		`{"blocks":{"type":"section"}}`: "blocks that are no list",
		`[{"type":"actions","elements":[{"type":"overflow"}]}]`:      "an element of the type &#34;overflow&#34;",
		`[{"type":"section","text":"words"}]`:                        "a text of the type &#34;&#34;",
		`[{"type":"section","fields":[{"type":"html","text":"x"}]}]`: "a text of the type &#34;html&#34;",
		`[{"type":"section","fields":"x"}]`:                          "fields that are no list",
		`{"text":"x","attachments":[{"color":"good"}]}`:              "Not drawn: attachments",
		`{}`: "An empty message",
		`{"type":"modal","blocks":[{"type":"video"}]}`:                "a block of the type &#34;video&#34;",
		`[{"type":"input","label":{"type":"plain_text","text":"x"}}]`: "an element of the type &#34;&#34;",
	} {
		if got := drawn(t, []byte(raw), options()); !strings.Contains(got, want) {
			t.Errorf("%s: %q is not in %s", raw, want, got)
		}
	}
}

func TestWhatIsNoMessageIsAnError(t *testing.T) {
	for _, raw := range []string{``, `7`, `"words"`, `null`, `{"blocks":[`, `[] []`} {
		if err := blockkit.Draw(&strings.Builder{}, blockkit.Message{JSON: []byte(raw)}, blockkit.Options{}); err == nil {
			t.Errorf("%s is drawn", raw)
		}
	}
}

// What a press needs is in the page, for the script of a page that offers pressing.
func TestButtonsSayWhatTheyDo(t *testing.T) {
	page := drawn(t, []byte(`[{"type":"actions","block_id":"b","elements":[{"type":"button","action_id":"a","value":"\"v>","style":"danger",
		"text":{"type":"plain_text","text":"Erase"},"accessibility_label":"Erase CPC-1",
		"confirm":{"title":{"type":"plain_text","text":"Sure?"},"text":{"type":"mrkdwn","text":"*All*"},
		"confirm":{"type":"plain_text","text":"Erase it"},"deny":{"type":"plain_text","text":"Go back"},"style":"danger"}},
		{"type":"button","action_id":"l","url":"https://example.com/","text":{"type":"plain_text","text":"Open"}},
		{"type":"button","action_id":"j","url":"javascript:alert(1)","text":{"type":"plain_text","text":"Trap"}}]}]`), blockkit.Options{})
	for _, want := range []string{
		`<button data-block="b" data-action="a" class="bk-button bk-danger" data-value="&#34;v&gt;" aria-label="Erase CPC-1" type="button">Erase</button><dialog class="bk-dialog">`,
		`<button type="button" class="bk-button" data-answer="deny">Go back</button><button type="button" class="bk-button bk-danger" data-answer="confirm">Erase it</button>`,
		`<a data-block="b" data-action="l" class="bk-button" href="https://example.com/" target="_blank" rel="noopener noreferrer nofollow">Open</a>`,
		`<button data-block="b" data-action="j" class="bk-button" type="button">Trap</button>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s\nis not in\n%s", want, page)
		}
	}
}

func TestErrorsStandBelowTheirInputs(t *testing.T) {
	form := cards(t)["request-form-typed.json"]
	html := drawnWith(t, []byte(form), blockkit.Options{}, map[string]string{"machine": "I don't know <b>.", "nothing": "x"})
	if !strings.Contains(html, `<div class="bk-error">I don&#39;t know &lt;b&gt;.</div>`) || strings.Count(html, "bk-error") != 1 {
		t.Error(html)
	}
	if strings.Index(html, "bk-error") < strings.Index(html, `data-block="machine"`) || strings.Index(html, "bk-error") > strings.Index(html, `data-block="os"`) {
		t.Error("it stands elsewhere")
	}
}

func TestThemeIsAClass(t *testing.T) {
	for theme, want := range map[blockkit.Theme]string{
		"": `class="bk bk-message"`, blockkit.Light: `class="bk bk-message bk-light"`, blockkit.Dark: `class="bk bk-message bk-dark"`, `"><script>`: `class="bk bk-message"`,
	} {
		if got := drawn(t, section("plain_text", "x", false), blockkit.Options{Theme: theme}); !strings.HasPrefix(got, "<article "+want) {
			t.Errorf("%q: %s", theme, got)
		}
	}
}

func TestThePageLoadsNothing(t *testing.T) {
	for _, loads := range []string{"url(", "@import", "@font-face", "image-set", "<"} {
		if strings.Contains(blockkit.Style(), loads) {
			t.Errorf("the style sheet has %s", loads)
		}
	}
}

// may are the tags that a drawing may hold, each with its attributes besides class and data-….
var may = map[string]string{
	"article": "aria-label", "div": "aria-hidden aria-label", "span": "aria-hidden", "b": "", "i": "", "s": "", "code": "", "pre": "", "blockquote": "",
	"time": "", "h2": "", "h3": "", "hr": "", "a": "href target rel aria-label", "button": "type aria-label", "dialog": "open", "form": "method",
	"label": "", "input": "type role placeholder value aria-label maxlength checked", "textarea": "rows placeholder aria-label maxlength",
	"select": "aria-label", "option": "hidden selected", "optgroup": "label",
}

// harmless reports every tag and attribute that a drawing must not hold, and unbalanced tags.
func harmless(t *testing.T, page string) {
	t.Helper()
	var open []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		token := z.Token()
		switch kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%v is not closed in\n%s", open, page)
			}
			return
		case html.CommentToken, html.DoctypeToken, html.SelfClosingTagToken:
			t.Errorf("%s in\n%s", token, page)
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v in\n%s", token.Data, open, page)
			}
			open = open[:len(open)-1]
		case html.StartTagToken:
			attributes, known := may[token.Data]
			if !known {
				t.Errorf("%s in\n%s", token, page)
			}
			for _, a := range token.Attr {
				if a.Key != "class" && !strings.HasPrefix(a.Key, "data-") && !strings.Contains(" "+attributes+" ", " "+a.Key+" ") {
					t.Errorf("%s in\n%s", token, page)
				}
				if scheme, _, _ := strings.Cut(strings.ToLower(a.Val), ":"); a.Key == "href" && scheme != "http" && scheme != "https" && scheme != "mailto" && scheme != "tel" {
					t.Errorf("%s in\n%s", token, page)
				}
			}
			if token.Data != "hr" && token.Data != "input" {
				open = append(open, token.Data)
			}
		}
	}
}

var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `<https://x" onmouseover="alert(1)|y>`, "</textarea></select><script>",
	`<javascript:alert(1)|x>`, "*_~`<@U0MALLORY>`~_*", "```<!--```-->", "\x00\ufffd\u202e", "> <b>\n&gt; </blockquote>", `' autofocus onfocus='x`,
}

// Whatever the texts are, the drawing holds only the tags and attributes of this package.
func FuzzTexts(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	pages := gallery(f)
	f.Fuzz(func(t *testing.T, s string) {
		q, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range pages {
			raw = strings.NewReplacer(`"plain words"`, string(q), `"*mrkdwn* words"`, string(q), `"https://example.com/words"`, string(q)).Replace(raw)
			var b strings.Builder
			err := blockkit.Draw(&b, blockkit.Message{JSON: []byte(raw), From: s, Ephemeral: true},
				blockkit.Options{Name: func(string) string { return s }, Dialogs: true, Notification: true})
			if err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			blockkit.Check([]byte(raw))
		}
	})
}

// Whatever the JSON is, the drawing holds only the tags and attributes of this package, and Check
// returns.
func FuzzDraw(f *testing.F) {
	for _, raw := range gallery(f) {
		f.Add([]byte(raw))
	}
	for _, s := range hostile {
		f.Add(section("mrkdwn", s, false))
		f.Add(section("plain_text", s, false))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b strings.Builder
		if blockkit.Draw(&b, blockkit.Message{JSON: raw}, options()) == nil {
			harmless(t, b.String())
		}
		blockkit.Check(raw)
	})
}
