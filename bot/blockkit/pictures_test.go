package blockkit_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"cloudpc-bot/bot/blockkit"
)

var pictures = flag.String("pictures", "", "write what the browser draws into this directory, for people to look at")

var widths = map[string]int64{"phone": 375, "desktop": 820}

// look returns what is wrong with the page, and all that can be read on it.
//
//go:embed testdata/look.js
var look string

type sight struct {
	Problems []string // text that sticks out or is hard to read
	Cut      []string // labels of buttons that do not fit
	Lines    int      // of text before the buttons; 0 = there are none
	Text     string
	Height   int64
	Colours  string // of the drawing
}

// cutAt is the length of a label in characters from which Slack may cut it
// (docs.slack.dev/reference/block-kit/block-elements/button-element).
const cutAt = 30

// linesBeforeButtons is how many lines an approver on a phone reads before the buttons come. Cards whose
// names are as long as Slack allows are left out. A card on which everything comes together has every
// warning there is, an owner whose name takes two lines and a reason of 100 characters: none of it can be
// left to the small print.
const (
	linesBeforeButtons = 12
	linesAtWorst       = 21
)

// goldens is when the goldens are looked at: on the day on which their cards were posted.
var goldens = time.Date(2026, 11, 26, 12, 5, 0, 0, time.UTC)

// Every card and form can be read as a whole, on a phone and on a desktop, in light and in dark. One
// browser looks at all of them.
func TestPictures(t *testing.T) {
	b := open(t)
	t.Run("faults are seen", b.faultsAreSeen)
	t.Run("emoji are drawn", b.emojiAreDrawn)
	t.Run("themes are the same either way", b.themesAreTheSameEitherWay)
	for name, raw := range cards(t) {
		b.drawings["card-"+name] = raw
	}
	b.drawings["errors-request-form.json"] = b.drawings["card-request-form-typed.json"]
	for name, raw := range gallery(t) {
		b.drawings["gallery-"+name] = raw
	}
	for _, name := range slices.Sorted(maps.Keys(b.drawings)) {
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			b.visit(t, name)
			for where, width := range widths {
				for _, theme := range []string{"light", "dark"} {
					s := b.look(t, width, theme)
					for _, p := range s.Problems {
						t.Errorf("%s, %s: %s", where, theme, p)
					}
					for _, label := range s.Cut {
						if utf8.RuneCountInString(label) <= cutAt {
							t.Errorf("%s, %s: the button %q is cut", where, theme, label)
						}
					}
					most := linesBeforeButtons
					if name == "card-pending-worst.json" {
						most = linesAtWorst
					}
					if decides := strings.HasPrefix(name, "card-") && !strings.Contains(name, "overlong"); decides && where == "phone" && s.Lines > most {
						t.Errorf("%s, %s: %d lines stand before the buttons", where, theme, s.Lines)
					}
					seen := squash(s.Text)
					for _, want := range texts(t, b.drawings[name]) {
						if !strings.Contains(seen, squash(want)) {
							t.Errorf("%s, %s: %q is not to be seen", where, theme, want)
						}
					}
					b.shoot(t, fmt.Sprintf("%s-%s-%s.png", strings.TrimSuffix(name, ".json"), where, theme), width, s.Height)
				}
			}
		})
	}
}

// drawnInColour reports whether a text comes out in colour, as an emoji does. A glyph that no font has is
// a grey box.
const drawnInColour = `(text => {
	const c = document.createElement("canvas").getContext("2d");
	c.font = "40px " + getComputedStyle(document.body).fontFamily;
	c.fillText(text, 10, 60);
	const d = c.getImageData(0, 0, 100, 100).data;
	for (let i = 0; i < d.length; i += 4) if (Math.max(d[i], d[i+1], d[i+2]) - Math.min(d[i], d[i+1], d[i+2]) > 60) return true;
	return false;
})`

