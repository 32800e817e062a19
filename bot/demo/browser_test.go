package demo

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "write what the browser shows into this directory, for people to look at")

// program is the bot as it is shipped; the tests of the page start it.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "cloudpc-bot-test-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "cloudpc-bot")
	if out, err := exec.Command("go", "build", "-o", binary, "cloudpc-bot").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
})

// fast is the pace of most tests.
var fast = pace{lag: 300 * time.Millisecond, build: 1200 * time.Millisecond, notice: 0}

// chromium is one browser for all tests, each with a tab of its own.
var chromium = sync.OnceValues(func() (context.Context, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell"} {
		if path, err := exec.LookPath(name); err == nil {
			// The pages are this test's own. The sandbox does not start as root, and not everywhere else.
			ctx, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(path))...)
			ctx, closeTab := chromedp.NewContext(ctx)
			closeBrowser = func() { closeTab(); stop() }
			return ctx, chromedp.Do(ctx)
		}
	}
	return nil, nil
})

var closeBrowser = func() {}

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil { // they wait for machines to be built
		panic(err)
	}
	code := m.Run()
	closeBrowser()
	if binary, err := program(); err == nil && binary != "" {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// tab is the page in a browser.
type tab struct {
	*testing.T
	*page
	ctx     context.Context
	address string

	mu       sync.Mutex
	problems []string // console errors, and what a script did not catch
}

const secret = "letmein"

// visit opens the page of a demo of its own, as Ada on a desktop, once the bot there hears Slack.
func visit(t *testing.T, p pace) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: the page in a browser takes longer; make test runs it")
	}
	browser, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	if browser == nil {
		t.Skip("SKIPPED: no Chromium, so nobody looked at the page. Install it, as by apt-get install chromium")
	}
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	demo, err := newPage(binary, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the bot's log:\n%s", demo.on().bot.logs())
		}
		if err := demo.close(); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(guard(secret, demo.handler()))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	b := &tab{T: t, page: demo, address: server.URL + "/" + secret + "/"}
	b.listens()
	return b.another("")
}

// another opens the same page in another tab, at a place.
func (b *tab) another(place string) *tab {
	t := b.T
	t.Helper()
	browser, _ := chromium()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the tab is there from here on
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	b = &tab{T: t, page: b.page, ctx: ctx, address: b.address}
	b.listen()
	b.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(b.address+place))
	b.see(`document.body.dataset.ready`)
	t.Cleanup(b.quiet)
	return b
}

// listen remembers what the page writes to the console, as what a script did not catch.
func (b *tab) listen() {
	messages := chromedp.Console(b.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.problems = append(b.problems, m.String())
			b.mu.Unlock()
		}
	}()
}

// quiet complains of what went wrong on the page.
func (b *tab) quiet() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.Errorf("the console: %s", p)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatalf("%v\n%s", err, b.picture())
	}
}

// see waits until a script says so.
func (b *tab) see(condition string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool]("Boolean("+condition+")", chromedp.WithPollingInterval(30*time.Millisecond), chromedp.WithPollingTimeout(25*time.Second))); err != nil {
		b.Fatalf("waited in vain until %s: %v\n%s", condition, err, b.picture())
	}
}

// reads waits until an element shows words.
func (b *tab) reads(selector, words string) {
	b.Helper()
	b.see(fmt.Sprintf("[...document.querySelectorAll(%q)].some(e => e.checkVisibility() && e.innerText.includes(%s))", selector, quoted(words)))
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

func evaluate[T any](b *tab, script string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.Fatalf("%s: %v", script, err)
	}
	return v
}

// listens waits until the bot hears Slack.
func (b *tab) listens() {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.T.Context(), time.Minute)
	defer cancel()
	s := b.on()
	if err := s.slack.Wait(ctx, func() bool { return s.slack.Sockets() >= 2 }); err != nil {
		b.Fatal(err)
	}
}

// picture is what somebody would say of the page who looks at it.
func (b *tab) picture() string {
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`["#room-name", "#chat", "#thread", "#toast", "#form", "#ask", "#signin", "#bot-state", "#wire"].map(s => s + "\n" + (document.querySelector(s)?.innerText || "").slice(-3000)).join("\n\n")
		+ "\n\nthe line: " + document.querySelector("#line")?.value + "\nthe focus: " + document.activeElement.outerHTML.slice(0, 200) + "\n" + location.href`))
	if err != nil {
		return err.Error()
	}
	return v
}

// click clicks the last element that fits and whose text has these words, with the mouse.
func (b *tab) click(selector, words string) {
	b.Helper()
	const mark = "data-test-click"
	find := fmt.Sprintf(`(() => {
		document.querySelectorAll("[%[1]s]").forEach(e => e.removeAttribute("%[1]s"));
		const e = [...document.querySelectorAll(%[2]s)].findLast(e => e.checkVisibility() && e.textContent.includes(%[3]s) && !e.disabled);
		e?.setAttribute("%[1]s", "");
		return Boolean(e);
	})()`, mark, quoted(selector), quoted(words))
	b.see(find)
	b.do(chromedp.Click("[" + mark + "]"))
}

// enter presses Enter as a keyboard does: what the page prevents does not happen.
func (b *tab) enter() {
	b.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		p := input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13}
		if kind == input.DispatchKeyEventTypeKeyDown {
			p.Text = "\r"
		}
		b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, p)
			return chromedp.Void{}, err
		})
	}
}

// be becomes somebody.
func (b *tab) be(id string) {
	b.Helper()
	b.click(fmt.Sprintf(".someone:has([value=%s])", id), "")
	b.see(fmt.Sprintf("document.body.dataset.ready === %q", id))
}

// types types a line and sends it.
func (b *tab) types(line string) {
	b.Helper()
	b.do(chromedp.Focus("#line"), chromedp.KeyEvent(line))
	b.enter()
	b.see(`document.querySelector("#line").value === ""`)
}

// asks has Ada ask for a machine, and waits for the card.
func (b *tab) asks(pc, options string) {
	b.Helper()
	b.types(strings.TrimSpace("/reprovision " + pc + " " + options))
	b.reads("#chat .message:last-child", "Approval needed: erase "+pc)
}

// approves has Ben approve what is asked for.
func (b *tab) approves() {
	b.Helper()
	b.be(ben)
	b.confirms("approve", "Erase")
}

// confirms presses a button of the last card that has it, and confirms the press.
func (b *tab) confirms(action, label string) {
	b.Helper()
	b.click(fmt.Sprintf("#chat [data-action=%s]", action), label)
	b.click("#ask [data-answer=confirm]", "")
}

// size shows the page at a width and in a theme that the browser prefers.
func (b *tab) size(width, height int64, theme string) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, height), func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
		return chromedp.Void{}, err
	})
}

// shoot writes a picture of what is on the screen, if anybody wants pictures.
func (b *tab) shoot(name string) {
	b.Helper()
	if *pictures == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(*pictures, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(*pictures, name+".png"), png, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}
