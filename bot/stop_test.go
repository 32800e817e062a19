package bot_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

const (
	inTime   = 10 * time.Second // so long a process may take to end
	promptly = 3 * time.Second  // and one that has nothing in hand, on a busy machine
)

// aHang is a call that Slack does not answer and does not act on.
var aHang = slackfake.Fault{Delay: time.Minute, Drop: true}

// TestStoppedItEndsInTimeAndLosesNothing tells the program as it is shipped to stop, whatever
// it is doing: it ends well, and the next process finds all that was promised.
func TestStoppedItEndsInTimeAndLosesNothing(t *testing.T) {
	t.Parallel()
	program := build(t)
	tests := stoppedAtTheStart(program)
	for name, test := range map[string]func(*testing.T){
		"a POST that takes three seconds": func(t *testing.T) { stoppedOverAPost(t, program, 3*time.Second, false) },
		"a POST that takes over seven":    func(t *testing.T) { stoppedOverAPost(t, program, 7400*time.Millisecond, false) },
		"a POST that takes a minute":      func(t *testing.T) { stoppedOverAPost(t, program, time.Minute, false) },
		"told three times":                func(t *testing.T) { stoppedOverAPost(t, program, 3*time.Second, true) },
		"a POST and a stalled ledger":     func(t *testing.T) { stoppedWithAnAnswer(t, program, time.Second) },
		"a late POST, a stalled ledger":   func(t *testing.T) { stoppedWithAnAnswer(t, program, 2150*time.Millisecond) },
		"a card that hangs":               func(t *testing.T) { stoppedOverACard(t, program) },
		"a whisper behind a press":        func(t *testing.T) { stoppedOverANo(t, program) },
		"a whisper that tells":            func(t *testing.T) { stoppedOverAWhisper(t, program) },
		"Slack asks to wait for an hour":  stoppedOverAWishToWait,
	} {
		tests[name] = test
	}
	for _, s := range stalls {
		if s.answer {
			continue
		}
		tests["a stalled ledger/"+s.database+"/"+s.what] = func(t *testing.T) { stoppedOverAStall(t, program, s, 20*time.Second) }
		if s.what == "writes" {
			tests["a ledger that answers at last/"+s.database] = func(t *testing.T) { stoppedOverAStall(t, program, s, 5*time.Second) }
			tests["interactions in flight/"+s.database] = func(t *testing.T) { stoppedAmongInteractions(t, program, s, 0) }
			tests["interactions that wait for the ledger/"+s.database] = func(t *testing.T) { stoppedAmongInteractions(t, program, s, time.Second) }
		}
	}
	atOnce(t, tests)
}