// The symbols of the states are no empty boxes. Where no font has them nothing can be seen of them.
func (b *browser) emojiAreDrawn(t *testing.T) {
	b.fault = `<div class="bk">words</div>`
	b.visit(t, "fault")
	inColour := func(text string) bool {
		is, err := chromedp.Run(b.tab, chromedp.Evaluate[bool](fmt.Sprintf("%s(%q)", drawnInColour, text)))
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if inColour("words") || inColour("\uf8ff") { // a private character, which is a box or nothing
		t.Fatal("what is no emoji is taken for one")
	}
	for _, symbol := range []string{"🟡", "🔵", "🔴", "⛔", "✅", "🔍"} {
		if !inColour(symbol) {
			t.Skipf("SKIPPED: no font draws %s, so nobody looked at the symbols of the states: they are boxes in the pictures. Install one, as by apt-get install fonts-noto-color-emoji", symbol)
		}
	}
}

// A class sets the same theme as the browser's preference does.
func (b *browser) themesAreTheSameEitherWay(t *testing.T) {
	b.drawings = map[string]string{"any": `[{"type":"divider"}]`}
	defer clear(b.drawings)
	b.visit(t, "any")
	light, dark := b.look(t, 820, "light").Colours, b.look(t, 820, "dark").Colours
	if light == dark || light == "" {
		t.Fatalf("light is %s, dark is %s", light, dark)
	}
	for query, want := range map[string]string{"?theme=light": light, "?theme=dark": dark, "?page=light": light, "?page=dark": dark, "?page=dark&theme=light": light} {
		for _, preferred := range []string{"light", "dark"} {
			b.visit(t, "any"+query)
			if got := b.look(t, 820, preferred).Colours; got != want {
				t.Errorf("%s where %s is preferred: %s, want %s", query, preferred, got, want)
			}
		}
	}
}

// The looking itself: what it has to find, it finds.
func (b *browser) faultsAreSeen(t *testing.T) {
	for fault, want := range map[string]string{
		`<div class="bk"><div style="width:900px">words</div></div>`:                                              "is wider than the window",
		`<div class="bk"><div style="margin-left:-40px">words</div></div>`:                                        `"words" sticks out`,
		`<div class="bk"><span style="color:#999">words</span></div>`:                                             `"words" has a contrast of 2.8`,
		`<div class="bk"><input class="bk-field" placeholder="words" style="background:#888"></div>`:              `"words" has a contrast of`,
		`<div class="bk"><button class="bk-button" style="width:60px">Erase CPC-DAN-01</button></div>`:            `cut: Erase CPC-DAN-01`,
		`<div class="bk"><div style="overflow:hidden;height:4px">words</div></div>`:                               `"words" is cut`,
		`<div class="bk"><div style="display:none">words</div></div>`:                                             "",
		`<div class="bk"><div class="bk-actions"><button class="bk-button">Erase CPC-DAN-01</button></div></div>`: "",
	} {
		b.fault = fault
		b.visit(t, "fault")
		s := b.look(t, 375, "light")
		found := strings.Join(s.Problems, "\n")
		for _, label := range s.Cut {
			found += "\ncut: " + label
		}
		if want == "" && found != "" || !strings.Contains(found, want) {
			t.Errorf("%s\nfound %q, want %q", fault, found, want)
		}
		if strings.Contains(fault, "display:none") && strings.Contains(s.Text, "words") {
			t.Errorf("%s is seen", fault)
		}
	}
}

// browser is one tab of a headless Chromium.
type browser struct {
	tab      context.Context
	server   *httptest.Server
	drawings map[string]string // Block Kit by the name of its page
	fault    string            // the page that is served where there is no drawing
}

// open starts Chromium. Without one the test is skipped.
func open(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: pictures take longer, and have nothing to do with races")
	}
	path := chromium()
	if path == "" {
		t.Skip("SKIPPED: no Chromium, so nobody looked at the cards. Install it, as by apt-get install chromium")
	}
	b := &browser{drawings: map[string]string{}}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := b.fault
		if raw, ok := b.drawings[strings.TrimPrefix(r.URL.Path, "/")]; ok {
			o := options()
			o.Notification = notified(raw)
			o.Now = goldens
			o.Theme = blockkit.Theme(r.URL.Query().Get("theme"))
			var errors map[string]string
			if strings.HasPrefix(r.URL.Path, "/errors-") {
				errors = map[string]string{"machine": "I don't know a Cloud PC called CPC-DAN-1. Did you mean CPC-DAN-01?"}
			}
			page = drawnWith(t, []byte(raw), o, errors)
		}
		class := ""
		if theme := r.URL.Query().Get("page"); theme != "" {
			class = "bk-" + theme
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		fmt.Fprintf(w, `<!doctype html><html lang="en" class="%s"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
			<link rel="icon" href="data:,"><title>Block Kit</title><style>%s</style><body style="margin:0">%s`, class, blockkit.Style(), page)
	}))
	t.Cleanup(b.server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	// The pages are this test's own. The sandbox does not start as root, and not everywhere else.
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(path))...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	if err := chromedp.Do(tab); err != nil {
		t.Fatalf("%s does not start: %v", path, err)
	}
	b.tab = tab
	return b
}

