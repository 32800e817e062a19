package bot_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// stall is a way in which a ledger hangs.
type stall struct {
	home, what string
	lock       string // what another session does, and then keeps its transaction open; empty = BEGIN does it
	long       bool   // is also tried for longer than Slack and anybody waits
	answer     bool   // nothing is locked: what is written stands at once, and only the answer is late
}

// stalls are the ways that differ: where reads go on, a press gets as far as its swap.
var stalls = []stall{
	{home: "sqlite", what: "writes", long: true},
	{home: "postgres", what: "writes", lock: `SELECT FROM chain FOR UPDATE`},
	{home: "postgres", what: "reads", lock: `LOCK TABLE requests, gestures, chain IN ACCESS EXCLUSIVE MODE`, long: true},
	{home: "sqlite", what: "answers", answer: true},
}

// TestAStalledLedgerHangsWhereItIsLocked shows what the locks of these tests hold up.
func TestAStalledLedgerHangsWhereItIsLocked(t *testing.T) {
	t.Parallel()
	atOnce(t, map[string]func(*testing.T){
		"sqlite": func(t *testing.T) {
			locked(t, "sqlite", map[string]string{`BEGIN IMMEDIATE`: "Create Replace", `BEGIN EXCLUSIVE`: "Create Replace"})
		},
		"postgres": func(t *testing.T) {
			locked(t, "postgres", map[string]string{
				`LOCK TABLE requests IN ACCESS EXCLUSIVE MODE`: "Create Get Replace",
				`LOCK TABLE requests IN EXCLUSIVE MODE`:        "Create Replace",
				`LOCK TABLE gestures IN ACCESS EXCLUSIVE MODE`: "Create",
				`LOCK TABLE chain IN ACCESS EXCLUSIVE MODE`:    "Create Replace",
				`SELECT FROM chain FOR UPDATE`:                 "Create Replace",
				`SELECT FROM requests FOR UPDATE`:              "Replace",
			})
		},
	})
}

func locked(t *testing.T, home string, hangs map[string]string) {
	address := homes[home](t)
	s, err := openLedger(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for lock, want := range hangs {
		asked := func(gesture string) ledger.Request {
			return ledger.New(command.Order{PC: "CPC-ada"}, ada, "C_IT", ledger.Gesture{Envelope: lock + gesture}, 1, s.Now())
		}
		r, err := ledger.Enter(t.Context(), s, asked("before"))
		if err != nil {
			t.Fatal(err)
		}
		decided := r
		if err := decided.Cancel(ada, s.Now()); err != nil {
			t.Fatal(err)
		}
		release := holdLedger(t.Context(), t, address, lock, `ROLLBACK`)
		ctx, cancel := context.WithCancel(t.Context())
		ends := make(chan string, 3)
		end := func(op string, err error) {
			if ends <- op; err != nil && ctx.Err() == nil {
				t.Errorf("%s: %s: %v", lock, op, err)
			}
		}
		var all sync.WaitGroup
		all.Go(func() { _, err := ledger.Enter(ctx, s, asked("under it")); end("Create", err) })
		all.Go(func() { _, err := s.Get(ctx, r.ID); end("Get", err) })
		all.Go(func() { _, err := s.Replace(ctx, decided); end("Replace", err) })
		free := 3 - len(strings.Fields(want))
		for range free {
			if op := <-ends; strings.Contains(want, op) {
				t.Errorf("%s does not hold up %s", lock, op)
			}
		}
		select {
		case op := <-ends:
			t.Errorf("%s does not hold up %s", lock, op)
		case <-time.After(200 * time.Millisecond):
		}
		cancel()
		release()
		all.Wait()
	}
}

// TestAStalledLedger holds rule 2 against a ledger that hangs: what is acknowledged stands,
// what came late stands once, and who made the gesture hears of it in the end.
func TestAStalledLedger(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T){}
	for _, s := range stalls {
		spans := []time.Duration{time.Second, 2500 * time.Millisecond}
		if s.what == "reads" && !racing { // nearly all that a press may wait for its first read
			spans = append(spans, 1500*time.Millisecond)
		}
		tests[s.home+"/"+s.what] = func(t *testing.T) { stalled(t, s, spans...) }
		if s.long && !testing.Short() {
			tests[s.home+"/"+s.what+", for long"] = func(t *testing.T) { stalled(t, s, 10*time.Second) }
		}
	}
	atOnce(t, tests)
}

