package bot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

// TestEveryBreakPoint lets one call of the bot's fail, each of those that a whole
// conversation takes: *failed and nothing happened* and *failed and it happened anyway*,
// with the process dead from then on and another one started, and with the process alive.
func TestEveryBreakPoint(t *testing.T) {
	t.Parallel()
	calm := newScene(t)
	whole := calm.converse(fate{})
	calm.judge(fate{}, whole)
	seen := 0
	for _, op := range slices.Sorted(maps.Keys(whole.calls)) {
		for nth := range whole.calls[op] {
			for _, f := range []fate{
				{op: op, nth: nth + 1, dies: true},
				{op: op, nth: nth + 1, dies: true, anyway: true},
				{op: op, nth: nth + 1},
				{op: op, nth: nth + 1, anyway: true},
			} {
				if f.anyway && (op == "ByName" || op == "CloudPC" || op == "Policy") {
					continue // an answer that is lost is a question that was not asked
				}
				if seen++; racing && seen%3 > 0 {
					continue
				}
				t.Run(f.String(), func(t *testing.T) {
					t.Parallel()
					s := newScene(t)
					s.judge(f, s.converse(f))
				})
			}
		}
	}
	for _, op := range []string{"Create", "Replace", "Submit", "Claim", "ClaimTelling", "ReleaseTelling",
		"ByName", "CloudPC", "Policy", "Reprovision", "Post", "Redraw", "Reply", "Whisper", "Tell"} {
		if whole.calls[op] == 0 {
			t.Errorf("the conversation does without %s", op)
		}
	}
}

// racing says that the race detector watches, which makes a ledger ten times as slow: then
// less is done, of everything.
var racing = func() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}()

// fate is what befalls one call of a process; the zero fate befalls none.
type fate struct {
	op     string
	nth    int
	anyway bool // it fails, and it happened
	dies   bool // nothing that this process does later reaches anybody
}

func (f fate) String() string {
	how, then := "nothing happened", "lives"
	if f.anyway {
		how = "happened anyway"
	}
	if f.dies {
		then = "dies"
	}
	return fmt.Sprintf("%s %d, %s, %s", f.op, f.nth, how, then)
}

// telling reports whether the call is one of those that bring Slack up to the ledger,
// which go on beside the deed and take another number of calls each time.
func (f fate) telling() bool {
	return slices.Contains([]string{"ClaimTelling", "ReleaseTelling", "Redraw", "Reply", "Whisper", "Tell"}, f.op)
}

// converse plays one conversation to its end, by people who do what the bot tells them,
// and returns the process that it began with.
func (s *scene) converse(f fate) *process {
	first := s.live(f)
	now := first
	alive := func() bool {
		if !now.dead.Load() {
			return true
		}
		now.stop()
		now = s.live(fate{})
		return false
	}
	order, typed := s.gesture(), false
	for tries := 0; !typed; tries++ {
		if tries > 9 {
			s.t.Fatal("the command is not taken in")
		}
		answer := now.types(ada, order, "CPC-ada reason=test")
		switch {
		case !alive(): // it was not acknowledged, and is delivered once more
		case strings.Contains(answer, "looking for"):
			typed = true
		default: // "see list before you ask again"
			order = s.gesture()
			typed = strings.Contains(now.types(ada, s.gesture(), "list"), "CPC-ada")
		}
	}
	r := s.only()
	s.goOn(&now, alive, func() bool { r = s.only(); return r.State != ledger.Resolving })
	for tries := 0; r.State == ledger.Pending; tries++ {
		if tries > 9 {
			s.t.Fatal("the press is not taken in")
		}
		now.presses(ben, r, words.PressApprove)
		alive()
		r = s.only()
	}
	s.goOn(&now, alive, func() bool {
		r = s.only()
		return r.Told == r.Events && (r.State.Ended() || !r.Submission.Unsettled.IsZero())
	})
	return first
}