// stoppedAmongInteractions has people type and press, each the next thing as soon as the last one
// is answered, when the process is told to stop. The ledger may hang just then.
func stoppedAmongInteractions(t *testing.T, program string, how stall, hung time.Duration) {
	const people, each = 4, 6 // of either kind
	w := newShippedWorld(t, program, how.database)
	tap := newTap(t, w.slack.URL())
	w.env["SLACK_API_URL"] = tap.URL + "/api/"
	var crew, names []string
	for i := range 2 * people {
		crew = append(crew, fmt.Sprint("U_CREW", i))
		w.slack.AddPerson(slackfake.Person{ID: crew[i], Name: fmt.Sprint("crew", i)})
	}
	w.slack.SetChannel(channels["#it"], func(c *slackfake.Channel) { c.Members = append(c.Members, crew...) })
	w.env["ADMINS"] += "," + strings.Join(crew, ",")
	for i := range 2 * people * each {
		names = append(names, fmt.Sprintf("CPC-many-%03d", i))
		w.tenant.Add(graphfake.CloudPC{DisplayName: names[i], Status: "provisioned"})
	}
	eyes := w.open()
	for _, name := range names[people*each:] {
		r := ledger.New(command.Order{PC: name}, ada, channels["#it"], ledger.Interaction{Envelope: name}, 1, eyes.Now())
		if _, err := ledger.CreateWithID(w.ctx, eyes, r); err != nil {
			t.Fatal(err)
		}
	}
	p := w.launch()
	w.reach(eyes, ledger.Pending, people*each, w.told)
	up := w.slack.Messages(channels["#it"])

	var all sync.WaitGroup
	typed, pressed := make([]*slackfake.Interaction, people*each), make([]*slackfake.Interaction, people*each)
	busy := func(made []*slackfake.Interaction, from int, next func(n int) *slackfake.Interaction) {
		all.Go(func() {
			for n := from; n < from+each; n++ {
				made[n] = next(n)
				if _, err := made[n].WaitAck(w.ctx); err != nil {
					return
				}
			}
		})
	}
	if hung > 0 {
		after(w.ctx, hung, holdLedger(w.ctx, t, w.ledger, how.lock, `ROLLBACK`))
	}
	for i := range people {
		busy(typed, i*each, func(n int) *slackfake.Interaction { return w.slack.Type(crew[i], channels["#it"], names[n]) })
		busy(pressed, i*each, func(n int) *slackfake.Interaction { return w.slack.PressStale(crew[people+i], up[n], "approve") })
	}
	w.until("the bot has everybody's interaction in hand", func() bool {
		return !slices.ContainsFunc(crew, func(id string) bool { return !w.knows(id) }) && (hung > 0 || len(w.slack.Acks()) >= len(crew))
	})
	p.stop(inTime)
	all.Wait()
	tap.saidGoodbye(len(w.slack.Acks()))

	asked, shown := map[string]ledger.Request{}, map[string]ledger.Request{}
	approved := 0
	for _, r := range w.all(eyes) {
		asked[r.Order.PC], shown[r.Card.TS] = r, r
		approved += len(r.Consents)
	}
	acked, not := 0, 0
	excused := map[string]int{}
	compare := func(what string, g *slackfake.Interaction, stands bool) {
		if g == nil { // the process was gone before its turn
			return
		}
		ack, _ := g.WaitAck(w.ctx)
		yes := g.Outcome() == slackfake.Acked
		switch {
		case yes && !stands && !unsure(ack):
			t.Errorf("%s is acknowledged and does not stand", what)
		case !yes && stands: // as where the ledger was too slow, on a machine this busy
			if excused[g.Person]++; excused[g.Person] > w.logs.doubts(g.Person) {
				t.Errorf("%s is %s and stands", what, g.Outcome())
			}
		}
		if stands {
			acked++
		} else {
			not++
		}
	}
	for n := range typed {
		compare("the command for "+names[n], typed[n], asked[names[n]].ID != "")
		compare("the press on "+shown[up[n].TS].Order.PC, pressed[n], len(shown[up[n].TS].Consents) > 0)
	}
	if t.Logf("%d interactions were acknowledged, %d not", acked, not); not == 0 {
		t.Error("nobody was interrupted")
	}
	w.launch()
	w.reach(eyes, ledger.Provisioning, approved, w.told)
	w.reach(eyes, ledger.Pending, len(asked)-approved, w.told)
	if n := len(w.tenant.Posts()); n != approved {
		t.Errorf("%d are approved, and there were %d POSTs", approved, n)
	}
}