// stalled has a command and a press meet each of these spans.
func stalled(t *testing.T, s stall, spans ...time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, hang := slow(ctx, t, s)
	eyes := w.open()
	var unacked []*slackfake.Gesture
	late := 0 // presses that landed though they were not acknowledged
	for i, span := range spans {
		pc := w.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-" + span.String(), Status: "provisioned"})
		hang(span)
		typed := w.slack.Type(user("ada"), channels["#it"], pc.DisplayName)
		answered(ctx, t, typed, span)
		w.isTold("ada", "looking for "+pc.DisplayName)
		w.settled()
		r := w.all(eyes)[0]
		card, err := w.cardOf(string(r.ID))
		if err != nil || r.State != ledger.Pending || r.Order.PC != pc.DisplayName {
			t.Fatalf("%v, %+v", err, r)
		}

		over := hang(span)
		press := w.slack.PressStale(user("ben"), card, "approve")
		heeded(ctx, t, press, span)
		<-over
		if press.Outcome() == slackfake.TimedOut {
			unacked = append(unacked, press)
		}
		w.heardOf(unacked...)
		w.settled()
		r, kinds := story(t, eyes, r.ID)
		if press.Outcome() == slackfake.TimedOut {
			late += kinds[ledger.WasApproved]
		}
		if seen := strings.Join(w.slack.Sees(user("ben")), "\n"); strings.Count(seen, "I have it after all") != late {
			t.Errorf("%d late presses stand, and ben sees\n%s", late, seen)
		}
		if kinds[ledger.WasApproved] == 0 {
			if _, err := w.slack.PressStale(user("ben"), card, "approve").WaitAck(ctx); err != nil {
				t.Error(err)
			}
			w.settled()
		}

		again, err := w.slack.Redeliver(typed, false).WaitAck(ctx)
		if err != nil || !strings.Contains(string(again.Payload), string(r.ID)) {
			t.Errorf("redelivered: %v, %s", err, again.Payload)
		}
		w.settled()
		if n := len(w.all(eyes)); n != i+1 {
			t.Errorf("%d requests", n)
		}
		if r, kinds = story(t, eyes, r.ID); r.State != ledger.Provisioning || kinds[ledger.WasApproved] != 1 || kinds[ledger.WasSubmitted] != 1 || w.tenant.Wipes(pc.ID) != 1 {
			t.Errorf("%s, %v, %d POSTs", r.State, kinds, w.tenant.Wipes(pc.ID))
		}
	}
}

// TestAStalledLedgerAndACrowd has twenty people's commands, each of them delivered twice, and
// twenty presses on ten cards wait for the ledger together.
func TestAStalledLedgerAndACrowd(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T){}
	for _, s := range stalls {
		if !s.answer { // which is late for one
			tests[s.home+"/"+s.what] = func(t *testing.T) { crowded(t, s) }
		}
	}
	atOnce(t, tests)
}

