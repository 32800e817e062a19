package demo

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdpPage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// sizes are the screens that people have, in CSS pixels.
var sizes = map[string][2]int64{"phone": {375, 740}, "tablet": {1000, 720}, "desktop": {1440, 900}}

// overflows is what sticks out of the window sideways.
const overflows = `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".badge, .someone input") && e.getBoundingClientRect().right > innerWidth + 1)
	.map(e => e.tagName + "." + e.className + " " + e.textContent.slice(0, 40))`

// serious is what axe-core finds that keeps people from using the page (github.com/dequelabs/axe-core).
const serious = `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.filter(v => ["serious", "critical"].includes(v.impact))
	.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 120) + " " + (n.any[0]?.message || ""))))`

// Everything on the page can be seen and used, on every screen and in both themes. AXE_CORE names the file
// axe.min.js of the npm package axe-core, as .ci/axe installs it.
func TestLooks(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	axe, err := os.ReadFile(os.Getenv("AXE_CORE"))
	if err != nil {
		t.Log("SKIPPED: axe-core did not look at the page; AXE_CORE names its file, see .ci/axe")
	} else {
		evaluate[bool](b, string(axe)+"; true")
	}
	look := func(name string) {
		t.Helper()
		for screen, size := range sizes {
			for _, theme := range []string{"light", "dark"} {
				b.size(size[0], size[1], theme)
				where := fmt.Sprintf("%s-%s-%s", name, screen, theme)
				for _, e := range evaluate[[]string](b, overflows) {
					t.Errorf("%s: sticks out: %s", where, e)
				}
				if axe != nil {
					found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](serious, chromedp.EvalAwaitPromise))
					if err != nil {
						t.Fatal(err)
					}
					for _, v := range found {
						t.Errorf("%s: %s", where, v)
					}
				}
				b.shoot(where)
			}
		}
		b.size(1440, 900, "light")
	}
	look("1-empty")
	b.asks(pc, `os=windows11 account=standardUser reason="does not start"`)
	b.do(chromedp.Focus("#line"), chromedp.KeyEvent("/reprovision CPC-"))
	b.reads("#composer [role=option]", "CPC-RITA-02")
	look("2-typing")
	evaluate[bool](b, `(document.querySelector("#line").value = "", document.querySelector("#line").blur(), true)`)
	b.click("#chat [data-action=approve]", "Erase")
	look("3-dialog")
	b.click("#ask [data-answer=deny]", "")
	b.click("#shortcut", "")
	b.see(`document.querySelector("#form").open`)
	b.do(chromedp.Focus("#form [data-block=machine]"), chromedp.KeyEvent("cpc"))
	b.reads("#form [role=option]", "CPC-RITA-02")
	look("4-form")
	b.do(chromedp.KeyEvent("\x1b"), chromedp.KeyEvent("\x1b"))
	b.see(`!document.querySelector("#form").open`)
	b.approves()
	b.reads("#chat", "CPC-DAN-01 is ready")
	b.reads("#thread", "Done. CPC-DAN-01 is ready")
	look("5-ready")
	evaluate[bool](b, `(location.hash = "#as=U0BEN&pane=system", true)`)
	b.click("#kill", "Kill")
	b.reads("#bot-state", "Not running")
	look("6-fakes")
	evaluate[bool](b, `(location.hash = "#as=U0BEN&pane=thread", true)`)
	look("7-thread")
	evaluate[bool](b, `(location.hash = "#as=U0RITA", true)`)
	b.click("#kill", "Start")
	b.reads("#bot-state", "Running")
	b.listens()
	b.see(`document.body.dataset.ready === "U0RITA"`)
	b.types("/reprovision mine")
	b.reads("#chat", "enter the code")
	look("8-code")
	b.click("#chat a", "microsoft.com/devicelogin")
	b.do(chromedp.KeyEvent("WRONG"))
	b.enter()
	b.reads("#signin-problem", "That code didn't work.")
	look("9-sign-in")
}

// picture is where the README's pictures are, one for each theme.
const picture = "../../.github/try-it-%s.webp"

// The README opens with pictures of the page. -pictures makes them anew.
func TestThePictureOfTheReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, theme := range []string{"light", "dark"} {
		file := fmt.Sprintf(picture, theme)
		if !strings.Contains(string(readme), strings.TrimPrefix(file, "../../")) {
			t.Errorf("the README does not show %s", file)
		}
		if info, err := os.Stat(file); err != nil || info.Size() > 150<<10 {
			t.Errorf("%s: %v, %v; want at most 150 KB", file, err, info)
		}
	}
	if *pictures == "" {
		return
	}
	b := visit(t, pace{lag: time.Second, build: 4 * time.Second, notice: 5 * time.Second})
	b.asks("CPC-RITA-01", "")
	b.approves()
	b.reads("#thread", "Done. CPC-RITA-01 is ready")
	b.be(ada)
	b.asks(pc, `os=windows11 account=standardUser reason="does not start"`)
	b.be(ben)
	for _, theme := range []string{"light", "dark"} {
		b.size(1360, 850, theme)
		shot, err := chromedp.Run(b.ctx, func(ctx context.Context, t *chromedp.Target) (cdpPage.CaptureScreenshotResult, error) {
			return cdp.Call(ctx, t, cdpPage.CaptureScreenshot, cdpPage.CaptureScreenshotParams{Format: cdpPage.CaptureScreenshotFormatWebp, Quality: new(int64(88))})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(fmt.Sprintf(picture, theme), shot.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