// stoppedOverAPost has Graph answer a POST late: what takes up to eight seconds is waited for.
func stoppedOverAPost(t *testing.T, program string, takes time.Duration, thrice bool) {
	w := newShippedWorld(t, program, "sqlite")
	w.env["APPROVALS"] = "0"
	w.tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{DelayAfter: takes})
	p := w.launch()
	w.types("CPC-ada")
	w.until("the POST is there", w.posted)
	began := p.signal(syscall.SIGTERM)
	if thrice {
		w.until("the first is heeded", func() bool { return w.slack.Sockets() == 0 })
		p.signal(os.Interrupt)
		p.signal(syscall.SIGTERM)
	}
	p.ends(began, inTime)
	eyes := w.open()
	state, says := ledger.Provisioning, "Accepted by Microsoft"
	if takes > inTime {
		state, says = ledger.Unconfirmed, "I don't know yet whether this worked"
	} else if r := w.all(eyes)[0]; r.State != state || !w.tenant.Posts()[0].Answered {
		t.Errorf("%s: %+v", r.State, w.tenant.Posts())
	}
	w.launch()
	w.until(says, w.tells(says))
	w.settled()
	if r := w.all(eyes)[0]; r.State != state || len(w.tenant.Posts()) != 1 {
		t.Errorf("%s, and %d POSTs", r.State, len(w.tenant.Posts()))
	}
}

// stoppedWithAnAnswer has Graph's answer come when it cannot be written down. When it comes
// decides which attempt to write it is the last.
func stoppedWithAnAnswer(t *testing.T, program string, takes time.Duration) {
	w := newShippedWorld(t, program, "sqlite")
	w.env["APPROVALS"] = "0"
	w.tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{DelayAfter: takes})
	p := w.launch()
	w.types("CPC-ada")
	w.until("the POST is there", w.posted)
	release := holdLedger(w.ctx, t, w.ledger, ``, `ROLLBACK`)
	after(w.ctx, 20*time.Second, release)
	p.stop(inTime)
	release()
	w.launch()
	w.settled()
	if r := w.all(w.open())[0]; r.State == ledger.Approved || len(w.tenant.Posts()) != 1 {
		t.Errorf("%s, and %d POSTs", r.State, len(w.tenant.Posts()))
	}
}

// stoppedOverAStall has the ledger hang over a command and a press. What it takes in at last
// while the process ends, who made the interaction hears of.
func stoppedOverAStall(t *testing.T, program string, how stall, span time.Duration) {
	w := newShippedWorld(t, program, how.database)
	eyes := w.open()
	p := w.launch()
	w.types("CPC-ada")
	w.types("CPC-bob")
	w.reach(eyes, ledger.Pending, 2, w.told)
	card, err := w.card()
	if err != nil {
		t.Fatal(err)
	}
	w.settled()
	release := holdLedger(w.ctx, t, w.ledger, how.lock, `ROLLBACK`)
	after(w.ctx, span, release)
	typed := w.slack.Type(user("ben"), channels["#it"], "CPC-busy")
	pressed := w.slack.PressStale(user("fay"), card, "approve")
	w.until("the bot has both in hand", func() bool {
		return w.knows(user("ben")) && (w.knows(user("fay")) || how.what == "reads") // a press reads first
	})
	p.stop(inTime)
	release()

	ack, _ := typed.WaitAck(w.ctx)
	_, _ = pressed.WaitAck(w.ctx)
	there, approved := map[string]bool{}, 0
	for _, r := range w.all(eyes) {
		there[r.Order.PC] = true
		approved += len(r.Consents)
	}
	typist, presser := strings.Join(w.slack.Sees(user("ben")), "\n"), strings.Join(w.slack.Sees(user("fay")), "\n")
	t.Logf("the command is %s with %s, and the press %s; they stand: %v, %d", typed.Outcome(), ack.Payload, pressed.Outcome(), there["CPC-busy"], approved)
	if !there["CPC-ada"] || !there["CPC-bob"] {
		t.Errorf("there is %v", there)
	}
	if span < inTime {
		if told := strings.Contains(typist, "looking for CPC-busy"); told != there["CPC-busy"] {
			t.Errorf("that the command stands is %v, and ben sees\n%s", !told, typist)
		}
		if told := strings.Contains(presser, "That worked"); told != (approved > 0) {
			t.Errorf("that the press stands is %v, and fay sees\n%s", !told, presser)
		}
	}
	if typed.Outcome() == slackfake.Acked && !unsure(ack) && !there["CPC-busy"] || pressed.Outcome() == slackfake.Acked && approved == 0 {
		t.Error("what was acknowledged does not stand")
	}
}