func crowded(t *testing.T, s stall) {
	const span = 2500 * time.Millisecond
	commands, cards := 20, 10
	if racing {
		commands, cards = 8, 4
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, hang := slow(ctx, t, s)
	eyes := w.open()
	name := func(i int) string { return fmt.Sprintf("CPC-crowd-%02d", i) }
	typed := make([]*slackfake.Gesture, 2*commands+cards)
	for i := range commands + cards {
		w.tenant.Add(graphfake.CloudPC{DisplayName: name(i), Status: "provisioned"})
	}
	for i := range cards {
		w.slack.Type(user("ada"), channels["#it"], name(commands+i))
	}
	w.reach(eyes, ledger.Pending, cards, told)
	w.settled()
	up := w.slack.Messages(channels["#it"])

	over := hang(span)
	var gestures []func()
	for i := range commands {
		gestures = append(gestures, func() {
			typed[i] = w.slack.Type(user("ada"), channels["#it"], name(i))
			typed[commands+i] = w.slack.Redeliver(typed[i], false)
		})
	}
	pressed := make([]*slackfake.Gesture, 2*cards)
	for i := range pressed {
		gestures = append(gestures, func() { pressed[i] = w.slack.PressStale(user([]string{"ben", "fay"}[i%2]), up[i/2], "approve") })
	}
	together(gestures...)
	for _, g := range typed[:2*commands] {
		answered(ctx, t, g, span)
	}
	for _, g := range pressed {
		heeded(ctx, t, g, span)
	}
	<-over
	w.heardOf(pressed...)
	landed := 0
	for _, r := range w.all(eyes) {
		landed += len(r.Consents)
	}
	if seen := strings.Join(append(w.slack.Sees(user("ben")), w.slack.Sees(user("fay"))...), "\n"); strings.Count(seen, "I have it after all") != landed {
		t.Errorf("%d presses stand, and who made them sees\n%s", landed, seen)
	}
	w.reach(eyes, ledger.Pending, commands+cards-landed)
	w.settled()
	for _, m := range up { // whose press did not land does it again
		if _, err := w.slack.PressStale(user("ben"), m, "approve").WaitAck(ctx); err != nil {
			t.Error(err)
		}
	}
	w.reach(eyes, ledger.Provisioning, cards, told)
	w.reach(eyes, ledger.Pending, commands, told)
	for _, r := range w.all(eyes) {
		_, kinds := story(t, eyes, r.ID)
		if want := map[ledger.State]int{ledger.Provisioning: 1}[r.State]; kinds[ledger.WasApproved] != want || w.tenant.Wipes(r.Target.ID) != want {
			t.Errorf("%s is %s, wiped %d times: %v", r.Order.PC, r.State, w.tenant.Wipes(r.Target.ID), kinds)
		}
	}
	if n := len(w.all(eyes)); n != commands+cards {
		t.Errorf("%d requests", n)
	}
	seen := w.slack.Sees(user("ada"))
	for _, r := range w.all(eyes) {
		if !slices.ContainsFunc(seen, func(line string) bool {
			return strings.HasPrefix(line, fmt.Sprintf("%s: looking for %s", r.ID, r.Order.PC))
		}) {
			t.Errorf("ada has not heard of %s, %s", r.ID, r.Order.PC)
		}
	}
}

// TestAStalledLedgerThatFails answers with an error, at once and after a while: the table that
// every change writes to is gone.
func TestAStalledLedgerThatFails(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T){}
	for home := range homes {
		tests[home] = func(t *testing.T) { failed(t, home, 0, 2500*time.Millisecond) }
	}
	atOnce(t, tests)
}

func failed(t *testing.T, home string, spans ...time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, _ := slow(ctx, t, stall{home: home})
	eyes := w.open()
	for i, span := range spans {
		fail := func() (over <-chan struct{}) {
			over = after(ctx, span, holdLedger(ctx, t, w.ledger, `ALTER TABLE chain RENAME TO gone`, `COMMIT`))
			if span == 0 {
				<-over
			}
			return over
		}
		mend := func() { holdLedger(ctx, t, w.ledger, `ALTER TABLE gone RENAME TO chain`, `COMMIT`)() }
		pc := w.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-" + span.String(), Status: "provisioned"})

		over := fail()
		ack, err := w.slack.Type(user("ada"), channels["#it"], pc.DisplayName).WaitAck(ctx)
		if err != nil || ack.Late || !unsure(ack) || span == 0 && !racing && ack.Latency >= patience {
			t.Errorf("%v, acknowledged after %v with %s", err, ack.Latency, ack.Payload)
		}
		w.logged("command perhaps not written down", i+1)
		<-over
		mend()
		w.settled()
		if all, seen := w.all(eyes), w.slack.Sees(user("ada")); len(all) != i || len(seen) != 2*i+1 {
			t.Errorf("%d requests, and ada sees %q", len(all), seen)
		}
		answered(ctx, t, w.slack.Type(user("ada"), channels["#it"], pc.DisplayName), 0)
		w.settled()
		r := w.all(eyes)[0]
		card, err := w.cardOf(string(r.ID))
		if err != nil {
			t.Fatal(err)
		}

		over = fail()
		press := w.slack.PressStale(user("ben"), card, "approve")
		if _, err := press.WaitAck(ctx); press.Outcome() != slackfake.TimedOut {
			t.Errorf("the press is %s: %v", press.Outcome(), err)
		}
		w.logged("decision not written down", i+1)
		<-over
		mend()
		if span > 0 {
			w.isTold("ben", "I could not take that in")
		}
		w.settled()
		if r, kinds := story(t, eyes, r.ID); r.State != ledger.Pending || kinds[ledger.WasApproved] > 0 {
			t.Errorf("%s, %v", r.State, kinds)
		}
		heeded(ctx, t, w.slack.PressStale(user("ben"), card, "approve"), 0)
		w.settled()
		if r, kinds := story(t, eyes, r.ID); r.State != ledger.Provisioning || kinds[ledger.WasApproved] != 1 || w.tenant.Wipes(pc.ID) != 1 {
			t.Errorf("%s, %v, %d POSTs", r.State, kinds, w.tenant.Wipes(pc.ID))
		}
	}
	if seen := strings.Join(w.slack.Sees(user("ben")), "\n"); strings.Contains(seen, "after all") {
		t.Errorf("ben sees %s", seen)
	}
	w.formStays(eyes)
}

