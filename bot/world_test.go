package bot_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/slackio"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// world is a workspace, a tenant, and the bot between them.
type world struct {
	ctx     context.Context
	t       *testing.T
	slack   *slackfake.Workspace
	tenant  *graphfake.Tenant
	clock   *clock
	calls   words.Mentions // by NOTIFY_APPROVERS, over all lives of the bot
	logs    *logs
	keys    sync.Map // of log lines, that are in no table
	ledger  string   // its DATABASE_URL
	set     map[string]string
	started bool
	waits   time.Duration                   // for a thing to happen
	between func(ledger.Store) ledger.Store // stands between the bot and its ledger; nil = nothing

	bot   *running
	first *running               // where two run: the one that was there before
	eyes  *sql.DB                // looks at the ledger
	last  *slackfake.Interaction // the newest command

	held   atomic.Pointer[chan struct{}] // the answer of the next POST waits for it
	sees   map[string]int                // how much of what each person sees was matched
	thread map[string]int                // how many replies of each card were matched
	posts  int                           // how many POSTs were matched

	second ledger.Store // a second look at the ledger
	forged int          // how many forms were forged

	outside int          // how many cards about what was done past the bot were matched
	erases  atomic.Int64 // how many erases past the bot were counted
}

// running is one life of the bot.
type running struct {
	stop  context.CancelFunc
	dead  *atomic.Bool
	ended chan error
}

// clock is the script's: it runs, and jumps when told.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

var channels = map[string]string{
	"#it": "C_IT", "#random": "C_RANDOM", "#secret": "C_SECRET", "#approvals": "C_APPROVALS", "#partners": "C_PARTNERS",
}

var persons = []string{"ada", "ben", "cem", "dan", "fay", "gil", "eve"}

// user is the id of a person, or of a user group, whose name begins with @.
func user(name string) string {
	if group, ok := strings.CutPrefix(name, "@"); ok {
		return "S_" + strings.ToUpper(group)
	}
	return "U_" + strings.ToUpper(name)
}

func newWorld(ctx context.Context, t *testing.T, database string, shape ...func(*slackfake.Config)) *world {
	t.Helper()
	w := &world{
		ctx: ctx, t: t, clock: &clock{}, logs: &logs{}, ledger: databases[database](t), waits: 20 * time.Second,
		set: map[string]string{"APPROVALS": "0"}, sees: map[string]int{}, thread: map[string]int{},
	}
	fake := slackfake.Config{Tier2: 20}
	for _, f := range shape {
		f(&fake)
	}
	var err error
	if w.slack, err = slackfake.New(fake); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.slack.Close)
	w.people()
	w.tenant, err = graphfake.New(graphfake.Config{Now: w.clock.now, Lag: 1000 * time.Hour, Build: -1, TokenLife: 1000 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.tenant.Close)
	w.tenant.OnCall(func(c graphfake.Call, phase string) {
		if hold := w.held.Load(); hold != nil && c.Kind == graphfake.Reprovision && phase == graphfake.Acted {
			select {
			case <-*hold:
			case <-ctx.Done():
			}
		}
	})
	w.machines()
	return w
}

func (w *world) people() {
	database := []string{}
	for _, name := range []string{"ada", "ben", "cem", "dan", "fay"} {
		w.slack.AddPerson(slackfake.Person{ID: user(name), Name: name, Email: name + "@example.com"})
		database = append(database, user(name))
	}
	w.slack.AddPerson(slackfake.Person{ID: user("gil"), Name: "gil", Guest: true})
	w.slack.AddPerson(slackfake.Person{ID: user("eve"), Name: "eve", Team: "T_OTHER", Stranger: true})
	for _, c := range []slackfake.Channel{
		{Name: "#it", BotIn: true, Members: append(slices.Clone(database), user("gil"))},
		{Name: "#random", Members: database},
		{Name: "#secret", Private: true, Members: database},
		{Name: "#approvals", BotIn: true, Members: []string{user("ada"), user("ben"), user("fay")}},
		{Name: "#partners", BotIn: true, ExtShared: true, Members: append(slices.Clone(database), user("eve"))},
	} {
		c.ID, c.Name = channels[c.Name], strings.TrimPrefix(c.Name, "#")
		w.slack.AddChannel(c)
	}
}