// notified reports whether raw has words for a notification. Goldens hold the blocks alone.
func notified(raw string) bool {
	var m struct{ Text any }
	return json.Unmarshal([]byte(raw), &m) == nil && m.Text != nil
}

func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func (b *browser) visit(t *testing.T, name string) {
	t.Helper()
	if err := chromedp.Do(b.tab, chromedp.Navigate(b.server.URL+"/"+name)); err != nil {
		t.Fatal(err)
	}
}

func (b *browser) look(t *testing.T, width int64, theme string) sight {
	t.Helper()
	prefer := func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
		return chromedp.Void{}, err
	}
	if err := chromedp.Do(b.tab, chromedp.EmulateViewport(width, 800), prefer); err != nil {
		t.Fatal(err)
	}
	s, err := chromedp.Run(b.tab, chromedp.Evaluate[sight](look))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shoot writes a picture of the whole page, if anybody wants pictures.
func (b *browser) shoot(t *testing.T, file string, width, height int64) {
	t.Helper()
	if *pictures == "" {
		return
	}
	if err := chromedp.Do(b.tab, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(2))); err != nil {
		t.Fatal(err)
	}
	png, err := chromedp.Run(b.tab, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*pictures, file), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// texts are the pieces of text that raw wants to show. Where a date or an emoji stands, a piece ends.
func texts(t *testing.T, raw string) []string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		t.Fatal(err)
	}
	var found []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			switch text, _ := v["text"].(string); v["type"] {
			case "plain_text":
				found = append(found, text)
			case "mrkdwn", nil: // a message's text has no type
				found = append(found, spoken(text)...)
			}
			if alt, ok := v["alt_text"].(string); ok {
				found = append(found, alt)
			}
			for _, one := range v {
				walk(one)
			}
		}
	}
	walk(v)
	if len(found) == 0 {
		t.Fatal("no text")
	}
	return found
}

var (
	gap   = regexp.MustCompile(`<!date\^[^>]*>|:[a-z_]+:`)
	angle = regexp.MustCompile(`<([@#!]?)(?:subteam\^)?([^|>]*)(?:\|([^>]*))?>`)
)

// spoken is mrkdwn as it is read, roughly: it knows nothing of how the package reads it.
func spoken(mrkdwn string) []string {
	pieces := gap.Split(mrkdwn, -1)
	for i, p := range pieces {
		p = angle.ReplaceAllStringFunc(p, func(token string) string {
			m := angle.FindStringSubmatch(token)
			switch sign := map[string]string{"@": "@", "#": "#", "!": "@"}[m[1]]; {
			case sign == "" && m[3] != "":
				return m[3]
			case names[m[2]] != "":
				return sign + names[m[2]]
			default:
				return sign + m[2]
			}
		})
		pieces[i] = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(p)
	}
	return pieces
}

// squash leaves out what lines, quotations and marks change.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("*_~`>", r) {
			return -1
		}
		return r
	}, s)
}
