package bot_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// TestKilledAtRandomNothingIsLostAndNothingDoubled runs the program as it is shipped, kills
// it at random moments while people ask and decide and both services misbehave, and then
// holds the ledger, the tenant and the cards against one another. CHAOS_REQUESTS is how
// many requests are asked for, CHAOS_SEED repeats the dice of an earlier storm.
func TestKilledAtRandomNothingIsLostAndNothingDoubled(t *testing.T) {
	t.Parallel()
	asks, seed := dimensions(t, 14)
	newStormWorld(t, stormConfig{ledger: databases["sqlite"](t), binary: build(t), hardships: alone, skews: []time.Duration{0}}, seed, asks).pass(asks)
}

// TestASlackThatFailsOneCallInSixLosesNothing is a storm in which nobody dies, and in which of all
// calls to Slack, whatever they are about, one in six fails.
func TestASlackThatFailsOneCallInSixLosesNothing(t *testing.T) {
	t.Parallel()
	asks, seed := dimensions(t, 10)
	newStormWorld(t, stormConfig{ledger: databases["sqlite"](t), binary: build(t), hardships: nobody, skews: []time.Duration{0}, slackFails: 1.0 / 6}, seed, asks).pass(asks)
}

// TestKilledPausedAndCutOffReplicasLoseNothingAndDoubleNothing is the same with two and with
// three of them on one PostgreSQL, and clocks ten minutes apart. They are killed, stopped for
// longer than their leases or just before a POST, and cut off from the ledger, also between a
// COMMIT and the answer to it.
func TestKilledPausedAndCutOffReplicasLoseNothingAndDoubleNothing(t *testing.T) {
	t.Parallel()
	databases["postgres"](t) // or skip, before anything is built
	binary := skewed(t)
	for name, row := range map[string]struct {
		skews []time.Duration
		asks  int
	}{
		"two":   {[]time.Duration{5 * time.Minute, -5 * time.Minute}, 8},
		"three": {[]time.Duration{5 * time.Minute, -5 * time.Minute, 0}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asks, seed := dimensions(t, row.asks)
			newStormWorld(t, stormConfig{ledger: databases["postgres"](t), binary: binary, hardships: amongst, skews: row.skews}, seed, asks).pass(asks)
		})
	}
}