// goOn lets the bot work and, whenever it has nothing to do, time pass until it has,
// until everything is said and done.
func (s *scene) goOn(now **process, alive func() bool, done func() bool) {
	s.t.Helper()
	for jumps := 0; ; jumps++ {
		if jumps > 100 {
			s.t.Fatalf("it comes to no end: %+v", s.only())
		}
		s.until("the bot to rest", func() bool { return (*now).dead.Load() || s.quiet(*now) })
		if !alive() {
			continue
		}
		if done() {
			return
		}
		if next := s.nextWork(); next.After(s.now()) {
			s.set(next)
		}
	}
}

// judge holds a conversation to what is promised.
func (s *scene) judge(f fate, first *process) {
	s.t.Helper()
	r := s.only()
	events, err := s.eyes.Events(s.t.Context(), r.ID, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	if first.calls[f.op] < f.nth && !f.telling() {
		s.t.Errorf("it was never called: %v", first.calls)
	}
	posts := len(s.posts[r.Target.ID])
	card, thread := s.cards[r.Card], s.replies[r.Card]
	switch {
	case posts > 1:
		s.t.Errorf("%d POSTs", posts)
	case posts == 1:
		if r.State != ledger.Succeeded {
			s.t.Errorf("Graph was asked, and the request is %s", r.State)
		}
		if !strings.HasPrefix(string(card.Status), "*Done.*") || len(card.Buttons) > 0 {
			s.t.Errorf("the card says %s, with the buttons %v", card.Status, card.Buttons)
		}
	default:
		if r.State != ledger.Unconfirmed {
			s.t.Errorf("Graph was never asked, and the request is %s", r.State)
		}
		if !strings.HasPrefix(string(card.Status), "*Unconfirmed.*") || len(card.Buttons) != 2 {
			s.t.Errorf("the card says %s, with the buttons %v", card.Status, card.Buttons)
		}
		notSent := f.op == "Reprovision" && !f.anyway
		cutOff := f.dies && (f.op == "Submit" && f.anyway || f.telling())
		if !notSent && !cutOff {
			s.t.Errorf("nobody asked Graph, and nothing was in the way")
		}
	}
	if card.Request != r.ID || card.Title != "Reprovision CPC-ada" {
		s.t.Errorf("the card is %+v", card)
	}

	repeats := 0
	replied := thread
	thread = nil
	for i, reply := range replied {
		if i+1 < len(replied) && strings.HasPrefix(replied[i+1], reply) { // said again, with what has come since
			repeats++
			continue
		}
		thread = append(thread, strings.Split(reply, "\n")...)
	}
	cutShort := f.op == "Reply" && f.anyway || f.op == "Told" && !f.anyway
	if repeats > 1 || repeats == 1 && !f.dies && !cutShort {
		s.t.Errorf("%d replies were repeated", repeats)
	}
	var told []ledger.Kind
	for _, e := range events {
		if replies[e.Kind] != nil {
			told = append(told, e.Kind)
		}
	}
	if len(thread) != len(told) {
		s.t.Errorf("the thread tells %d things, and %d have happened: %v\n%s", len(thread), len(told), told, strings.Join(thread, "\n"))
		return
	}
	for i, kind := range told {
		if !replies[kind].MatchString(thread[i]) {
			s.t.Errorf("%s is told as: %s", kind, thread[i])
		}
	}
}

// replies are what the thread has to say of each event; of the others it says nothing.
var replies = map[ledger.Kind]*regexp.Regexp{
	ledger.WasApproved:  regexp.MustCompile("^Approved by <@U_BEN>"),
	ledger.IsWaiting:    regexp.MustCompile("^Nothing was wiped yet"),
	ledger.WasAccepted:  regexp.MustCompile("^Accepted by Graph|^Graph did act after all"),
	ledger.WasDoubted:   regexp.MustCompile("^I do not know whether Graph acted"),
	ledger.IsUnsettled:  regexp.MustCompile("I still do not know whether"),
	ledger.HasSucceeded: regexp.MustCompile("^Done"),
}

var (
	ada = auth.Person{Org: "T0HOME", ID: "U_ADA"}
	ben = auth.Person{Org: "T0HOME", ID: "U_BEN"}
	cem = auth.Person{Org: "T0HOME", ID: "U_CEM"}
)

// scene is a channel, a fleet and a clock in memory, around a ledger on the disk. The
// clock stands still unless it is told to go.
type scene struct {
	t    *testing.T
	path string
	eyes *sqlite.Store // reads the ledger

	looking sync.Mutex
	due     time.Time // when the ledger has work next,
	dueAt   int64     // as it was at this version

	mu      sync.Mutex
	changed chan struct{} // closed at the next change
	version int64         // counts the changes of the ledger and of the clock
	at      time.Time
	stamp   int // of the newest message, and of the newest gesture
	cards   map[ledger.Thread]words.Card
	replies map[ledger.Thread][]string
	posts   map[string][]time.Time // by machine: when it was wiped

	built time.Duration                         // how long a machine takes
	blind bool                                  // Graph shows nothing of it
	hears atomic.Pointer[func(what, of string)] // is told before something is done with a machine or a request
	says  func(ctx context.Context) error       // Graph's answer to a POST that has arrived
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{
		t: t, path: filepath.Join(t.TempDir(), "ledger.db"), changed: make(chan struct{}),
		at:    time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		dueAt: -1, cards: map[ledger.Thread]words.Card{}, replies: map[ledger.Thread][]string{}, posts: map[string][]time.Time{},
		built: 150 * time.Second,
		says:  func(context.Context) error { return nil },
	}
	s.eyes = s.open()
	return s
}

func (s *scene) open() *sqlite.Store {
	s.t.Helper()
	store, err := sqlite.Open(s.t.Context(), s.path, sqlite.Options{Now: s.now})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = store.Close() })
	return store
}

