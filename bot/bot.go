package bot

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/execute"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
)

// Config is the parts a bot is made of, and its times.
type Config struct {
	Inbox     intake.Inbox
	Outbox    notify.Outbox
	Directory judge.Directory
	Fleet     execute.Fleet
	Store     ledger.Store
	Rules     auth.Rule
	Log       *slog.Logger

	Home       string // the organisation of the installation, as persons of it carry it
	FormerHome string // an id that it may have had before, as a workspace that joined an Enterprise Grid; empty = none

	Channel        string        // where cards are posted; empty = where the command was typed
	Admins         []auth.Person // are mentioned where a request waits for them
	AdminGroups    []string      // user groups, likewise
	Approvals      int           // approvals a request needs
	ApprovalTTL    time.Duration // how long a card waits for approval, and an approval for the deed
	Budget         ledger.Budget // how many machines may be wiped within an hour
	GraphTimeout   time.Duration // deadline of the call
	SettleTimeout  time.Duration // how long an unconfirmed request looks for evidence before people are asked
	FollowInterval time.Duration // how often a run is looked at
	FollowTimeout  time.Duration // when a run is called overdue

	// ResolveTimeout is how long a request may look for its machine and for a place for
	// its card; zero means ten minutes.
	ResolveTimeout time.Duration
	// Idle is the longest rest between looks at the ledger; zero means five seconds.
	Idle time.Duration
	// Census is how often the workers on a ledger are counted; zero means five seconds.
	Census time.Duration
	// Pause is the first pause after a failure that passes; it doubles up to sixty times
	// that. Zero means a second.
	Pause time.Duration
}

// Bot is one worker on a ledger. Several may share a ledger, in one process or many.
type Bot struct {
	Config
	name string // in claims

	stopping        atomic.Bool    // asked to stop: nothing new is begun
	gestures        sync.WaitGroup // that the ledger has not answered yet, and late answers to them
	over            chan struct{}  // closed when nothing is waited for any more
	waiting         atomic.Int64   // gestures that are not acknowledged yet
	doing, telling  *held          // what is in hand
	heard           heard          // by Slack, of what is being told
	deeds, tellings chan struct{}  // a full one says that there may be work
	breath          breath         // wakes the tellings
}

// New builds a bot from ready parts.
func New(c Config) *Bot {
	c.ResolveTimeout = cmp.Or(c.ResolveTimeout, 10*time.Minute)
	c.Idle = cmp.Or(c.Idle, 5*time.Second)
	c.Census = cmp.Or(c.Census, 5*time.Second)
	c.Pause = cmp.Or(c.Pause, time.Second)
	b := &Bot{Config: c, name: uuid.NewString(), over: make(chan struct{}), deeds: make(chan struct{}, 1), tellings: make(chan struct{}, 1)}
	b.doing, b.telling = &held{}, &held{putBack: b.putBack}
	return b
}

// windDown is how long work that has begun may take once the bot was asked to stop.
const windDown = 8 * time.Second

// Run works until ctx ends, finishes what is in hand, and returns nil. It fails when
// Slack rejects the bot for good.
func (b *Bot) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	context.AfterFunc(ctx, func() { b.stopping.Store(true) })
	working, done := outlive(ctx, windDown)
	var keeping sync.WaitGroup
	keeping.Go(func() { b.keep(working) })
	keeping.Go(func() { b.attend(working) })
	keeping.Go(func() { b.hear(working) })
	defer keeping.Wait()
	defer done()
	g.Go(func() error { return b.Inbox.Receive(ctx, b) })
	g.Go(func() error {
		return b.shift(ctx, working, job{wake: b.deeds, claim: b.Store.Claim, parties: watchers, do: b.workOn, held: b.doing})
	})
	g.Go(func() error {
		return b.shift(ctx, working, job{wake: b.tellings, claim: b.Store.ClaimTelling, parties: apart, do: b.tell, held: b.telling})
	})
	err := g.Wait()
	b.hearOut(working)
	close(b.over)
	return err
}

// hearOut waits for gestures that the ledger has not answered yet, until ctx ends.
func (b *Bot) hearOut(ctx context.Context) {
	done := make(chan struct{})
	go func() { b.gestures.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		b.Log.Warn("stopped before the ledger had answered every gesture")
	}
}

// outlive is a context that ends a while after ctx does.
func outlive(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(by, func() { cancel(errors.New("stopped")) })
	})
	return longer, func() { stop(); cancel(context.Canceled) }
}

// parting is for the last write of some work, also where that was cut short. A bot that is
// being stopped has little time for it: what it leaves behind ends by itself.
func (b *Bot) parting(ctx context.Context) (context.Context, context.CancelFunc) {
	patience := 5 * time.Second
	if b.stopping.Load() {
		patience = time.Second
	}
	return context.WithTimeout(context.WithoutCancel(ctx), patience)
}

// log is the logger of one request.
func (b *Bot) log(r ledger.Request) *slog.Logger {
	return b.Log.With("request", string(r.ID), "pc", words.MachineName(r))
}

// moved logs what a swap changed, one line a transition.
func (b *Bot) moved(before ledger.State, r ledger.Request, news []ledger.Event) {
	for _, e := range news {
		attrs := []any{"event", string(e.Kind), "from", string(before), "to", string(e.To)}
		if !e.By.IsZero() {
			attrs = append(attrs, "by", e.By.ID)
		}
		if e.Act != "" {
			attrs = append(attrs, "act", string(e.Act), "verdict", string(e.Verdict))
		}
		if e.Cause.Code != "" {
			attrs = append(attrs, "cause", string(e.Cause.Code), "detail", e.Cause.Detail, "status", e.Cause.Status, "request-id", e.Cause.RequestID)
			if e.Cause.Reason != "" {
				attrs = append(attrs, "reason", e.Cause.Reason)
			}
			if do := words.Cure(e.Cause); do != "" {
				attrs = append(attrs, "cure", do)
			}
		}
		if e.Call != "" {
			attrs = append(attrs, "client-request-id", e.Call)
		}
		b.log(r).Info("request moved", attrs...)
		before = e.To
	}
}
