package ops

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"golang.org/x/sync/errgroup"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/postgres"
	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/metrics"
	"cloudpc-bot/bot/ops/doctor"
	"cloudpc-bot/bot/slackio"
	"cloudpc-bot/graph"
)

// Serve runs the bot that the environment describes until ctx ends, and then returns nil. version is
// only logged. The probes answer from the start. Serve waits for what passes, such as a service that
// does not answer, and fails only with what a person has to put right; a mistake in the configuration
// is a *config.Error.
func Serve(ctx context.Context, logs io.Writer, version string) error {
	cfg, err := config.Read()
	if err != nil {
		return err
	}
	log := logger(cfg, logs)
	for _, n := range cfg.Nearly {
		log.Warn("an environment variable is set that cloudpc-bot does not know; another was probably meant", "variable", n.Name, "meant", n.Meant)
	}
	counted := metrics.New(strings.TrimPrefix(version, "cloudpc-bot "))
	probes, err := Probes(cfg.HTTPAddr, counted.Handler(), log)
	if err != nil {
		return err
	}
	defer probes.Close()
	counted.Watch(metrics.Sources{Parts: probes.Parts})
	ctx, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup // goroutines that run beside the bot
	defer beside.Wait()
	defer stop()

	s := &services{Config: cfg, log: log, probes: probes, metrics: counted}
	err = s.open(ctx, &beside)
	if s.store != nil {
		defer s.store.Close()
	}
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	lists, err := NewLists(cfg, s.slack.Home(), log)
	if err != nil {
		return err
	}
	go lists.Follow(ctx) // not in beside: a file on a server that is gone may never be read
	look := &looks{Workspace: s.slack, log: log}
	probes.Ready(map[string]Check{
		"configuration": look.Ready,
		"ledger":        s.ledger,
		"slack":         s.slack.Ready,
		"entra":         s.entra,
		"graph":         s.graphAnswers,
		"lists":         lists.Ready,
		"clock":         s.clock,
	})
	counted.Watch(metrics.Sources{Ledger: s.store, Parts: probes.Parts, Sockets: s.slack.OpenSockets})
	beside.Go(func() { s.tellStanding(ctx) })
	beside.Go(func() {
		look.follow(ctx, lists, func() doctor.Setup {
			admins, requesters := lists.Now()
			return doctor.Setup{
				Admins: admins, Requesters: requesters, Channel: cfg.ApprovalChannel, Approvals: cfg.Approvals, AllowSelf: cfg.AllowSelf,
				SelfService: cfg.SelfService, SelfServiceApprovals: cfg.SelfServiceApprovals,
			}
		})
	})
	people, groups := auth.Apart(cfg.Admins)
	log.Info("cloudpc-bot started", "version", version, "admins", len(people), "admin_groups", len(groups), "graph", cfg.GraphURL)
	return bot.New(bot.Config{
		Home: s.slack.Home(), FormerHome: s.slack.FormerHome(),
		Inbox: s.slack, Outbox: s.slack, Directory: s.slack, Fleet: s.fleet, Store: s.store, Rules: lists, Log: log, Observer: counted,
		Channel: cfg.ApprovalChannel, Admins: lists.Admins, Approvers: lists.Approvers,
		Links: links(cfg.GraphURL), MaxOpen: cfg.MaxOpen, RequireReason: cfg.RequireReason,
		NotifyOwner: cfg.NotifyOwner, OwnerNotice: cfg.OwnerNotice, Protected: cfg.Protected, AllowOwner: cfg.AllowOwner, StartFrozen: cfg.StartFrozen,
		Approvals: cfg.Approvals, ApprovalTTL: cfg.ApprovalTTL,
		Budget:       ledger.Budget{PerHour: cfg.MaxPerHour, PerPerson: cfg.MaxPerAdminHour},
		GraphTimeout: cfg.GraphTimeout, SettleTimeout: cfg.SettleTimeout,
		FollowInterval: cfg.FollowInterval, FollowTimeout: cfg.FollowTimeout, Retain: cfg.Retain,
		SelfService: s.selfService(), SelfServiceApprovals: cfg.SelfServiceApprovals,
		ReconcileInterval: cfg.ReconcileInterval, OutsideErase: counted.OutsideErase,
	}).Run(ctx)
}

// services are the services that the bot needs; a field is nil until its service is open.
type services struct {
	config.Config
	log     *slog.Logger
	probes  *Server
	metrics *metrics.Metrics

	transport *http.Transport // to Entra and Graph
	fleet     *graph.Client
	slack     *slackio.Client
	store     ledger.Store
}

