package demo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// moved are the layout shifts that nobody caused (web.dev/articles/cls), outside of lists that grow.
const moved = `new Promise(resolve => {
	new PerformanceObserver(list => resolve(list.getEntries().filter(e => !e.hadRecentInput).flatMap(e => e.sources)
		.filter(s => s.node?.isConnected && !(s.node.closest || (() => s.node.parentElement.closest(".messages, .wire"))).call(s.node, ".messages, .wire"))
		.map(s => s.node.outerHTML?.slice(0, 80) || s.node.textContent))).observe({ type: "layout-shift", buffered: true });
	setTimeout(() => resolve([]), 200);
})`

// still complains of what has moved by itself.
func (b *tab) still() {
	b.Helper()
	shifts, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](moved, chromedp.EvalAwaitPromise))
	if err != nil || len(shifts) > 0 {
		b.Errorf("what moved by itself: %v %q", err, shifts)
	}
}

// The first thing that anybody does.
func TestAskedApprovedReady(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.asks(pc, `os=windows11 account=standardUser reason="does not start"`)
	b.see(`document.querySelector("#tour-steps [data-key=asked] .done")`)
	b.approves()
	b.reads("#fleet li", "being rebuilt")
	b.reads("#chat", "CPC-DAN-01 is ready")
	b.reads("#thread", "Accepted by Microsoft.")
	b.reads("#thread", "Done. CPC-DAN-01 is ready")
	b.reads("#fleet li", "erased 1×")
	b.see(`document.querySelector("#tour-steps [data-key=approved] .done")`)
	b.reads("#wire", "slash_commands ada /reprovision CPC-DAN-01")
	b.reads("#wire", "acknowledged in")
	b.reads("#wire", "/reprovision 204")
	b.be(dan)
	b.click(".room", botName)
	b.reads("#chat", "CPC-DAN-01 is ready again")
	b.still()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.be(gil)
	b.types("/reprovision CPC-DAN-01")
	b.reads("#chat", "Only visible to you")
	b.reads("#chat", "Only people on this bot's list can request")
	b.see(`!document.querySelector("#chat").innerText.includes("Approval needed")`)
	b.be(ada)
	b.see(`!document.querySelector("#chat").innerText.includes("Only visible to you")`)
	b.types("/reprovision CPC-EVA-01")
	b.reads("#chat", "protected")
	b.click(".room", "partner-acme")
	b.types("/reprovision CPC-DAN-01")
	b.reads("#chat", "shared with another organisation")
	b.click(".room", "it-help")
	b.types("/nonsense")
	b.reads("#toast", "/nonsense is not a command here")
	b.see(`document.elementFromPoint(innerWidth / 2, document.querySelector("#toast").getBoundingClientRect().y + 5).id === "toast"`)
	b.asks(pc, "")
	b.confirms("approve", "Erase")
	b.reads("#chat", "You made this request, so someone else has to approve it.")
	b.see(`[...document.querySelectorAll("#chat .message")].at(-1).innerText.includes("Only visible to you")`)
	if posts := b.on().tenant.Posts(); len(posts) > 0 {
		t.Errorf("Graph saw %+v", posts)
	}
}

// Two clicks before the card is redrawn are one approval.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.asks(pc, "")
	b.be(ben)
	b.click("#chat [data-action=approve]", "Erase")
	evaluate[bool](b, `(() => { const b = document.querySelector("#ask [data-answer=confirm]"); b.click(); b.click(); return true; })()`)
	b.reads("#chat", "CPC-DAN-01 is ready")
	presses := 0
	s := b.on()
	for _, g := range s.interactions {
		if g.Action == "approve" {
			presses++
		}
	}
	if posts := s.tenant.Posts(); presses != 2 || len(posts) != 1 {
		t.Errorf("%d presses, %d POSTs", presses, len(posts))
	}
}