// hostileName is the name of a machine that somebody called so on purpose.
const hostileName = "CPC `x` <!channel>"

func (w *world) machines() {
	for i, m := range []struct{ name, status string }{
		{"CPC-ada", "provisioned"}, {"CPC-bob", "provisioned"}, {"CPC-twin", "provisioned"}, {"CPC-twin", "provisioned"},
		{"CPC-busy", "resizing"}, {"CPC-failed", "failed"}, {"CPC <b>&", "provisioned"}, {hostileName, "provisioned"},
	} {
		w.tenant.Add(graphfake.CloudPC{
			ID: fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", i+1), DisplayName: m.name, ManagedDeviceName: fmt.Sprintf("CPC-DEV-%d", i+1),
			Status: m.status, UserPrincipalName: "dan@example.com", UserID: objectID("dan@example.com"), ProvisioningPolicyName: "Standard", ImageDisplayName: "Windows 11 Enterprise 24H2",
		})
	}
}

// machine is the id of the first machine of a name.
func (w *world) machine(name string) string {
	for _, pc := range w.tenant.PCs() {
		if pc.DisplayName == name {
			return pc.ID
		}
	}
	return name
}

func (w *world) duration(name string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(w.set[name]); err == nil {
		return d
	}
	return otherwise
}

func (w *world) number(name string) int {
	n, _ := strconv.Atoi(w.set[name])
	return n
}

// list is the user ids of the people a setting names.
func (w *world) list(name, otherwise string) (ids []string) {
	text, ok := w.set[name]
	if !ok {
		text = otherwise
	}
	for name := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		ids = append(ids, user(name))
	}
	return ids
}

// approvers is NOTIFY_APPROVERS.
func (w *world) approvers() []string {
	switch text := cmp.Or(w.set["NOTIFY_APPROVERS"], "auto"); text {
	case "auto", "off":
		return []string{text}
	}
	return w.list("NOTIFY_APPROVERS", "")
}

// found makes the user groups that the script has set, each once, and lets the app hear of
// the events that it names.
func (w *world) found() {
	for name, members := range w.set {
		if strings.HasPrefix(name, "@") {
			w.slack.AddGroup(slackfake.Group{ID: user(name), Handle: name[1:], Users: w.list(name, members)})
			delete(w.set, name)
		}
	}
	w.slack.Subscribe(strings.Split(w.set["EVENTS"], ",")...)
}