func (s *scene) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *scene) set(at time.Time) { s.change(func() { s.at = at; s.version++ }) }

// change does something that somebody may wait for.
func (s *scene) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	close(s.changed)
	s.changed = make(chan struct{})
}

// written says that the ledger may have changed.
func (s *scene) written() { s.change(func() { s.version++ }) }

// until waits for a condition; it looks at every change of the scene, and now and then.
func (s *scene) until(what string, holds func() bool) {
	s.t.Helper()
	patience := time.NewTimer(15 * time.Second)
	defer patience.Stop()
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if holds() {
			return
		}
		look := time.NewTimer(10 * time.Millisecond)
		select {
		case <-changed:
		case <-look.C:
		case <-patience.C:
			s.t.Fatalf("waited in vain for %s", what)
		}
		look.Stop()
	}
}

// quiet reports that none of these processes has anything in hand, nor anything to do.
func (s *scene) quiet(all ...*process) bool {
	begun := func() (n int64, idle bool) {
		idle = true
		for _, p := range all {
			n += p.begun.Load()
			idle = idle && p.claiming.Load() == 0 && bot.InFlight(p.bot) == 0
		}
		return n, idle
	}
	before, idle := begun()
	if !idle {
		return false
	}
	next := s.nextWork()
	after, idle := begun()
	return idle && before == after && (next.IsZero() || next.After(s.now()))
}

// nextWork is when the ledger has work next. It is read anew only after a change: all
// that wait ask for it all the time.
func (s *scene) nextWork() time.Time {
	s.looking.Lock()
	defer s.looking.Unlock()
	s.mu.Lock()
	version := s.version
	s.mu.Unlock()
	if version != s.dueAt {
		due, err := s.eyes.Next(context.WithoutCancel(s.t.Context()))
		if err != nil {
			s.t.Error(err)
		}
		s.due, s.dueAt = due, version
	}
	return s.due
}

// gesture is one that nobody has made before.
func (s *scene) gesture() ledger.Gesture {
	return ledger.Gesture{Envelope: fmt.Sprint("envelope ", s.next()), Trigger: fmt.Sprint("trigger ", s.next())}
}

func (s *scene) next() (n int) {
	s.change(func() { s.stamp++; n = s.stamp })
	return n
}