// The request goes on where it was, before one's eyes.
func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	b := visit(t, pace{lag: fast.lag, build: 3 * time.Second})
	b.asks(pc, "")
	b.click("#kill", "Kill")
	b.reads("#bot-state", "Not running")
	b.be(ben)
	b.confirms("approve", "Erase")
	b.reads("#chat", "Slackbot") // nobody heard it
	b.click("#kill", "Start")
	b.reads("#bot-state", "Running")
	b.see(`document.querySelector("#wire").innerText.includes("socket opened")`)
	b.listens()
	b.confirms("approve", "Erase")
	b.reads("#fleet li", "being rebuilt")
	b.click("#kill", "Kill")
	b.reads("#bot-state", "Not running")
	b.click("#kill", "Start")
	b.reads("#chat", "CPC-DAN-01 is ready")
	b.see(`document.querySelector("#tour-steps [data-key=survived] .done")`)
	b.reads("#tour-body", "4. Lose the answer")
	if posts := b.on().tenant.Posts(); len(posts) != 1 {
		t.Errorf("%d POSTs", len(posts))
	}
	b.click("#reset", "")
	b.reads("#chat-empty", "Nobody has asked")
	b.reads("#tour-body", "1. Ask")
	b.reads("#bot-state", "Running")
	b.reads("#fleet li", "erased 0×")
}

func TestDenyAsksWhy(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.asks(pc, "")
	b.be(ben)
	b.click("#chat [data-action=deny]", "Deny")
	b.see(`document.querySelector("#form").open`)
	b.do(chromedp.KeyEvent("we repair it first")) // the input has the focus
	b.click("#form [data-answer=submit]", "")
	b.see(`!document.querySelector("#form").open`)
	b.reads("#thread", "we repair it first")
	b.see(`!document.querySelector("#chat [data-action=approve]")`)
}