// stoppedOverACard has Slack hang over a card.
func stoppedOverACard(t *testing.T, program string) {
	w := newShippedWorld(t, program, "sqlite")
	w.slack.Fail("chat.postMessage", aHang)
	p := w.launch()
	w.types("CPC-ada")
	w.until("the card is on its way", w.called("chat.postMessage"))
	p.stop(inTime)
	w.slack.Heal()
	w.launch()
	w.reach(w.open(), ledger.Pending, 1, w.told)
	if n := len(w.cards()); n != 1 {
		t.Errorf("%d cards", n)
	}
}

// stoppedOverANo has Slack hang over the answer to a press that was refused.
func stoppedOverANo(t *testing.T, program string) {
	w := newShippedWorld(t, program, "sqlite")
	eyes := w.open()
	p := w.launch()
	w.types("CPC-ada")
	w.reach(eyes, ledger.Pending, 1, w.told)
	card, err := w.card()
	if err != nil {
		t.Fatal(err)
	}
	w.slack.Fail("response_url", aHang)
	if _, err := w.slack.Press(user("ada"), card, "approve").WaitAck(w.ctx); err != nil {
		t.Error(err)
	}
	w.until("the whisper is on its way", w.called("response_url"))
	p.stop(inTime)
	if r, kinds := story(t, eyes, w.all(eyes)[0].ID); r.State != ledger.Pending || kinds[ledger.WasRepelled] != 1 {
		t.Errorf("%s, %v", r.State, kinds)
	}
}

// stoppedOverAWhisper has Slack hang over what is told to a requester who is elsewhere.
func stoppedOverAWhisper(t *testing.T, program string) {
	w := newShippedWorld(t, program, "sqlite")
	w.env["APPROVAL_CHANNEL"] = channels["#approvals"]
	w.slack.Fail("response_url", aHang)
	p := w.launch()
	w.types("CPC-ada")
	w.until("the whisper is on its way", w.called("response_url"))
	p.stop(inTime)
	w.slack.Heal()
	w.launch()
	w.reach(w.open(), ledger.Pending, 1, w.told)
	w.isTold("ada", " is here")
	if n := len(w.cards()); n != 1 {
		t.Errorf("%d cards", n)
	}
}

// stoppedOverAWishToWait has Slack want no posts for an hour, of the card and of a reply. It is
// asked again after five minutes, which have to pass, so the bot lives in the test.
func stoppedOverAWishToWait(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	w.set["APPROVALS"] = "1"
	eyes := w.open()
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	over := func(do func()) {
		asked := make(chan struct{})
		once := sync.OnceFunc(func() { close(asked) })
		w.slack.OnCall(func(c slackfake.Call, phase string) {
			if phase == slackfake.Answered && c.Status == http.StatusTooManyRequests {
				once()
			}
		})
		w.slack.Fail("chat.postMessage", slackfake.Fault{RetryAfter: time.Hour})
		do()
		select {
		case <-asked:
		case <-ctx.Done():
			t.Fatal(w.picture())
		}
		began := time.Now()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > promptly {
			t.Errorf("it ended after %v", took)
		} else {
			t.Logf("ended after %v", took)
		}
		w.slack.Heal()
		w.pass(6 * time.Minute)
		if err := w.start(); err != nil {
			t.Fatal(err)
		}
	}
	over(func() { w.slack.Type(user("ada"), channels["#it"], "CPC-ada") })
	w.reach(eyes, ledger.Pending, 1, w.told)
	over(func() { w.slack.Press(user("ben"), w.slack.Messages(channels["#it"])[0], "deny") })
	w.reach(eyes, ledger.Denied, 1, w.told)
	if cards := w.cards(); len(cards) != 1 || len(w.replies(cards[0])) != 1 {
		t.Error(w.picture())
	}
}