// formStays has the ledger fail when the form comes in that gives the reason of a denial: it is
// not acknowledged, stays open with what was typed, and can be sent again.
func (w *world) formStays(eyes ledger.Store) {
	t := w.t
	answered(w.ctx, t, w.slack.Type(user("ada"), channels["#it"], "CPC-ada"), 0)
	w.settled()
	r := w.all(eyes)[0]
	card, err := w.cardOf(string(r.ID))
	if err != nil {
		t.Fatal(err)
	}
	heeded(w.ctx, t, w.slack.PressStale(user("ben"), card, "deny"), 0)
	if err := w.await(func() error {
		if len(w.slack.Views(user("ben"))) == 0 {
			return errors.New("no form is open")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.settled()
	form := w.slack.Views(user("ben"))[0]
	block, action, err := inputOf(form)
	if err != nil {
		t.Fatal(err)
	}
	send := func() *slackfake.Gesture {
		return w.slack.Submit(user("ben"), form.ID, map[string]map[string]any{block: {action: "not this one"}})
	}
	holdLedger(w.ctx, t, w.ledger, `ALTER TABLE chain RENAME TO gone`, `COMMIT`)()
	sent := send()
	if _, err := sent.WaitAck(w.ctx); sent.Outcome() != slackfake.TimedOut || len(w.slack.Views(user("ben"))) != 1 {
		t.Errorf("the form is %s: %v", sent.Outcome(), err)
	}
	holdLedger(w.ctx, t, w.ledger, `ALTER TABLE gone RENAME TO chain`, `COMMIT`)()
	sent = send()
	if _, err := sent.WaitAck(w.ctx); err != nil {
		t.Error(err)
	}
	w.settled()
	if _, kinds := story(t, eyes, r.ID); kinds[ledger.WasExplained] != 1 {
		t.Errorf("explained: %v", kinds)
	}
}

// patience is how long the ledger may take, by rule 2.
const patience = 2 * time.Second

// slow is a world in which one approval is needed, and its ledger hangs for as long as hang is
// told. Over is closed when it does no more.
func slow(ctx context.Context, t *testing.T, s stall) (w *world, hang func(span time.Duration) (over <-chan struct{})) {
	t.Helper()
	w = newWorld(ctx, t, s.home)
	w.set["APPROVALS"], w.set["ADMINS"] = "1", "ada,ben,fay"
	answers := &atomic.Pointer[chan struct{}]{}
	if s.answer {
		w.between = func(store ledger.Store) ledger.Store { return lagging{store, answers} }
	}
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	w.settled()
	return w, func(span time.Duration) <-chan struct{} {
		if s.answer {
			late := make(chan struct{})
			answers.Store(&late)
			return after(ctx, span, sync.OnceFunc(func() { close(late) }))
		}
		return after(ctx, span, holdLedger(ctx, t, w.ledger, s.lock, `ROLLBACK`))
	}
}

// lagging is a ledger in which the next change stands before its answer comes.
type lagging struct {
	ledger.Store
	answer *atomic.Pointer[chan struct{}]
}

func (s lagging) wait() {
	if late := s.answer.Swap(nil); late != nil {
		<-*late
	}
}

func (s lagging) Create(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	defer s.wait()
	return s.Store.Create(ctx, r)
}

func (s lagging) Replace(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	defer s.wait()
	return s.Store.Replace(ctx, r)
}

// holdLedger does something to the ledger in a transaction, as another program, and keeps it
// open until release, which ends it and may be called twice.
func holdLedger(ctx context.Context, t *testing.T, address, do, end string) (release func()) {
	t.Helper()
	driver, name, begin := "pgx", address, `BEGIN`
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, name, begin = "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)", `BEGIN IMMEDIATE`
	}
	if strings.HasPrefix(do, `BEGIN`) {
		begin, do = do, ``
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	session, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		_, err := session.ExecContext(context.WithoutCancel(ctx), end)
		if err := errors.Join(err, session.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	for _, statement := range []string{begin, do} {
		if _, err := session.ExecContext(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return release
}

// after does something when a while has passed, or ctx has ended, and then closes over.
func after(ctx context.Context, span time.Duration, do func()) (over <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-time.After(span):
		case <-ctx.Done():
		}
		do()
	}()
	return done
}

// atOnce runs tests beside one another, however many there are: they wait for deadlines, and
// not for a core.
func atOnce(t *testing.T, tests map[string]func(*testing.T)) {
	var all []func()
	for name, test := range tests {
		all = append(all, func() { t.Run(name, test) })
	}
	together(all...)
}

// unsure reports whether a command was acknowledged with the words of rule 2.
func unsure(ack slackfake.Ack) bool {
	said := string(ack.Payload)
	return strings.Contains(said, "I am not sure I have this: see `/reprovision list` before you ask again")
}

// answered holds the acknowledgement of a command to rule 2, where the ledger hung for so long.
func answered(ctx context.Context, t *testing.T, g *slackfake.Gesture, hung time.Duration) {
	t.Helper()
	ack, err := g.WaitAck(ctx)
	switch {
	case err != nil || ack.Late || ack.Problem != "":
		t.Errorf("%s: %v, acknowledged after %v, late: %v %s", g.Text, err, ack.Latency, ack.Late, ack.Problem)
	case hung > patience && (!unsure(ack) || ack.Latency < patience-100*time.Millisecond):
		t.Errorf("%s: acknowledged after %v with %s", g.Text, ack.Latency, ack.Payload)
	case hung < patience && !strings.Contains(string(ack.Payload), ": looking for "+g.Text):
		t.Errorf("%s: acknowledged after %v with %s", g.Text, ack.Latency, ack.Payload)
	}
}

// heeded holds what became of a press to rule 2.
func heeded(ctx context.Context, t *testing.T, g *slackfake.Gesture, hung time.Duration) {
	t.Helper()
	ack, err := g.WaitAck(ctx)
	switch {
	case hung > patience && g.Outcome() != slackfake.TimedOut:
		t.Errorf("the press of %s is %s: %v", g.Person, g.Outcome(), err)
	case hung < patience && (err != nil || ack.Late || ack.Problem != ""):
		t.Errorf("the press of %s is not acknowledged in time: %v, after %v %s", g.Person, err, ack.Latency, ack.Problem)
	}
}

// logged waits until the bot has logged something so many times.
func (w *world) logged(what string, times int) {
	w.t.Helper()
	if err := w.await(func() error {
		if n := strings.Count(w.logs.String(), what); n != times {
			return fmt.Errorf("it logs %d times: %s", n, what)
		}
		return nil
	}); err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}

// heardOf waits until of each of these presses either who made it was told, besides Slack's
// warning, or the log says that it came to nothing.
func (w *world) heardOf(presses ...*slackfake.Gesture) {
	w.t.Helper()
	if err := w.await(func() error {
		n := strings.Count(w.logs.String(), "press not taken in")
		people := map[string]bool{}
		for _, g := range presses {
			people[g.Person] = true
		}
		for person := range people {
			for _, line := range w.slack.Sees(person) {
				if !strings.HasPrefix(line, "⚠") {
					n++
				}
			}
		}
		if n != len(presses) {
			return fmt.Errorf("of %d presses %d were heard of", len(presses), n)
		}
		return nil
	}); err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}

// isTold waits until a person was told something, once.
func (w *world) isTold(who, what string) {
	w.t.Helper()
	if err := w.await(func() error {
		if seen := w.slack.Sees(user(who)); strings.Count(strings.Join(seen, "\n"), what) != 1 {
			return fmt.Errorf("%s sees %q", who, seen)
		}
		return nil
	}); err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}
