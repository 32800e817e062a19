package bot_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// rounds is how often two processes on one ledger meet in each race.
var rounds = map[bool]int{false: 30, true: 10}[racing]

// together begins everything at one moment and waits for its end.
func together(do ...func()) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for _, f := range do {
		all.Go(func() { <-start; f() })
	}
	close(start)
	all.Wait()
}

func TestTwoHundredPairsOfClicks(t *testing.T) {
	t.Parallel()
	const pairs, batch = 200, 20
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	w.set["APPROVALS"], w.set["REQUESTERS"] = "1", "cem"
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	eyes := w.open()
	decided := map[string]int{}
	for from := 0; from < pairs; from += batch {
		for n := from; n < from+batch; n++ {
			w.tenant.Add(graphfake.CloudPC{DisplayName: fmt.Sprintf("CPC-pair-%d", n), Status: "provisioned"})
		}
		asked := make([]*slackfake.Gesture, batch)
		for i := range asked {
			asked[i] = w.slack.Type(user("cem"), channels["#it"], fmt.Sprintf("CPC-pair-%d", from+i))
		}
		waiting := w.pending(eyes, batch)
		cards := map[string]slackfake.Message{}
		for _, m := range w.slack.Messages(channels["#it"]) {
			cards[m.TS] = m
		}
		pressed := make([]*slackfake.Gesture, 2*batch)
		var presses []func()
		for i, r := range waiting {
			for j, who := range []string{"ada", "ben"} {
				presses = append(presses, func() { pressed[2*i+j] = w.slack.PressStale(user(who), cards[r.Card.TS], "approve") })
			}
		}
		together(presses...)
		for _, g := range append(asked, pressed...) {
			if _, err := g.WaitAck(ctx); err != nil {
				t.Fatal(err)
			}
		}
		w.in(ledger.Provisioning, from+batch)
		for _, r := range waiting {
			r, kinds := story(t, eyes, r.ID)
			if len(r.Consents) != 1 || kinds[ledger.WasApproved] != 1 || kinds[ledger.WasSubmitted] != 1 {
				t.Errorf("%s: %v", r.ID, kinds)
			}
			if n := w.tenant.Wipes(r.Target.ID); n != 1 {
				t.Errorf("%s: %d POSTs", r.ID, n)
			}
			decided[r.Decided.By.ID]++
		}
	}
	if n := len(w.tenant.Posts()); n != pairs {
		t.Errorf("%d POSTs", n)
	}
	err := w.await(func() error { // the whisper follows the acknowledgement
		for loser, winner := range map[string]string{"ada": "ben", "ben": "ada"} {
			told := 0
			for _, seen := range w.slack.Sees(user(loser)) {
				switch {
				case strings.Contains(seen, "@"+winner+" was first: it is approved"), strings.Contains(seen, "the call is out"):
					told++
				default:
					return fmt.Errorf("%s sees %q", loser, seen)
				}
			}
			if told != decided[user(winner)] {
				return fmt.Errorf("%s was told %d times, and %s was first %d times", loser, told, winner, decided[user(winner)])
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("who was first: %v", decided)
}

// open is another look at the ledger.
func (w *world) open() ledger.Store {
	w.t.Helper()
	store, err := openLedger(w.ctx, w.ledger, w.clock.now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = store.Close() })
	return store
}

// in waits until so many requests are in a state.
func (w *world) in(state ledger.State, n int) {
	w.t.Helper()
	err := w.await(func() error {
		if err := w.busy(); w.eyes == nil {
			return err
		}
		var is int
		err := w.eyes.QueryRowContext(w.ctx, `SELECT count(*) FROM requests WHERE state = ?`, state).Scan(&is)
		if err == nil && is != n {
			err = fmt.Errorf("%d requests are %s, and not %d", is, state, n)
		}
		return err
	})
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}

// pending are the requests that wait for approval, once there are so many.
func (w *world) pending(eyes ledger.Store, n int) (out []ledger.Request) {
	w.t.Helper()
	w.in(ledger.Pending, n)
	for r, err := range eyes.Find(w.ctx, ledger.Query{State: ledger.Pending}) {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// story is a request and how often what has happened to it.
func story(t *testing.T, eyes ledger.Store, id ledger.ID) (ledger.Request, map[ledger.Kind]int) {
	t.Helper()
	r, err := eyes.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	events, err := eyes.Events(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[ledger.Kind]int{}
	for i, e := range events {
		kinds[e.Kind]++
		if e.Seq != i+1 {
			t.Errorf("%s: event %d is number %d", id, i+1, e.Seq)
		}
	}
	return r, kinds
}

func TestExpiryAndApprovalOverTheWire(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	w.set["APPROVALS"], w.set["APPROVAL_TTL"], w.set["REQUESTERS"] = "1", "1h", "cem"
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	eyes := w.open()
	approved := 0
	for n := range 12 {
		name := fmt.Sprintf("CPC-late-%d", n)
		w.tenant.Add(graphfake.CloudPC{DisplayName: name, Status: "provisioned"})
		w.slack.Type(user("cem"), channels["#it"], name)
		r := w.pending(eyes, 1)[0]
		w.pass(r.Expires.Sub(w.clock.now()) - 10*time.Second)
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		var card slackfake.Message
		for _, m := range w.slack.Messages(r.Card.Channel) {
			if m.TS == r.Card.TS {
				card = m
			}
		}
		w.pass(r.Expires.Sub(w.clock.now()) - time.Duration(n)*500*time.Microsecond)
		if _, err := w.slack.PressStale(user("ben"), card, "approve").WaitAck(ctx); err != nil {
			t.Fatal(err)
		}
		w.in(ledger.Pending, 0)
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		r, kinds := story(t, eyes, r.ID)
		switch wipes := w.tenant.Wipes(r.Target.ID); {
		case r.State == ledger.Expired && wipes == 0 && kinds[ledger.WasApproved] == 0:
		case r.State == ledger.Provisioning && wipes == 1 && kinds[ledger.WasExpired] == 0:
			approved++
		default:
			t.Errorf("%s, wiped %d times: %v", r.State, wipes, kinds)
		}
	}
	err := w.await(func() error {
		if told := w.slack.Sees(user("ben")); len(told) != 12-approved {
			return fmt.Errorf("%d were approved, and ben sees %q", approved, told)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d approved, %d expired", approved, 12-approved)
}

// TestExpiryAndApprovalOnOneLedger is the swap alone: both have read the request in the
// same state, one of them just before its time was over.
func TestExpiryAndApprovalOnOneLedger(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "ledger.db")
	var stores [2]*sqlite.Store
	for i := range stores {
		var err error
		if stores[i], err = sqlite.Open(t.Context(), path, sqlite.Options{Now: func() time.Time { return at }}); err != nil {
			t.Fatal(err)
		}
		defer stores[i].Close()
	}
	won := map[ledger.State]int{}
	for n := range 200 {
		machine := fmt.Sprint("pc-", n)
		r := ledger.New(command.Order{PC: machine}, cem, "C1", ledger.Gesture{Envelope: machine}, 1, at)
		r.Target.ID = machine
		if err := r.Show(ledger.Thread{Channel: "C1", TS: machine}, at, time.Hour); err != nil {
			t.Fatal(err)
		}
		r, err := ledger.Enter(t.Context(), stores[0], r)
		if err != nil {
			t.Fatal(err)
		}
		approved, expired := r, r
		approval, expiry := approved.Approve(ben, r.Expires.Add(-time.Microsecond), time.Hour), expired.Expire(r.Expires)
		if approval != nil || expiry != nil {
			t.Fatal(approval, expiry)
		}
		together(
			func() { _, approval = stores[n%2].Replace(t.Context(), approved) },
			func() { _, expiry = stores[1-n%2].Replace(t.Context(), expired) },
		)
		r, kinds := story(t, stores[0], r.ID)
		won[r.State]++
		switch {
		case r.State == ledger.Approved && approval == nil && errors.Is(expiry, ledger.ErrStale) && kinds[ledger.WasExpired] == 0:
		case r.State == ledger.Expired && expiry == nil && errors.Is(approval, ledger.ErrStale) && kinds[ledger.WasApproved] == 0:
		default:
			t.Errorf("%s; approval: %v, expiry: %v, %v", r.State, approval, expiry, kinds)
		}
	}
	t.Log(won)
}

// duel is two processes on one ledger, that of one being pressed here and of the other there.
type duel struct {
	*fakeworld
	one, two *process
	won      map[ledger.State]int
}

func newDuel(t *testing.T) *duel {
	w := newFakeworld(t)
	return &duel{w, w.live(fate{}), w.live(fate{}), map[ledger.State]int{}}
}

// pending asks for a machine and waits until the card stands and all is said.
func (d *duel) pending(machine string) ledger.Request {
	d.t.Helper()
	answer := d.one.types(cem, d.gesture(), machine)
	id := ledger.ID(requestID.FindString(answer))
	if id == "" {
		d.t.Fatalf("the command was not taken in: %s", answer)
	}
	d.rest()
	if r := d.get(id); r.State == ledger.Pending {
		return r
	}
	d.t.Fatalf("%s is %s", id, d.get(id).State)
	return ledger.Request{}
}

// rest waits until nothing is to be done, and all is told.
func (d *duel) rest() {
	d.t.Helper()
	untold := func(r ledger.Request) bool { return r.Told < r.Events }
	for {
		d.until("the bots to rest", func() bool { return d.quiet(d.one, d.two) })
		if !slices.ContainsFunc(d.all(), untold) {
			return
		}
		d.set(d.now().Add(time.Second)) // it failed, where two told the same, and is put off
	}
}

// ended is how a round came out. What holds for all: the POSTs are those written down,
// and not two; the card shows the request as it is.
func (d *duel) ended(id ledger.ID) (ledger.Request, map[ledger.Kind]int, int) {
	d.t.Helper()
	d.rest()
	r, kinds := story(d.t, d.eyes, id)
	d.mu.Lock()
	posts, card := len(d.posts[r.Target.ID]), d.cards[r.Card]
	d.mu.Unlock()
	if posts != kinds[ledger.WasSubmitted] || posts > 1 {
		d.t.Errorf("%s: %d POSTs, and %d written down", id, posts, kinds[ledger.WasSubmitted])
	}
	for state, says := range map[ledger.State]string{
		ledger.Denied: "*Denied*", ledger.Cancelled: "*Cancelled*", ledger.Expired: "*Expired.*", ledger.Provisioning: "Accepted by Graph", ledger.Approved: "Approved, and waiting",
	} {
		if r.State == state && !strings.HasPrefix(string(card.Status), says) {
			d.t.Errorf("%s is %s, and the card says: %s", id, state, card.Status)
		}
	}
	d.won[r.State]++
	return r, kinds, posts
}

// atSubmit begins what leads to a submission and does then something else against it, the
// moment that the bot has looked at the machine for the last time. With a cue the bot
// waits there until the other has come as far as that.
func (d *duel) atSubmit(machine, cue string, begin, then func()) {
	d.t.Helper()
	looked, hold := make(chan struct{}), make(chan struct{})
	look, goOn := sync.OnceFunc(func() { close(looked) }), sync.OnceFunc(func() { close(hold) })
	hears := func(what, of string) {
		switch {
		case what == "Policy" && of == machine:
			look()
			<-hold
		case what == cue && isClosed(looked):
			goOn()
		}
	}
	d.hears.Store(&hears)
	defer d.hears.Store(nil)
	begin()
	d.until("the last look at the machine", func() bool { return isClosed(looked) })
	if cue == "" {
		goOn()
	}
	then()
	goOn()
}

// swapTogether presses, and lets the time of the request be over when the press is about
// to be written down; that waits until the end of the request is about to be, too.
func (d *duel) swapTogether(id ledger.ID, over, press func()) {
	both := make(chan struct{})
	var swaps atomic.Int64
	hears := func(what, of string) {
		if what != "Replace" || of != string(id) {
			return
		}
		switch swaps.Add(1) {
		case 1:
			over()
			<-both
		case 2:
			close(both)
		}
	}
	d.hears.Store(&hears)
	defer d.hears.Store(nil)
	press()
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestTwoClicksOnTwoProcesses(t *testing.T) {
	t.Parallel()
	d := newDuel(t)
	for n := range rounds {
		r := d.pending(fmt.Sprint("CPC-", n))
		var a, b intake.Receipt
		together(
			func() { a = d.one.presses(ada, r, words.PressApprove) },
			func() { b = d.two.presses(ben, r, words.PressApprove) },
		)
		r, kinds, posts := d.ended(r.ID)
		winner, loser := a, b
		if r.Decided.By == ben {
			winner, loser = b, a
		}
		if posts != 1 || kinds[ledger.WasApproved] != 1 || winner.Line != "" || winner.Unacked {
			t.Errorf("%d POSTs, %v, the winner is told: %s", posts, kinds, winner.Line)
		}
		if told := string(loser.Line); !strings.Contains(told, "was first: it is approved") && !strings.Contains(told, "the call is out") {
			t.Errorf("the loser is told: %q", told)
		}
	}
}

// TestTwoCardsOfOneRequest lets a process sleep over the post of a card until its lease is
// over and the other one has put the card up.
func TestTwoCardsOfOneRequest(t *testing.T) {
	t.Parallel()
	d := newDuel(t)
	var posts atomic.Int64
	wake := make(chan struct{})
	hears := func(what, of string) {
		if what == "Post" && posts.Add(1) == 1 {
			<-wake
		}
	}
	d.hears.Store(&hears)
	defer d.hears.Store(nil)
	id := ledger.ID(requestID.FindString(d.one.types(cem, d.gesture(), "CPC-0")))
	d.until("the first to be about to post", func() bool { return posts.Load() == 1 })
	d.set(d.now().Add(worker.Lease))
	d.until("the other one to post", func() bool { return d.get(id).State == ledger.Pending })
	close(wake)
	d.until("a second card", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return len(d.cards) == 2 })
	d.rest()
	r := d.get(id)
	for at, card := range d.cards {
		if works := len(card.Buttons) > 0; works != (at == r.Card) || !works && !strings.Contains(string(card.Status), d.one.Link(r.Card)) {
			t.Errorf("the card is %v, and %v has %d buttons and says: %s", r.Card, at, len(card.Buttons), card.Status)
		}
	}
}

func TestExpiryAndApprovalInTheSameInstant(t *testing.T) {
	t.Parallel()
	d := newDuel(t)
	for n := range rounds {
		r := d.pending(fmt.Sprint("CPC-", n))
		d.set(r.Expires.Add(-time.Microsecond))
		d.rest() // reminders
		var told intake.Receipt
		over := func() { d.set(r.Expires) }
		press := func() { told = d.one.presses(ben, r, words.PressApprove) }
		switch n % 3 {
		case 0:
			together(press, over)
		case 1:
			over()
			press()
		case 2: // both have read it, one on either side of the moment, and swap together
			d.swapTogether(r.ID, over, press)
		}
		r, kinds, posts := d.ended(r.ID)
		switch {
		case kinds[ledger.WasExpired] == 1 && kinds[ledger.WasApproved] == 0 && posts == 0 && strings.Contains(string(told.Line), "expired"):
		case kinds[ledger.WasExpired] == 0 && kinds[ledger.WasApproved] == 1 && posts == 1 && told.Line == "" && n%3 != 1:
		default:
			t.Errorf("%s, %d POSTs, %v; ben is told: %s", r.State, posts, kinds, told.Line)
		}
	}
	t.Log(d.won)
}

func TestCancelAgainstSubmit(t *testing.T) {
	t.Parallel()
	d := newDuel(t)
	for n := range rounds {
		machine := fmt.Sprint("CPC-", n)
		r := d.pending(machine)
		var told string
		d.atSubmit(machine, []string{"", "Get", "Replace"}[n%3],
			func() { d.one.presses(ben, r, words.PressApprove) },
			func() { told = d.two.types(cem, d.gesture(), "cancel "+string(r.ID)) })
		r, kinds, posts := d.ended(r.ID)
		switch {
		case r.State == ledger.Cancelled && posts == 0 && strings.Contains(told, "is cancelled"):
		case r.State == ledger.Provisioning && posts == 1 && kinds[ledger.WasCancelled] == 0 && strings.Contains(told, "the call is out"):
		default:
			t.Errorf("%s, %d POSTs, %v; cem is told: %s", r.State, posts, kinds, told)
		}
	}
	t.Log(d.won)
}

func TestFreezeAgainstSubmit(t *testing.T) {
	t.Parallel()
	d := newDuel(t)
	held := 0
	for n := range rounds {
		machine := fmt.Sprint("CPC-", n)
		r := d.pending(machine)
		var told string
		var then ledger.Request
		d.atSubmit(machine, []string{"", "Freeze"}[n%2],
			func() { d.one.presses(ben, r, words.PressApprove) },
			func() {
				told = d.two.types(ada, d.gesture(), "freeze")
				then = d.get(r.ID)
			})
		r, _, posts := d.ended(r.ID)
		out := strings.Contains(told, string(r.ID)+" ")
		if frozen := then.State == ledger.Approved; frozen == out || frozen != (r.State == ledger.Approved) || (posts == 0) != frozen {
			t.Errorf("once frozen %s, then %s, %d POSTs; ada is told: %s", then.State, r.State, posts, told)
		}
		if posts == 0 {
			held++
			if r.Cause.Code != ledger.Frozen {
				t.Errorf("it waits for %s", r.Cause.Code)
			}
		}
		d.one.types(ben, d.gesture(), "unfreeze")
		if r, kinds, posts := d.ended(r.ID); posts != 1 || kinds[ledger.WasSubmitted] != 1 {
			t.Errorf("unfrozen it is %s, with %d POSTs", r.State, posts)
		}
	}
	t.Logf("%d held, %d out", held, rounds-held)
}

func TestDenyAgainstApprove(t *testing.T) {
	t.Parallel()
	d := newDuel(t)
	for n := range rounds {
		machine := fmt.Sprint("CPC-", n)
		r := d.pending(machine)
		var yes, no intake.Receipt
		approve := func() { yes = d.one.presses(ben, r, words.PressApprove) }
		deny := func() { no = d.two.presses(ada, r, words.PressDeny) }
		if n%2 == 0 {
			together(approve, deny)
		} else { // it is approved, and about to be sent
			d.atSubmit(machine, []string{"", "Get", "Replace"}[n%3], approve, deny)
		}
		r, kinds, posts := d.ended(r.ID)
		switch {
		case r.State == ledger.Denied && posts == 0 && kinds[ledger.WasApproved] == 0 && strings.Contains(string(yes.Line), "was first: it is denied"):
		case r.State == ledger.Denied && posts == 0 && kinds[ledger.WasApproved] == 1 && yes.Line == "" && no.Line == "":
		case r.State == ledger.Provisioning && posts == 1 && kinds[ledger.WasDenied] == 0 && strings.Contains(string(no.Line), "the call is out"):
		default:
			t.Errorf("%s, %d POSTs, %v; told: %q and %q", r.State, posts, kinds, yes.Line, no.Line)
		}
	}
	t.Log(d.won)
}

// TestAgainAgainstALateAnswer lets Graph's answer come in the moment in which an admin,
// tired of waiting, asks anew.
func TestAgainAgainstALateAnswer(t *testing.T) {
	t.Parallel()
	var left, answered atomic.Int64
	t.Cleanup(func() { t.Logf("%d left, %d answered", left.Load(), answered.Load()) })
	for name, answer := range map[string]error{
		"accepted":  nil,
		"refused":   &graph.Error{Op: "reprovision", Status: 404, Outcome: graph.Refused},
		"throttled": &graph.Error{Op: "reprovision", Status: 429, Outcome: graph.NotActed},
	} {
		for n := range rounds / 5 {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				t.Parallel()
				if againOrAnswer(t, answer) == ledger.Unproven {
					left.Add(1)
				} else {
					answered.Add(1)
				}
			})
		}
	}
}

func againOrAnswer(t *testing.T, answer error) ledger.Failure {
	w := newFakeworld(t)
	release := make(chan struct{})
	w.blind = true
	w.says = func(ctx context.Context) error {
		select {
		case <-release:
			return answer
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	d := &duel{w, w.live(fate{}), w.live(fate{}), map[ledger.State]int{}}
	r := d.pending("CPC-ada")
	d.one.presses(ben, r, words.PressApprove)
	d.until("the call to be out", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return len(d.posts["CPC-ada"]) == 1 })
	for r.Submission.Unsettled.IsZero() { // past its deadline, and nothing shows in Graph
		d.set(d.now().Add(2 * time.Minute))
		d.until("everything to be told", func() bool {
			if r = d.get(r.ID); r.Told < r.Events {
				d.set(d.now().Add(time.Millisecond)) // it failed, where two told the same, and is put off
			}
			return r.State == ledger.Unconfirmed && r.Due.After(d.now()) && r.Told == r.Events
		})
	}

	var told string
	together(
		func() { told = string(d.two.presses(ada, r, words.PressAgain).Line) },
		func() { close(release) },
	)
	r, kinds, posts := d.ended(r.ID)
	var news []ledger.Request
	for _, other := range d.all() {
		if other.ID != r.ID {
			news = append(news, other)
		}
	}
	if posts != 1 {
		t.Errorf("%d POSTs", posts)
	}
	for _, other := range news { // it takes approvals of its own
		if other.Again != r.ID || other.State != ledger.Pending || len(other.Consents) > 0 || len(news) > 1 {
			t.Errorf("asked anew: %+v", other)
		}
		if want := string(other.ID) + ": looking for"; !strings.HasPrefix(told, want) {
			t.Errorf("ada is told: %s", told)
		}
	}
	switch {
	case r.Failure == ledger.Unproven: // again was first
		if kinds[ledger.WasLeft] != 1 || kinds[ledger.CameLate] != 1 || len(news) != 1 || kinds[ledger.WasAccepted] > 0 {
			t.Errorf("left: %v, %d new requests", kinds, len(news))
		}
	case answer == nil:
		if r.State != ledger.Provisioning || kinds[ledger.WasLeft] > 0 || len(news) > 0 || !strings.Contains(told, "the call is out") {
			t.Errorf("accepted, and %s: %v, %d new requests; ada is told: %s", r.State, kinds, len(news), told)
		}
	default: // refused, and ended; it may be asked anew, as from every end
		if r.Failure != ledger.ByRefusal || kinds[ledger.WasLeft] > 0 || len(news) == 0 && !strings.Contains(told, "it has failed") {
			t.Errorf("refused, and %s (%s): %v, %d new requests; ada is told: %s", r.State, r.Failure, kinds, len(news), told)
		}
	}
	return r.Failure
}
