package bot

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/execute"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
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
	Observer  Observer // nil = nobody

	Home       string // the organisation of the installation, as persons of it carry it
	FormerHome string // an id that it may have had before, as a workspace that joined an Enterprise Grid; empty = none

	// Admins are mentioned where a request waits for them, and Approvers are called when a card goes up.
	// Both are asked each time, because the lists may change while the bot runs; nil is nobody.
	Admins, Approvers func() words.Mentions

	Channel        string        // where cards are posted; empty = where the command was typed
	NotifyOwner    bool          // the person whose machine it is is told, once it is approved
	OwnerNotice    time.Duration // how long after the approval they may say "not now"
	Links          words.Links   // that cards lead to
	MaxOpen        int           // requests of one person that may wait at once; 0 = no limit
	RequireReason  bool          // a request without a reason is refused
	Protected      []string      // ids of policies and Cloud PCs, and users, whose machines are never erased
	AllowOwner     bool          // people may approve that their own machine is erased
	StartFrozen    bool          // start with the brakes on
	Approvals      int           // approvals a request needs
	ApprovalTTL    time.Duration // how long a card waits for approval, and an approval for the call
	Budget         ledger.Budget // how many machines may be erased within an hour
	GraphTimeout   time.Duration // deadline of the call
	SettleTimeout  time.Duration // how long an unconfirmed request looks for evidence before people are asked
	FollowInterval time.Duration // how often a run is looked at
	FollowTimeout  time.Duration // when a run is called overdue
	Retain         time.Duration // how long after the end of a request its words are kept; 0 = for ever

	ReconcileInterval time.Duration  // how often the tenant's audit log is read for what was done past this bot; 0 = never
	OutsideErase      func(own bool) // is called for each erase that was found so, under the bot's own application or not; nil = nothing

	// SelfService lets people reprovision machines of their own; nil = it is switched off. Their requests need
	// SelfServiceApprovals.
	SelfService          *execute.SelfService
	SelfServiceApprovals int

	// ResolveTimeout is how long a request may look for its machine and for a place for
	// its card; zero means ten minutes.
	ResolveTimeout time.Duration
	// Idle is the longest rest between looks at the ledger; zero means five seconds.
	Idle time.Duration
	// Heartbeat is how often the workers on a ledger are counted; zero means five seconds.
	Heartbeat time.Duration
	// Pause is the first pause after a failure that passes; it doubles up to sixty times
	// that. Zero means a second.
	Pause time.Duration
}

// Observer learns what the bot does, as for metrics.
type Observer interface {
	requests.Observer
	worker.Observer
}

// Bot is one worker on a ledger. Several may share a ledger, in one process or many.
type Bot struct {
	inbox    intake.Inbox
	intake   *intake.Intake
	executor *execute.Executor
	notifier *notify.Notifier
	worker   *worker.Worker
	names    *execute.Directory
	freeze   func(context.Context) error // nil = start as it was
	retain   worker.Work
	schedule func(context.Context) // makes periodic work due, and tries until it is
}