// dimensions are how many requests a storm has, and its dice.
func dimensions(t *testing.T, asks int) (int, uint64) {
	seed := uint64(time.Now().UnixNano())
	if testing.Short() {
		asks = min(asks, 12)
	}
	if n, err := strconv.Atoi(os.Getenv("CHAOS_REQUESTS")); err == nil {
		asks = n
	}
	if n, err := strconv.ParseUint(os.Getenv("CHAOS_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("CHAOS_REQUESTS=%d CHAOS_SEED=%d", asks, seed)
	return asks, seed
}

const (
	callTimeout = time.Second             // GRAPH_TIMEOUT
	latest      = 2500 * time.Millisecond // so much after its deadline a POST may at most arrive, on a busy machine
)

// stormConfig is where a storm rages.
type stormConfig struct {
	ledger    string // its DATABASE_URL
	binary    string
	hardships []hardship
	skews     []time.Duration // of the replicas' clocks

	slackFails float64 // how likely each call to Slack is to fail; zero = some methods more often than others
}

// stormWorld is the program between a workspace and a tenant that misbehave, and the people who use it.
type stormWorld struct {
	stormConfig
	t          *testing.T
	ctx        context.Context // the people's: they stop when it ends
	stopPeople context.CancelFunc
	people     sync.WaitGroup
	asking     sync.WaitGroup // those of them who wait for an answer to a command
	fates      sync.WaitGroup // of the replicas
	slack      *slackfake.Workspace
	tenant     *graphfake.Tenant
	env        []string
	replicas   []*replica
	logs       *logs
	raging     atomic.Bool // faults happen, and people ask anew
	began      time.Time

	mu      sync.Mutex // guards what follows
	dice    *rand.Rand
	deck    []hardship
	asleep  int                // how many replicas are
	acked   map[string]string  // what commands were answered with: request → machine
	pressed map[[2]string]bool // request and person: Approve
	taken   []taken            // presses that were acknowledged
	counts  map[string]int     // what happened, for the log
}

var (
	bosses  = []string{"U_ADA", "U_BEN", "U_CEM", "U_DAN", "U_EVE", "U_FAY"}
	askers  = append(bosses[:len(bosses):len(bosses)], "U_GIL", "U_HAL")
	offices = []string{"C_IT", "C_DESK", "C_OPS"}
)

func machineName(n int) string { return fmt.Sprintf("CPC-%03d", n) }

func newStormWorld(t *testing.T, cfg stormConfig, seed uint64, machines int) *stormWorld {
	t.Helper()
	w := &stormWorld{
		stormConfig: cfg, t: t, logs: &logs{}, dice: rand.New(rand.NewPCG(seed, 0)), began: time.Now(),
		acked: map[string]string{}, pressed: map[[2]string]bool{}, counts: map[string]int{},
	}
	var err error
	if w.slack, err = slackfake.New(slackfake.Config{WarningGrace: 500 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.slack.Close)
	if w.tenant, err = graphfake.New(graphfake.Config{HTTP2: len(cfg.skews) > 1, Lag: 100 * time.Millisecond, Build: 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.tenant.Close)
	for _, id := range askers {
		w.slack.AddPerson(slackfake.Person{ID: id, Name: strings.ToLower(id[2:])})
	}
	for _, id := range offices {
		w.slack.AddChannel(slackfake.Channel{ID: id, Name: strings.ToLower(id[2:]), BotIn: true, Members: askers})
	}
	for n := range machines {
		w.tenant.Add(graphfake.CloudPC{DisplayName: machineName(n), UserPrincipalName: "dan@example.com"})
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, w.tenant.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "HTTP_ADDR=off",
		"SLACK_APP_TOKEN=" + w.slack.AppToken(), "SLACK_BOT_TOKEN=" + w.slack.BotToken(), "SLACK_API_URL=" + w.slack.URL(), "SLACK_PACE=0",
		"ADMINS=" + strings.Join(bosses, ","), "REQUESTERS=U_GIL,U_HAL", "APPROVALS=1", "MAX_PER_HOUR=0", "MAX_PER_ADMIN_PER_HOUR=0", "MAX_OPEN_PER_PERSON=0",
		"GRAPH_TIMEOUT=" + callTimeout.String(), "SETTLE_TIMEOUT=2s", "FOLLOW_INTERVAL=200ms", "CA_CERTS=" + ca,
		"AZURE_TENANT_ID=" + w.tenant.TenantID(), "AZURE_CLIENT_ID=" + w.tenant.ClientID(), "AZURE_CLIENT_SECRET=" + w.tenant.ClientSecret(),
		"AZURE_AUTHORITY_HOST=" + w.tenant.Authority(), "AZURE_DISABLE_INSTANCE_DISCOVERY=true",
	}
	if w.chance(0.3) { // else cards stand where the command was typed
		w.env = append(w.env, "APPROVAL_CHANNEL="+offices[0])
	}
	for _, skew := range cfg.skews {
		w.replicas = append(w.replicas, newReplica(t, w, skew))
	}
	w.ctx, w.stopPeople = context.WithTimeout(t.Context(), 4*time.Minute+time.Duration(machines)*time.Second)
	t.Cleanup(func() { // before the wires and the fakes close
		w.raging.Store(false)
		w.stopPeople()
		w.asking.Wait()
		w.people.Wait()
		w.fates.Wait()
		for _, r := range w.replicas {
			if l := r.life; l != nil {
				l.kill()
			}
		}
	})
	w.slack.OnCall(func(c slackfake.Call, phase string) { w.onSlack(c, phase); w.reached(point{"slack", c.Method, phase}) })
	w.slack.OnSocket(func(event string) { w.onSocket(event); w.reached(point{"socket", "", event}) })
	w.tenant.OnCall(func(c graphfake.Call, phase string) { w.onGraph(c, phase); w.reached(point{"graph", c.Kind, phase}) })
	return w
}

// pass is the whole course of the storm, and the look at what it left.
func (w *stormWorld) pass(asks int) {
	w.rage(asks)
	w.calm()
	store, err := openLedger(w.t.Context(), w.ledger, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.Close()
	w.compare(store)
}

// rage lets people ask for so many machines, and the replicas endure one hardship after another.
func (w *stormWorld) rage(asks int) {
	w.raging.Store(true)
	last := time.Duration(asks) * 300 * time.Millisecond
	for n := range asks {
		w.asking.Go(func() { w.ask(n, w.within(0, last)) })
		if w.chance(0.2) {
			w.asking.Go(func() { w.ask(n, w.within(0, last)) })
		}
	}
	w.people.Go(w.office)
	end := time.Now().Add(last + 8*time.Second)
	for _, r := range w.replicas {
		w.fates.Go(func() { r.endure(end) })
	}
	w.rest(time.Until(end))
	w.raging.Store(false)
	w.slack.Heal()
	w.slack.DuplicateEnvelopes(false)
	w.slack.SplitEnvelopes(false)
	w.tenant.Heal()
}

// calm lets the replicas bring everything to an end, while one of them may still be asleep,
// and stops them.
func (w *stormWorld) calm() {
	w.asking.Wait()
	w.untilSettled(2 * time.Minute)
	w.fates.Wait()
	w.rest(3 * time.Second) // who slept takes in now what lay in its sockets, and may post cards
	w.untilSettled(2 * time.Minute)
	w.stopPeople()
	w.people.Wait()
	w.untilSettled(30 * time.Second) // what the last presses left to be told
	var all sync.WaitGroup
	for _, r := range w.replicas {
		all.Go(r.life.stop)
	}
	all.Wait()
}

// untilSettled waits until every request has ended or stands at unconfirmed with people asked,
// and all of it is told.
func (w *stormWorld) untilSettled(patience time.Duration) {
	w.t.Helper()
	store, err := openLedger(w.t.Context(), w.ledger, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	db := openSQL(w.t, w.ledger)
	defer store.Close()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for {
		var open []string
		for r, err := range store.Find(w.t.Context(), ledger.Query{}) {
			if err != nil {
				w.t.Fatal(err)
			}
			stands := r.State == ledger.Unconfirmed && !r.Submission.EvidenceGivenUp.IsZero()
			if !r.State.Ended() && !stands || w.untold(store, r, toldOf(w.t, db, r.ID)) {
				open = append(open, fmt.Sprintf("%s is %s (%s), told %d of %d\n%s", r.ID, r.State, r.Cause.Code, toldOf(w.t, db, r.ID), r.Events, w.about(string(r.ID))))
			}
		}
		if len(open) == 0 {
			return
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-ctx.Done():
			w.t.Fatalf("%d are not at an end after %v:\n%s", len(open), patience, strings.Join(open, "\n"))
		}
	}
}

// untold reports whether there is something to tell of a request still. What was tried in
// vain is only noted, and waits for the next thing to tell.
func (w *stormWorld) untold(store ledger.Store, r ledger.Request, told int) bool {
	events, err := store.Events(w.t.Context(), r.ID, told)
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.ContainsFunc(events, func(e ledger.Event) bool { return e.Kind != ledger.WasRepelled })
}

// about is what the processes logged of a request.
func (w *stormWorld) about(id string) string {
	var out []string
	for line := range strings.Lines(w.logs.String()) {
		if strings.Contains(line, "request="+id) {
			out = append(out, "\t"+line)
		}
	}
	return strings.Join(out, "")
}

// lastWords is what the processes logged last.
func (w *stormWorld) lastWords() string {
	lines := strings.SplitAfter(w.logs.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "")
}