// start begins a life of the bot on the world's ledger.
func (w *world) start() error {
	w.found()
	log := slog.New(keyed{slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}), &w.keys})
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(w.tenant.CertPEM())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	identity := func() (azcore.TokenCredential, error) {
		return azidentity.NewClientSecretCredential(w.tenant.TenantID(), w.tenant.ClientID(), w.tenant.ClientSecret(), &azidentity.ClientSecretCredentialOptions{
			ClientOptions:            azcore.ClientOptions{Transport: &http.Client{Transport: transport}, Cloud: authority(w.tenant), Retry: policy.RetryOptions{MaxRetries: -1}},
			DisableInstanceDiscovery: true,
		})
	}
	cred, err := identity()
	if err != nil {
		return err
	}
	fleet, err := graph.New(graph.Config{
		URL: w.tenant.URL(), Credential: cred, Renew: identity, Now: w.clock.now, Beta: w.set["GRAPH_BETA"] != "false", Timeout: w.duration("GRAPH_TIMEOUT", 30*time.Second),
		Transport: transport, Log: log,
	})
	if err != nil {
		return err
	}
	slack, err := slackio.Open(w.ctx, slackio.Config{
		AppToken: auth.NewSecret(w.slack.AppToken()), BotToken: auth.NewSecret(w.slack.BotToken()), APIURL: w.slack.URL(), HTTP: &http.Client{Timeout: 10 * time.Second}, Log: log,
		Now: w.clock.now, Pace: w.duration("SLACK_PACE", 0),
	})
	if err != nil {
		return err
	}
	rules, err := auth.New(auth.Rules{
		Home: slack.Home(), Admins: w.list("ADMINS", "ada,ben"), Requesters: w.list("REQUESTERS", ""), AllowSelf: w.set["ALLOW_SELF_APPROVAL"] == "true",
		AllowOwner: w.set["OWNER_MAY_APPROVE"] == "true", SelfService: w.set["SELF_SERVICE"] == "true",
	})
	if err != nil {
		return err
	}
	store, err := openLedger(w.ctx, w.ledger, w.clock.now)
	if err != nil {
		return err
	}
	if w.between != nil {
		store = w.between(store)
	}
	dead := &atomic.Bool{}
	calls := bot.Approvers(w.approvers(), rules.Admins, slack.Home())
	w.calls.People, w.calls.Groups = append(w.calls.People, calls.People...), append(w.calls.Groups, calls.Groups...)
	b := bot.New(bot.Config{
		SelfService: w.selfService(transport, dead), SelfServiceApprovals: w.selfServiceApprovals(),
		NotifyOwner: w.set["NOTIFY_OWNER"] == "true", OwnerNotice: w.duration("OWNER_NOTICE", 0),
		Links: words.Links{WindowsApp: "https://app.example"}, Approvers: func() words.Mentions { return calls }, MaxOpen: w.number("MAX_OPEN_PER_PERSON"), RequireReason: w.set["REQUIRE_REASON"] == "true",
		Protected: strings.Split(w.set["PROTECTED"], ","), AllowOwner: w.set["OWNER_MAY_APPROVE"] == "true", StartFrozen: w.set["START_FROZEN"] == "true",
		Home: slack.Home(), FormerHome: slack.FormerHome(),
		Inbox: slack, Outbox: mortalOutbox{slack, dead}, Directory: slack, Fleet: mortalFleet{fleet, dead}, Store: mortalStore{store, dead}, Rules: rules, Log: log,
		Channel: channels[w.set["APPROVAL_CHANNEL"]], Admins: func() words.Mentions { return bot.Mentions(rules.Admins, slack.Home()) }, Approvals: w.number("APPROVALS"),
		Budget:       ledger.Budget{PerHour: w.number("MAX_PER_HOUR"), PerPerson: w.number("MAX_PER_ADMIN_PER_HOUR")},
		ApprovalTTL:  w.duration("APPROVAL_TTL", 8*time.Hour),
		GraphTimeout: w.duration("GRAPH_TIMEOUT", 30*time.Second), SettleTimeout: w.duration("SETTLE_TIMEOUT", 15*time.Minute),
		FollowInterval: w.duration("FOLLOW_INTERVAL", 2*time.Minute), FollowTimeout: w.duration("FOLLOW_TIMEOUT", 3*time.Hour),
		ReconcileInterval: w.duration("RECONCILE_INTERVAL", 0), OutsideErase: func(bool) { w.erases.Add(1) },
		Retain:    w.duration("RETAIN", 0),
		Heartbeat: w.duration("HEARTBEAT", 5*time.Second),
		Pause:     w.duration("PAUSE", 10*time.Millisecond), Idle: w.duration("IDLE", 40*time.Millisecond),
	})
	ctx, stop := context.WithCancel(w.ctx)
	life := &running{stop: stop, dead: dead, ended: make(chan error, 1)}
	go func() {
		err := b.Run(ctx)
		life.ended <- errors.Join(err, store.Close())
	}()
	w.t.Cleanup(func() { stop() })
	w.bot = life
	if err := w.slack.Wait(w.ctx, func() bool { return w.slack.Sockets() >= 2 }); err != nil || w.duration("RECONCILE_INTERVAL", 0) == 0 {
		return err
	}
	return w.await(func() error { // what is erased from here on is news
		var n int
		err := w.sql().QueryRowContext(w.ctx, `SELECT count(*) FROM watch WHERE began IS NOT NULL`).Scan(&n)
		if err == nil && n == 0 {
			err = errors.New("it has not read the audit log")
		}
		return err
	})
}