// open opens all services concurrently, and waits for those that do not answer yet. It fails with the
// first error that does not pass. It does not wait for Entra, because during an outage of Entra people
// can still type commands and approve; a goroutine in beside then keeps asking for a token.
func (s *services) open(ctx context.Context, beside *sync.WaitGroup) error {
	roots, err := auth.Roots(s.CACerts)
	if err != nil {
		return err
	}
	transport := auth.Transport(roots)
	s.transport = transport
	identity := func() (azcore.TokenCredential, error) {
		return auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: s.DisableInstanceDiscovery, Transport: transport, Secret: s.ClientSecret})
	}
	cred, err := identity()
	if err != nil {
		return err
	}
	s.fleet, err = graph.New(graph.Config{
		URL: s.GraphURL, Credential: cred, Renew: identity, Beta: s.GraphBeta, Timeout: s.GraphTimeout, Transport: transport, Log: s.log, Observer: s.metrics,
	})
	if err != nil {
		return err
	}
	all, starting := errgroup.WithContext(ctx)
	all.Go(func() error {
		s.probes.Waiting("Entra", errSilent)
		defer s.probes.Waiting("Entra", nil)
		err := s.signIn(starting)
		if err == nil || errors.Is(err, graph.ErrRejected) || starting.Err() != nil {
			return err
		}
		s.log.Warn("Entra has not given a token yet; trying again", "error", err)
		beside.Go(func() { s.keepSigningIn(ctx) })
		return nil
	})
	all.Go(func() (err error) {
		s.slack, err = openWithRetry(starting, s, "Slack", slackio.ErrUnreachable, func() (*slackio.Client, error) {
			return slackio.Open(starting, slackio.Config{
				AppToken: s.SlackAppToken, BotToken: s.SlackBotToken, APIURL: s.SlackAPIURL, Pace: s.SlackPace,
				HTTP:   &http.Client{Transport: transport, Timeout: 10 * time.Second, CheckRedirect: stay},
				Scopes: Scopes(s.Admins, s.Requesters), Log: s.log, Observer: s.metrics,
			})
		})
		if err != nil {
			return err
		}
		return s.twoApps(starting)
	})
	database := "PostgreSQL"
	if config.SQLiteFile(s.DatabaseURL) != "" {
		database = "the ledger's file"
	}
	all.Go(func() error {
		store, err := openWithRetry(starting, s, database, postgres.ErrUnreachable, func() (ledger.Store, error) {
			return openLedger(starting, s.DatabaseURL)
		})
		if err == nil {
			s.store = store
		}
		return err
	})
	return all.Wait()
}

// signIn asks Entra for a token, once, for at most 10 s.
func (s *services) signIn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return s.fleet.SignIn(ctx)
}

// keepSigningIn asks Entra for a token until it gets one, so that the first command does not have to
// wait for it and the log shows when the outage is over. If Entra rejects the bot's identity now, the
// bot keeps running and tells people why it cannot act: it has started already.
func (s *services) keepSigningIn(ctx context.Context) {
	for n := 1; sleep(ctx, backOff(n)); n++ {
		switch err := s.signIn(ctx); {
		case ctx.Err() != nil:
		case errors.Is(err, graph.ErrRejected):
			s.log.Error("Entra rejects the bot's identity", "error", err)
			return
		case err != nil:
			s.log.Warn("Entra has not given a token yet; trying again", "error", err)
		default:
			s.log.Info("Entra gave a token")
			return
		}
	}
}

// errSilent is why the start waits for a service that has not been asked successfully yet.
var errSilent = errors.New("it has not answered yet")

// openWithRetry opens a service, and tries again with back-off while open fails with outOfReach.
func openWithRetry[T any](ctx context.Context, s *services, service string, outOfReach error, open func() (T, error)) (T, error) {
	s.probes.Waiting(service, errSilent)
	for n := 1; ; n++ {
		got, err := open()
		if err == nil {
			s.probes.Waiting(service, nil)
			if n > 1 {
				s.log.Info("a service answered after several attempts", "service", service, "attempts", n)
			}
			return got, nil
		}
		if !errors.Is(err, outOfReach) || ctx.Err() != nil {
			return got, err
		}
		s.probes.Waiting(service, err)
		pause := backOff(n)
		if slow, ok := errors.AsType[*causes.ThrottledError](err); ok {
			pause = max(pause, slow.After)
		}
		s.log.Warn("the bot waits for a service without which it cannot start", "service", service, "error", err, "pause", pause)
		if !sleep(ctx, pause) {
			return got, ctx.Err()
		}
	}
}

const (
	shortest = 500 * time.Millisecond // pause after the first failed attempt
	longest  = 30 * time.Second       // the most that it grows to
)

// backOff is the pause after n attempts. It doubles each time, and jitter of a quarter keeps processes
// that wait for the same service from asking at the same time.
func backOff(n int) time.Duration {
	d := min(shortest<<min(n-1, 10), longest)
	return d - d/4 + rand.N(d/2)
}

// sleep returns after d, or when ctx ends. It reports whether d has passed.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// openLedger opens the database that a DATABASE_URL names.
func openLedger(ctx context.Context, address auth.Secret) (ledger.Store, error) {
	if file := config.SQLiteFile(address); file != "" {
		return sqlite.Open(ctx, file, sqlite.Options{})
	}
	return postgres.Open(ctx, address.Reveal(), postgres.Options{})
}

// stay keeps an HTTP client from following redirects: Slack's tokens must go to Slack and nowhere else.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func logger(c config.Config, out io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(out, o))
	}
	return slog.New(slog.NewTextHandler(out, o))
}
