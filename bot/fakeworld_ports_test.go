package bot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

// process is one life of the bot, and everything that it can reach.
type process struct {
	ledger.Store
	*fakeworld
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

func (w *fakeworld) live(f fate) *process {
	w.t.Helper()
	p := &process{Store: w.open(), fakeworld: w, fate: f, calls: map[string]int{}, handed: map[string]bool{}}
	rules, err := auth.New(auth.Rules{Home: ada.Org, Admins: []string{ada.ID, ben.ID}, Requesters: []string{cem.ID}})
	if err != nil {
		w.t.Fatal(err)
	}
	p.bot = bot.New(bot.Config{
		Inbox: p, Outbox: p, Directory: p, Fleet: machines{p}, Store: p, Rules: rules, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		NotifyOwner: p.owner > 0, OwnerNotice: p.owner, Home: dan.Org,
		Channel: "C_APPROVALS", Admins: func() words.Mentions { return words.Mentions{People: []auth.Person{ada, ben}} }, Approvals: 1, ApprovalTTL: 8 * time.Hour,
		GraphTimeout: 30 * time.Second, SettleTimeout: 5 * time.Minute, FollowInterval: 2 * time.Minute, FollowTimeout: 3 * time.Hour,
		Pause: time.Millisecond, Idle: 10 * time.Millisecond,
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(w.t.Context()))
	p.stop = stop
	ended := make(chan error, 1)
	go func() { ended <- p.bot.Run(ctx) }()
	w.t.Cleanup(func() {
		stop()
		if p.dead.Load() { // it reaches nothing any more, however long it tries
			return
		}
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
	return p
}

func (p *process) types(who auth.Person, g ledger.Interaction, text string) string {
	return string(bot.Handler(p.bot).Ask(p.t.Context(), intake.Ask{Interaction: g, By: who, Channel: "C_IT", Text: text}).Line)
}

func (p *process) presses(who auth.Person, r ledger.Request, a words.Action) intake.Response {
	return bot.Handler(p.bot).Click(p.t.Context(), intake.Click{Interaction: p.interaction(), By: who, At: r.Card, Action: a, Value: string(r.ID)})
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
var writes = map[string]bool{"Create": true, "Replace": true, "Submit": true, "Release": true, "Finish": true}

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

func (p *process) Create(ctx context.Context, r ledger.Revision) (out ledger.Request, err error) {
	err = p.call("Create", func() (err error) { out, err = p.Store.Create(ctx, r); return err })
	return out, err
}

func (p *process) Replace(ctx context.Context, r ledger.Revision) (out ledger.Request, err error) {
	p.tells("Replace", string(r.ID))
	err = p.call("Replace", func() (err error) { out, err = p.Store.Replace(ctx, r); return err })
	return out, err
}

func (p *process) Submit(ctx context.Context, r ledger.Revision, b ledger.Budget) (out ledger.Request, err error) {
	err = p.call("Submit", func() (err error) { out, err = p.Store.Submit(ctx, r, b); return err })
	return out, err
}

func (p *process) Claim(ctx context.Context, kind ledger.JobKind, worker string, lease time.Duration, n int) ([]ledger.Job, error) {
	return p.claim("Claim "+string(kind), func() ([]ledger.Job, error) { return p.Store.Claim(ctx, kind, worker, lease, n) },
		func(j ledger.Job) error { return p.Store.Release(ctx, worker, j) })
}

// claim counts only claims that got something; undo makes it that nothing happened. What the
// bot was handed it knows of by its next claim.
func (p *process) claim(op string, do func() ([]ledger.Job, error), undo func(ledger.Job) error) ([]ledger.Job, error) {
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
		for _, j := range got {
			err = errors.Join(err, undo(j))
		}
		p.written()
	}
	p.claiming.Add(-1)
	return nil, errors.Join(err, p.lie())
}

func (p *process) Release(ctx context.Context, worker string, j ledger.Job) error {
	return p.call("Release", func() error { return p.Store.Release(ctx, worker, j) })
}

func (p *process) Finish(ctx context.Context, worker string, j ledger.Job, told int, next time.Time) (more bool, err error) {
	err = p.call("Finish", func() error { more, err = p.Store.Finish(ctx, worker, j, told, next); return err })
	return more, err
}

func (p *process) Renew(ctx context.Context, worker string, lease time.Duration, kind ledger.JobKind, keys []string) error {
	return errors.Join(p.alive(), p.Store.Renew(ctx, worker, lease, kind, keys))
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

func (p *process) Next(context.Context, string) (time.Time, error) { return p.nextWork(), p.alive() }

func (p *process) Events(ctx context.Context, id ledger.ID, n int) ([]ledger.Event, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	return p.Store.Events(ctx, id, n)
}

// The channel.

func (p *process) Receive(ctx context.Context, _ intake.Handler) error { <-ctx.Done(); return nil }

func (p *process) SocketCount() intake.SocketCount { return intake.SocketCount{} }

func (p *process) Post(_ context.Context, channel string, c words.Card, _ words.Mentions) (at ledger.Thread, err error) {
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

func (p *process) Reply(_ context.Context, t ledger.Thread, line words.Line, _ words.Mentions) error {
	return p.call("Reply", func() error {
		p.change(func() { p.replies[t] = append(p.replies[t], string(line)) })
		return nil
	})
}

func (p *process) Whisper(context.Context, string, auth.Person, words.Line) error {
	return p.call("Whisper", func() error { return nil })
}

func (p *process) Offer(context.Context, string, auth.Person, words.Line, []words.Pick) error {
	return p.call("Offer", func() error { return nil })
}

func (p *process) Tell(context.Context, auth.Person, words.Line) error {
	return p.call("Tell", func() error { return nil })
}

func (p *process) Notify(context.Context, auth.Person, words.Notice) (ledger.Thread, error) {
	return ledger.Thread{Channel: "D_DAN", TS: fmt.Sprint(p.next())}, p.call("Notify", func() error { return nil })
}

func (p *process) Revise(context.Context, ledger.Thread, words.Notice) error {
	return p.call("Revise", func() error { return nil })
}

func (p *process) Link(t ledger.Thread) string { return "https://example.slack.com/" + t.TS }

func (p *process) Standing(_ context.Context, of auth.Person, _ bool) (auth.Standing, error) {
	return auth.Standing{Known: true, Org: of.Org}, p.alive()
}

func (p *process) Place(context.Context, string, bool) (auth.Place, error) {
	return auth.Place{Known: true}, p.alive()
}

func (p *process) Members(context.Context, string, bool) ([]string, error) { return nil, p.alive() }

func (p *process) Email(_ context.Context, of auth.Person, _ bool) (string, error) {
	return of.ID + "@example.com", p.alive()
}

func (p *process) ByEmail(context.Context, string) (auth.Person, auth.Standing, error) {
	return dan, auth.Standing{Known: true, Org: dan.Org}, p.alive()
}

// The fleet. Every name is a machine of that name.

// machines is a process as a fleet: its own Find is that of a store.
type machines struct{ *process }

func (m machines) AuditEvents(context.Context, time.Time) ([]graph.AuditEvent, error) {
	return nil, nil
}

func (m machines) Access(context.Context) (graph.Access, error) { return graph.Access{}, nil }

func (m machines) Find(_ context.Context, name string) (out []graph.Match, err error) {
	err = m.call("Find", func() error { out = []graph.Match{{CloudPC: m.machine(name)}}; return nil })
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

func (p *process) Recheck(_ context.Context, id, policy string) (pc graph.CloudPC, of graph.Policy, missing bool, err error) {
	err = p.call("Recheck", func() error {
		p.tells("Policy", strings.TrimPrefix(policy, "policy of "))
		pc, of = p.machine(id), graph.Policy{ID: policy, Image: "Windows 11"}
		return nil
	})
	return pc, of, false, err
}

func (p *process) FindUser(context.Context, string) ([]graph.Match, error) { return nil, p.alive() }

func (p *process) Inspect(ctx context.Context, m graph.Match) (in graph.Inspection, err error) {
	if in.CloudPC, err = p.CloudPC(ctx, m.ID); err == nil {
		in.Policy, in.PolicyErr = p.Policy(ctx, in.CloudPC.PolicyID)
	}
	return in, err
}

func (p *process) List(context.Context) ([]graph.Listed, error) { return nil, p.alive() }

func (p *process) Image(context.Context, string, string) (graph.Image, error) {
	return graph.Image{}, p.alive()
}

func (p *process) Reprovision(ctx context.Context, id string, _ graph.Build) error {
	return p.call("Reprovision", func() error {
		p.change(func() { p.posts[id] = append(p.posts[id], p.at) })
		return p.says(ctx)
	})
}