func TestRequestForm(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.click("#shortcut", "")
	b.see(`document.querySelector("#form").open`)
	b.click("#form [data-answer=submit]", "")
	b.reads("#form [data-block=machine] ~ .bk-error, #form .bk-input:has([data-block=machine]) .bk-error", "required")
	b.see(`document.activeElement.dataset.block === "machine"`)
	b.do(chromedp.Focus("#form [data-block=machine]"), chromedp.KeyEvent("rit"))
	b.reads("#form [role=option]", "CPC-RITA-02")
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	b.enter()
	b.see(`document.querySelector("#form [data-block=machine]").value.includes("CPC-RITA-0")`)
	picked := evaluate[string](b, `document.querySelector("#form [data-block=machine]").value`)
	b.do(chromedp.Focus("#form [data-block=reason]"), chromedp.KeyEvent("slow"))
	b.do(chromedp.Click("#form [data-block=channel]"))
	b.click("#form [role=option]", "#it-help")
	b.click("#form [data-answer=submit]", "")
	b.see(`!document.querySelector("#form").open`)
	b.reads("#chat", "Approval needed: erase "+strings.Fields(picked)[0])
	b.reads("#chat", "slow")
	b.click("#shortcut", "")
	b.see(`document.querySelector("#form").open`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.see(`!document.querySelector("#form").open`)
}

func TestPicker(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.types("/reprovision rita@example.com")
	b.reads("#chat", "2 Cloud PCs fit")
	b.click(`#chat .bk-section:has(.bk-body) [data-action=pick]`, "Pick")
	b.reads("#chat", "Approval needed: erase CPC-RITA-0")
}

// signsIn opens Microsoft's page by the bot's link, and enters the code there as somebody.
func (b *tab) signsIn(account string) {
	b.Helper()
	b.click("#chat a", "microsoft.com/devicelogin")
	b.see(`document.querySelector("#signin").open && document.activeElement.id === "signin-code"`)
	codes := b.on().tenant.DeviceCodes()
	b.do(chromedp.KeyEvent(codes[len(codes)-1].UserCode))
	b.click("#signin .account", account)
	b.click("#signin .send", "Sign in")
	b.see(`!document.querySelector("#signin").open`)
	b.reads("#toast", "Signed in as "+account)
}

// Dan signs in as himself, and his own machine is erased with his own token.
func TestMine(t *testing.T) {
	t.Parallel()
	b := visit(t, pace{lag: fast.lag, build: 3 * time.Second})
	b.be(dan)
	b.types("/reprovision mine")
	b.reads("#chat", "enter the code")
	b.click("#chat a", "microsoft.com/devicelogin")
	b.reads("#signin", "This is the fake Entra of this demo")
	b.do(chromedp.KeyEvent("WRONG"))
	b.enter()
	b.reads("#signin-problem", "That code didn't work.")
	b.see(`document.activeElement.id === "signin-code" && document.activeElement.matches("[aria-invalid=true]")`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.see(`!document.querySelector("#signin").open && document.activeElement.textContent === "microsoft.com/devicelogin"`)
	b.enter() // on the link
	b.see(`document.querySelector("#signin").open && !document.querySelector("#signin-code").value`)
	b.click("#signin-type", "")
	b.see(`document.querySelector("#signin [value=U0DAN]").checked`)
	b.enter()
	b.reads("#toast", "Signed in as dan@example.com")
	b.click("#chat a", "microsoft.com/devicelogin") // the code was used
	b.click("#signin-type", "")
	b.click("#signin-decline", "")
	b.reads("#signin-problem", "That code didn't work.")
	b.click("#signin-close", "")
	b.reads("#chat", "you are signed in to Microsoft as dan@example.com")
	b.click("#chat [data-action=pick]", "Choose")
	b.see(`document.querySelector("#form").open`)
	b.do(chromedp.KeyEvent("CPC-RITA-01")) // the input has the focus
	b.click("#form [data-answer=submit]", "")
	b.reads("#form .bk-error", "This is not the name of the Cloud PC.")
	evaluate[bool](b, `(document.querySelector("#form [data-block=name]").value = "", true)`)
	b.do(chromedp.KeyEvent("cpc-dan-01"))
	b.click("#form [data-answer=submit]", "")
	b.see(`!document.querySelector("#form").open`)
	b.reads("#fleet li", "being rebuilt")
	b.reads("#chat", "CPC-DAN-01 is ready")
	b.reads("#fleet li", "erased 1×")
	b.reads("#wire", "POST /v1.0/me/cloudPCs/")
	if posts := b.on().tenant.Posts(); len(posts) != 1 || posts[0].Person != roleOf(dan).oid {
		t.Errorf("Graph saw %+v", posts)
	}
	b.see(`!document.querySelector("#tour-steps .done")`) // it is none of the tour's steps
	b.still()
	b.be(ada)
	b.asks("CPC-ADA-01", "")
	b.approves()
	b.reads("#thread", "Approved by @ben")
	b.click("#kill", "Kill")
	b.reads("#bot-state", "Not running")
	if s := b.on(); s.survivor < 0 {
		t.Error("the tour does not count what was approved after a request of one's own has ended")
	}
}

// Whoever is somebody else to Microsoft than to Slack gets nothing, and nor does who declines.
func TestMineIsNotSomebodyElses(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.be(dan)
	b.types("/reprovision mine")
	b.reads("#chat", "enter the code")
	b.signsIn("rita@example.com")
	b.reads("#chat", "e-mail")
	b.be(rita)
	b.types("/reprovision mine")
	b.reads("#chat", "enter the code")
	b.click("#chat a", "microsoft.com/devicelogin")
	b.click("#signin-type", "")
	b.click("#signin-decline", "Decline")
	b.reads("#toast", "Declined as rita@example.com")
	b.reads("#chat", "declined")
	if posts := b.on().tenant.Posts(); len(posts) > 0 {
		t.Errorf("Graph saw %+v", posts)
	}
}

func TestTheOwnerSaysNotNow(t *testing.T) {
	t.Parallel()
	b := visit(t, pace{lag: fast.lag, build: fast.build, notice: 30 * time.Second})
	b.asks(pc, "")
	b.approves()
	b.be(dan)
	b.click(".room", botName)
	b.click("#chat [data-action=veto]", "Not now")
	b.see(`document.querySelector("#tour-steps [data-key=vetoed] .done")`)
	b.click(".room", "it-help")
	b.see(`!document.querySelector("#chat [data-action=deny]")`)
	b.reads("#fleet li", "erased 0×")
	if posts := b.on().tenant.Posts(); len(posts) > 0 {
		t.Errorf("Graph saw %+v", posts)
	}
}

// A dialog asks while somebody else decides: the press is sent, and the bot says that it comes too late.
func TestTwoPeopleDecideAtOnce(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.asks(pc, "")
	b.be(ben)
	b.click("#chat [data-action=approve]", "Erase")
	other := b.another("")
	other.click("#chat [data-action=cancel]", "Withdraw")
	b.see(`!document.querySelector("#chat [data-action=approve]")`)
	b.click("#ask [data-answer=confirm]", "")
	b.reads("#chat", "Only visible to you")
	b.reads("#chat", "already withdrew this")
	if posts := b.on().tenant.Posts(); len(posts) > 0 {
		t.Errorf("Graph saw %+v", posts)
	}
	b.asks("CPC-ADA-01", "")
	b.click("#chat .message:last-child [data-action=approve]", "Erase")
	b.see(`document.querySelector("#ask").open`)
	other.click("#reset", "")
	b.see(`!document.querySelector("#ask").open`)
}

// On a phone, with a finger, from the tour to the thread.
func TestPhone(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.do(chromedp.EmulateViewport(375, 740, chromedp.EmulateTouch))
	b.click("#first", "")
	b.see(`document.querySelector("#line").value.startsWith("/reprovision CPC-DAN-01")`)
	b.click(".send", "Send")
	b.reads("#chat .message:last-child", "Approval needed")
	b.approves()
	b.reads("#chat", "CPC-DAN-01 is ready")
	b.click(".tabs button", "Behind")
	b.reads("#fleet li", "erased 1×")
	b.click(".tabs button", "Chat")
	b.click(".replies", "repl")
	b.reads("#thread", "Done. CPC-DAN-01 is ready")
	b.do(chromedp.NavigateBack())
	b.see(`document.querySelector("#chat").checkVisibility() && !document.querySelector("#thread").checkVisibility()`)
}

// The tour as its buttons have it, from the first step to the last.
func TestTour(t *testing.T) {
	t.Parallel()
	b := visit(t, pace{lag: 500 * time.Millisecond, build: 3 * time.Second, notice: 5 * time.Second})
	does := func(label string) { t.Helper(); b.click("#tour-body .do", label) }
	sends := func(label, pc string) {
		t.Helper()
		does(label)
		b.see(`document.activeElement.id === "line" && document.querySelector("#line").value`)
		b.enter()
		if pc != "" {
			b.reads("#chat .message:last-child", "Approval needed: erase "+pc)
		}
	}
	erases := func() {
		t.Helper()
		does("Become Ben")
		b.see(`document.body.dataset.ready === "U0BEN"`)
		b.confirms("approve", "Erase")
		b.reads("#thread", "Approved by @ben")
	}
	is := func(title string) { t.Helper(); b.reads("#tour-body", title) }
	is("1. Ask")
	sends("Type it for me", pc)
	is("2. Approve")
	erases()
	is("3. Kill it")
	sends("Type it for me", "CPC-RITA-02")
	erases()
	does("Kill it")
	b.reads("#bot-state", "Not running")
	is("4. Lose the answer")
	b.reads("#chat", "CPC-RITA-02 is ready")
	sends("Lose answers", "CPC-RITA-01")
	erases()
	is("5. Not now")
	b.see(`!document.querySelector("#trouble-lose").checked`)
	sends("Type it for me", pc)
	erases()
	does("Become Dan")
	b.click("#chat [data-action=veto]", "Not now")
	is("6. Freeze")
	sends("Type freeze", "")
	b.reads("#chat .message:last-child", "unfreeze")
	is("6. Freeze")
	sends("Type unfreeze", "")
	is("That was all")
	if n := b.on().tenant.Wipes(fleet[0].ID); n != 1 {
		t.Errorf("Dan's was erased %d times", n)
	}
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.types("/reprovision freeze just trying")
	b.reads("#chat", "unfreeze")
	b.asks(pc, "")
	b.approves()
	b.reads("#chat", "frozen")
	b.types("/reprovision unfreeze")
	b.reads("#chat", "CPC-DAN-01 is ready")
}

// Each trouble is there while its switch is on, and nothing is erased twice.
func TestTroubles(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		label string
		meet  func(b *tab)
	}{
		dropsConnection: {"drops the connection", func(b *tab) {
			b.asks(pc, "")
			b.approves()
			b.reads("#wire", "socket closed")
			b.reads("#chat", "CPC-DAN-01 is ready")
			b.reads("#wire", "operation_timeout") // no acknowledgement came through
		}},
		redelivers: {"twice", func(b *tab) {
			b.asks(pc, "")
			b.approves()
			b.reads("#wire", "and once more")
			b.reads("#chat", "CPC-DAN-01 is ready")
		}},
		throttles: {"429", func(b *tab) {
			b.types("/reprovision " + pc)
			b.reads("#wire .bad", "429")
			b.click("#troubles label", "429")
			b.reads("#chat", "Approval needed: erase CPC-DAN-01")
			b.approves()
			b.reads("#chat", "CPC-DAN-01 is ready")
		}},
		losesAnswer: {"lost", func(b *tab) {
			b.asks(pc, "")
			b.approves()
			b.reads("#wire .bad", "no answer")
			b.reads("#chat", "CPC-DAN-01 is ready")
			b.see(`document.querySelector("#tour-steps [data-key=lost] .done")`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := visit(t, pace{lag: fast.lag, build: 2 * time.Second})
			b.click("#troubles label", row.label)
			b.see(fmt.Sprintf(`document.querySelector("#trouble-%s").checked`, name))
			row.meet(b)
			if n := b.on().tenant.Wipes(fleet[0].ID); n != 1 {
				t.Errorf("erased %d times", n)
			}
			cards := strings.Count(evaluate[string](b, `document.querySelector("#chat").innerText`), "CPC-DAN-01 is ready\n")
			if cards != 1 {
				t.Errorf("%d cards", cards)
			}
		})
	}
}

// From the first key to the end without a mouse.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	until := func(key string, condition string) {
		t.Helper()
		for range 60 {
			if evaluate[bool](b, "Boolean("+condition+")") {
				return
			}
			b.do(chromedp.KeyEvent(key))
		}
		t.Fatalf("60 keys did not lead to %s", condition)
	}
	until(kb.Tab, `document.activeElement.id === "line"`)
	b.do(chromedp.KeyEvent("/rep"))
	b.reads("#composer [role=option]", "/reprovision")
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	b.enter()
	b.do(chromedp.KeyEvent("cpc-d"))
	b.reads("#composer [role=option]", "CPC-DAN-01")
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Tab))
	b.see(`document.querySelector("#line").value === "/reprovision CPC-DAN-01 "`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.enter()
	b.reads("#chat", "Approval needed: erase CPC-DAN-01")
	until(kb.Tab, `document.activeElement.name === "as"`)
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.see(`document.body.dataset.ready === "U0BEN"`)
	until(kb.Tab, `document.activeElement.dataset.action === "approve"`)
	b.enter()
	b.see(`document.querySelector("#ask").open && document.activeElement.dataset.answer === "confirm"`)
	b.enter()
	b.reads("#chat", "CPC-DAN-01 is ready")
}

// A link shows the same again.
func TestALinkShowsAState(t *testing.T) {
	t.Parallel()
	b := visit(t, fast)
	b.asks(pc, "")
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(b.address+"#as=U0BEN&theme=dark&pane=system"))
	b.see(`document.body.dataset.ready === "U0BEN"`)
	b.see(`document.documentElement.classList.contains("bk-dark")`)
	b.reads("#chat", "Approval needed")
	b.another("#as=UNOBODY&pane=nonsense").reads("#people", "Ada")
	b.click("#theme", "dark")
	b.see(`location.hash === "#as=U0BEN&pane=system"`)
}