// all are the requests of the ledger, newest first.
func (s *scene) all() (out []ledger.Request) {
	s.t.Helper()
	for r, err := range s.eyes.Find(s.t.Context(), ledger.Query{}) {
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// only is the one request there is.
func (s *scene) only() ledger.Request {
	s.t.Helper()
	all := s.all()
	if len(all) != 1 {
		s.t.Fatalf("there are %d requests", len(all))
	}
	return all[0]
}

// get is a request as it is now.
func (s *scene) get(id ledger.ID) ledger.Request {
	s.t.Helper()
	r, err := s.eyes.Get(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// process is one life of the bot, and everything that it can reach.
type process struct {
	ledger.Store
	*scene
	fate fate
	bot  *bot.Bot
	stop context.CancelFunc
	dead atomic.Bool

	claiming, begun atomic.Int64 // claims that the bot does not know of yet, and all so far

	counting sync.Mutex
	calls    map[string]int  // by name, those that did anything
	handed   map[string]bool // claims that were answered by more than nothing, until the next one
}

var errLie = errors.New("the answer is lost")

func (s *scene) live(f fate) *process {
	s.t.Helper()
	p := &process{Store: s.open(), scene: s, fate: f, calls: map[string]int{}, handed: map[string]bool{}}
	rules, err := auth.New(auth.Rules{Home: ada.Org, Admins: []string{ada.ID, ben.ID}, Requesters: []string{cem.ID}})
	if err != nil {
		s.t.Fatal(err)
	}
	p.bot = bot.New(bot.Config{
		Inbox: p, Outbox: p, Directory: p, Fleet: p, Store: p, Rules: rules, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Channel: "C_APPROVALS", Admins: []auth.Person{ada, ben}, Approvals: 1, ApprovalTTL: 8 * time.Hour,
		GraphTimeout: 30 * time.Second, SettleTimeout: 5 * time.Minute, FollowInterval: 2 * time.Minute, FollowTimeout: 3 * time.Hour,
		Pause: time.Millisecond, Idle: 10 * time.Millisecond,
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	p.stop = stop
	ended := make(chan error, 1)
	go func() { ended <- p.bot.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if p.dead.Load() { // it reaches nothing any more, however long it tries
			return
		}
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
	return p
}

func (p *process) types(who auth.Person, g ledger.Gesture, text string) string {
	return string(bot.Handler(p.bot).Ask(p.t.Context(), intake.Ask{Gesture: g, By: who, Channel: "C_IT", Text: text}).Line)
}

func (p *process) presses(who auth.Person, r ledger.Request, a words.Action) intake.Receipt {
	return bot.Handler(p.bot).Click(p.t.Context(), intake.Click{Gesture: p.gesture(), By: who, At: r.Card, Action: a, Value: string(r.ID)})
}

// lies counts a call and reports whether it is the one.
func (p *process) lies(op string) bool {
	p.counting.Lock()
	defer p.counting.Unlock()
	p.calls[op]++
	return op == p.fate.op && p.calls[op] == p.fate.nth
}

// lie ends a call that fails, and with it the process if that is its fate.
func (p *process) lie() error {
	if p.fate.dies {
		p.change(func() { p.dead.Store(true) })
	}
	return errLie
}

// writes are the calls that may change the ledger.
var writes = map[string]bool{"Create": true, "Replace": true, "Submit": true, "Release": true, "ReleaseTelling": true}

// call makes one call, as long as this process lasts.
func (p *process) call(op string, do func() error) error {
	if p.dead.Load() {
		return errDead
	}
	lies := p.lies(op)
	if lies && !p.fate.anyway {
		return p.lie()
	}
	err := do()
	if writes[op] {
		p.written()
	}
	if lies {
		return p.lie()
	}
	return err
}

func (p *process) alive() error {
	if p.dead.Load() {
		return errDead
	}
	return nil
}

// The ledger.

func (p *process) Create(ctx context.Context, r ledger.Request) (out ledger.Request, err error) {
	err = p.call("Create", func() (err error) { out, err = p.Store.Create(ctx, r); return err })
	return out, err
}

func (p *process) Replace(ctx context.Context, r ledger.Request) (out ledger.Request, err error) {
	p.tells("Replace", string(r.ID))
	err = p.call("Replace", func() (err error) { out, err = p.Store.Replace(ctx, r); return err })
	return out, err
}

func (p *process) Submit(ctx context.Context, r ledger.Request, b ledger.Budget) (out ledger.Request, err error) {
	err = p.call("Submit", func() (err error) { out, err = p.Store.Submit(ctx, r, b); return err })
	return out, err
}

func (p *process) Claim(ctx context.Context, worker string, lease time.Duration, n int) ([]ledger.Request, error) {
	return p.claim("Claim", func() ([]ledger.Request, error) { return p.Store.Claim(ctx, worker, lease, n) },
		func(r ledger.Request) error { return p.Store.Release(ctx, worker, r.ID) })
}

func (p *process) ClaimTelling(ctx context.Context, worker string, lease time.Duration, n int) ([]ledger.Request, error) {
	return p.claim("ClaimTelling", func() ([]ledger.Request, error) { return p.Store.ClaimTelling(ctx, worker, lease, n) },
		func(r ledger.Request) error {
			_, err := p.Store.ReleaseTelling(ctx, worker, r.ID, r.Told, p.now(), r.Events)
			return err
		})
}

// claim counts only claims that got something; undo makes it that nothing happened. What the
// bot was handed it knows of by its next claim.
func (p *process) claim(op string, do func() ([]ledger.Request, error), undo func(ledger.Request) error) ([]ledger.Request, error) {
	p.counting.Lock()
	if p.handed[op] {
		p.handed[op] = false
		p.claiming.Add(-1)
	}
	p.counting.Unlock()
	if p.dead.Load() {
		return nil, errDead
	}
	if next := p.nextWork(); next.IsZero() || next.After(p.now()) {
		return nil, nil
	}
	p.claiming.Add(1)
	got, err := do()
	if len(got) > 0 {
		p.begun.Add(1)
		p.written()
	}
	if len(got) == 0 || err != nil {
		p.claiming.Add(-1)
		return got, err
	}
	if !p.lies(op) {
		p.counting.Lock()
		defer p.counting.Unlock()
		p.handed[op] = true
		return got, nil
	}
	if !p.fate.anyway {
		for _, r := range got {
			err = errors.Join(err, undo(r))
		}
		p.written()
	}
	p.claiming.Add(-1)
	return nil, errors.Join(err, p.lie())
}

func (p *process) Release(ctx context.Context, worker string, id ledger.ID) error {
	return p.call("Release", func() error { return p.Store.Release(ctx, worker, id) })
}

func (p *process) ReleaseTelling(ctx context.Context, worker string, id ledger.ID, told int, again time.Time, seen int) (more bool, err error) {
	err = p.call("ReleaseTelling", func() error {
		more, err = p.Store.ReleaseTelling(ctx, worker, id, told, again, seen)
		return err
	})
	return more, err
}

func (p *process) Renew(ctx context.Context, worker string, lease time.Duration, deeds, tellings []ledger.ID) error {
	return errors.Join(p.alive(), p.Store.Renew(ctx, worker, lease, deeds, tellings))
}

func (p *process) Get(ctx context.Context, id ledger.ID) (ledger.Request, error) {
	if err := p.alive(); err != nil {
		return ledger.Request{}, err
	}
	p.tells("Get", string(id))
	return p.Store.Get(ctx, id)
}

func (p *process) Freeze(ctx context.Context, by auth.Person, why string) (ledger.Brakes, error) {
	p.tells("Freeze", "")
	defer p.written()
	return p.Store.Freeze(ctx, by, why)
}

func (p *process) Unfreeze(ctx context.Context) (ledger.Brakes, error) {
	defer p.written()
	return p.Store.Unfreeze(ctx)
}

func (p *process) Next(context.Context) (time.Time, error) { return p.nextWork(), p.alive() }

func (p *process) Events(ctx context.Context, id ledger.ID, n int) ([]ledger.Event, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	return p.Store.Events(ctx, id, n)
}

// The channel.

func (p *process) Receive(ctx context.Context, _ intake.Handler) error { <-ctx.Done(); return nil }

func (p *process) Crowd() intake.Crowd { return intake.Crowd{} }

func (p *process) Post(_ context.Context, channel string, c words.Card) (at ledger.Thread, err error) {
	p.tells("Post", string(c.Request))
	err = p.call("Post", func() error {
		at = ledger.Thread{Channel: channel, TS: fmt.Sprint(p.next())}
		p.change(func() { p.cards[at] = c })
		return nil
	})
	return at, err
}

func (p *process) Redraw(_ context.Context, t ledger.Thread, c words.Card) error {
	return p.call("Redraw", func() error { p.change(func() { p.cards[t] = c }); return nil })
}

func (p *process) Reply(_ context.Context, t ledger.Thread, line words.Line) error {
	return p.call("Reply", func() error {
		p.change(func() { p.replies[t] = append(p.replies[t], string(line)) })
		return nil
	})
}

func (p *process) Whisper(context.Context, string, auth.Person, words.Line) error {
	return p.call("Whisper", func() error { return nil })
}

func (p *process) Tell(context.Context, auth.Person, words.Line) error {
	return p.call("Tell", func() error { return nil })
}

func (p *process) Link(t ledger.Thread) string { return "https://example.slack.com/" + t.TS }

func (p *process) Standing(_ context.Context, of auth.Person, _ bool) (auth.Standing, error) {
	return auth.Standing{Known: true, Org: of.Org}, p.alive()
}

func (p *process) Place(context.Context, string, bool) (auth.Place, error) {
	return auth.Place{Known: true}, p.alive()
}

func (p *process) Members(context.Context, string, bool) ([]string, error) { return nil, p.alive() }

// The fleet. Every name is a machine of that name.

func (p *process) ByName(_ context.Context, name string) (out []graph.CloudPC, err error) {
	err = p.call("ByName", func() error { out = []graph.CloudPC{p.machine(name)}; return nil })
	return out, err
}

func (p *process) CloudPC(_ context.Context, id string) (out graph.CloudPC, err error) {
	err = p.call("CloudPC", func() error {
		out = p.machine(id)
		return nil
	})
	return out, err
}

func (p *process) CloudPCs(ctx context.Context, ids []string) (out []graph.Reading) {
	for _, id := range ids {
		pc, err := p.CloudPC(ctx, id)
		out = append(out, graph.Reading{CloudPC: pc, Err: err})
	}
	return out
}

func (p *process) Policy(_ context.Context, id string) (graph.Policy, error) {
	return graph.Policy{ID: id, Image: "Windows 11"}, p.call("Policy", func() error {
		p.tells("Policy", strings.TrimPrefix(id, "policy of "))
		return nil
	})
}

func (p *process) Reprovision(ctx context.Context, id string, _ graph.Build) error {
	return p.call("Reprovision", func() error {
		p.change(func() { p.posts[id] = append(p.posts[id], p.at) })
		return p.says(ctx)
	})
}

func (s *scene) tells(what, of string) {
	if hears := s.hears.Load(); hears != nil {
		(*hears)(what, of)
	}
}

// machine is what Graph shows of a machine now.
func (s *scene) machine(id string) graph.CloudPC {
	s.mu.Lock()
	defer s.mu.Unlock()
	pc := graph.CloudPC{
		ID: id, Name: id, UserPrincipalName: "dan@example.com", PolicyID: "policy of " + id, Beta: true,
		Status: graph.Provisioned, ManagedDeviceID: "m0", AADDeviceID: "a0",
	}
	wipes := s.posts[id]
	if len(wipes) == 0 || s.blind {
		return pc
	}
	began := wipes[len(wipes)-1]
	pc.LastAction = graph.RemoteAction{Name: "Reprovision", State: graph.ActionActive, Started: began}
	pc.Status = graph.Provisioning
	if ready := began.Add(s.built); !s.at.Before(ready) {
		pc.Status, pc.LastAction.State, pc.Provisioned = graph.Provisioned, graph.ActionDone, ready
		pc.ManagedDeviceID, pc.AADDeviceID = "m1", "a1"
	}
	return pc
}