// New builds a bot from ready parts.
func New(c Config) *Bot {
	w := worker.New(worker.Config{
		Store: c.Store, Log: c.Log, Observer: c.Observer,
		Idle: cmp.Or(c.Idle, 5*time.Second), HeartbeatEvery: cmp.Or(c.Heartbeat, 5*time.Second), Pause: cmp.Or(c.Pause, time.Second),
	})
	all := &requests.Requests{
		Store: c.Store, Worker: w, Log: c.Log, Observer: c.Observer,
		ApprovalTTL: c.ApprovalTTL, ResolveTimeout: cmp.Or(c.ResolveTimeout, 10*time.Minute),
	}
	j := &judge.Judge{
		Directory: c.Directory, Rules: c.Rules, Log: c.Log,
		Home: c.Home, FormerHome: c.FormerHome, Channel: c.Channel, Approvals: c.Approvals, SelfServiceApprovals: c.SelfServiceApprovals,
	}
	n := &notify.Notifier{Outbox: c.Outbox, Requests: all, Worker: w, Admins: orNobody(c.Admins), AllowOwner: c.AllowOwner, Links: c.Links, Channel: c.Channel}
	names := execute.NewDirectory(c.Fleet, c.Log, func() time.Time { return c.Store.Now() })
	executor := execute.New(execute.Config{
		Fleet: c.Fleet, Directory: names, Outbox: c.Outbox, Notifier: n, Judge: j, Requests: all, Worker: w,
		NotifyOwner: c.NotifyOwner, OwnerNotice: c.OwnerNotice, Protected: c.Protected, AllowOwner: c.AllowOwner, Approvers: orNobody(c.Approvers), Links: c.Links, Channel: c.Channel, Budget: c.Budget, GraphTimeout: c.GraphTimeout, SettleTimeout: c.SettleTimeout,
		FollowInterval: c.FollowInterval, FollowTimeout: c.FollowTimeout,
		ReconcileInterval: c.ReconcileInterval, OutsideErase: c.OutsideErase, SelfService: c.SelfService,
	})
	var freeze func(context.Context) error
	if c.StartFrozen {
		freeze = func(ctx context.Context) error {
			_, err := c.Store.Freeze(ctx, auth.Person{}, "")
			return err
		}
	}
	return &Bot{
		retain: all.RetainWork(c.Retain),
		schedule: func(ctx context.Context) {
			for n := 1; c.Retain > 0 && ctx.Err() == nil; n++ {
				err := c.Store.Schedule(ctx, ledger.JobRetain, requests.RetainKey, c.Store.Now())
				if err == nil {
					w.Wake(ledger.JobRetain)
					return
				}
				c.Log.Warn("the ledger did not schedule the look for words that are too old; trying again", "error", err)
				worker.Sleep(ctx, w.BackOff(n))
			}
		},
		freeze: freeze, names: names, inbox: c.Inbox, worker: w, notifier: n, executor: executor,
		intake: intake.New(intake.Config{
			Outbox: c.Outbox, Judge: j, Requests: all, Worker: w, Machines: names, Log: c.Log,
			Channel: c.Channel, MaxOpen: c.MaxOpen, RequireReason: c.RequireReason, Budget: c.Budget, SelfService: c.SelfService != nil,
		}),
	}
}

// shutdownGrace is how long work that has begun may take once the bot was asked to stop.
const shutdownGrace = 8 * time.Second

// Run works until ctx ends, finishes what is in flight, and returns nil. It fails when
// Slack rejects the bot for good.
func (b *Bot) Run(ctx context.Context) error {
	if b.freeze != nil {
		if err := b.freeze(ctx); err != nil {
			return fmt.Errorf("start frozen: %w", err)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	context.AfterFunc(ctx, b.worker.Stop)
	working, done := worker.Grace(ctx, shutdownGrace)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		b.worker.Keep(working, func() worker.SocketCount { return worker.SocketCount(b.inbox.SocketCount()) })
	}()
	defer func() { done(); <-kept }()
	g.Go(func() error { b.executor.ScheduleReading(ctx); return nil })
	g.Go(func() error { b.schedule(ctx); return nil })
	g.Go(func() error { b.executor.EndOrphans(ctx); return nil })
	g.Go(func() error { return b.inbox.Receive(ctx, b.intake) })
	g.Go(func() error {
		return b.worker.Run(ctx, working, map[ledger.JobKind]worker.Work{
			ledger.JobStep: b.executor.Work(), ledger.JobThread: b.notifier.Work(), ledger.JobOwner: b.notifier.OwnerWork(),
			ledger.JobReconcile: b.executor.ReconcileWork(), ledger.JobOutside: b.notifier.OutsideWork(),
			ledger.JobRetain: b.retain,
		})
	})
	err := g.Wait()
	b.intake.Drain(working)
	b.names.Close()
	b.executor.EndSignIns()
	return err
}