// stop asks the bot to stop and waits until it has.
func (w *world) stop() error {
	life := w.bot
	w.bot = nil
	life.stop()
	select {
	case err := <-life.ended:
		return err
	case <-w.ctx.Done():
		return errors.New("the bot does not stop")
	}
}

// die cuts the bot off from everything at once: what it does after this reaches nobody.
func (w *world) die() error {
	w.bot.dead.Store(true)
	w.bot.stop()
	w.bot = nil
	w.slack.DropSockets()
	w.pass(worker.Lease) // until its claims have ended, nobody else goes on
	return w.await(func() error {
		if n := w.slack.Sockets(); n > 0 {
			return fmt.Errorf("%d sockets are open", n)
		}
		return nil
	})
}

func (w *world) restart() error {
	if err := w.stop(); err != nil {
		return err
	}
	return w.start()
}

var requestID = regexp.MustCompile(`R-[2-9A-Z]{4,}`)

// requests are the ids of all requests, in the order in which they were acknowledged.
func (w *world) requests() (ids []string) {
	for _, a := range w.slack.Acks() {
		if id := requestID.FindString(string(a.Payload)); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// pass lets time go by for everybody.
func (w *world) pass(d time.Duration) { w.clock.ahead.Add(int64(d)) }

// picture is what a failed script shows.
func (w *world) picture() string {
	var b strings.Builder
	for name, id := range channels {
		for _, m := range w.slack.Messages(id) {
			fmt.Fprintf(&b, "  %s %s: %s\n", name, m.TS, m.Plain())
		}
	}
	for _, name := range persons {
		for _, s := range w.slack.Sees(user(name)) {
			fmt.Fprintf(&b, "  %s sees: %s\n", name, s)
		}
	}
	for _, p := range w.tenant.Posts() {
		fmt.Fprintf(&b, "  POST %s %s: acted %v, answered %v, status %d\n", p.Path, p.Body, p.Acted, p.Answered, p.Status)
	}
	lines := strings.Split(strings.TrimSpace(w.logs.String()), "\n")
	if len(lines) > 40 {
		lines = lines[len(lines)-40:]
	}
	return b.String() + "log:\n" + strings.Join(lines, "\n")
}

func authority(t *graphfake.Tenant) cloud.Configuration {
	return cloud.Configuration{ActiveDirectoryAuthorityHost: t.Authority()}
}

// await looks again at every change of either fake until check is content.
func (w *world) await(check func() error) error {
	ctx, cancel := context.WithTimeout(w.ctx, w.waits)
	defer cancel()
	last := check()
	for last != nil && ctx.Err() == nil {
		wait, done := context.WithTimeout(ctx, 20*time.Millisecond) // Graph and the clock do not wake it
		_ = w.slack.Wait(wait, func() bool { last = check(); return last == nil })
		done()
	}
	return last
}

// quiet waits until the bot has nothing to do: no request is due, none is being worked on.
func (w *world) quiet() error {
	if w.bot == nil {
		return nil
	}
	return w.await(func() error { return w.busy(0) })
}

// idle waits until the bot has nothing to do now, and nothing in the next moment either, so that
// the clock does not jump over work that has just begun. Where there is always something, the former
// has to do.
func (w *world) idle() error {
	if w.bot == nil {
		return nil
	}
	soon := time.Now().Add(time.Second)
	return w.await(func() error {
		if time.Now().After(soon) {
			return w.busy(0)
		}
		return w.busy(100 * time.Millisecond)
	})
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
