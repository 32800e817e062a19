package bot_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// TestKilledAtRandomNothingIsLostAndNothingDoubled runs the program as it is shipped, kills
// it at random moments while people ask and decide and both services misbehave, and then
// holds the ledger, the tenant and the cards against one another. CHAOS_REQUESTS is how
// many requests are asked for, CHAOS_SEED repeats the dice of an earlier storm.
func TestKilledAtRandomNothingIsLostAndNothingDoubled(t *testing.T) {
	t.Parallel()
	asks, seed := 40, uint64(time.Now().UnixNano())
	if testing.Short() {
		asks = 12
	}
	if n, err := strconv.Atoi(os.Getenv("CHAOS_REQUESTS")); err == nil {
		asks = n
	}
	if n, err := strconv.ParseUint(os.Getenv("CHAOS_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("CHAOS_REQUESTS=%d CHAOS_SEED=%d", asks, seed)
	s := newStorm(t, seed, asks)
	s.rage(asks)
	s.calm()
	store, err := sqlite.Open(t.Context(), s.file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	s.compare(store)
}

// storm is the program between a workspace and a tenant that misbehave, and the people who use it.
type storm struct {
	t      *testing.T
	ctx    context.Context // the people's: they go home when it ends
	home   context.CancelFunc
	people sync.WaitGroup
	asking sync.WaitGroup // those of them who wait for an answer to a command
	slack  *slackfake.Workspace
	tenant *graphfake.Tenant
	binary string
	file   string // the ledger's
	env    []string
	logs   *logs
	raging atomic.Bool // faults happen, and people ask anew
	faults atomic.Int64

	mu      sync.Mutex // guards what follows
	dice    *rand.Rand
	life    *life
	aim     *point             // where the process is killed when it gets there
	acked   map[string]string  // what commands were answered with: request → machine
	pressed map[[2]string]bool // request and person: Approve
	kills   int
}

// life is one process of the program.
type life struct {
	cmd   *exec.Cmd
	meant atomic.Bool   // it was told to end
	ended chan struct{} // closed then; err is set
	err   error
}

// point is a moment that one of the fakes tells of.
type point struct{ side, kind, phase string }

var points = []point{
	{"graph", graphfake.Reprovision, graphfake.Arrived}, {"graph", graphfake.Reprovision, graphfake.Acted},
	{"graph", graphfake.Reprovision, graphfake.Answered}, {"graph", graphfake.Get, graphfake.Arrived},
	{"graph", graphfake.Get, graphfake.Answered}, {"graph", graphfake.List, graphfake.Answered},
	{"graph", graphfake.Token, graphfake.Answered},
	{"slack", "chat.postMessage", slackfake.Arrived}, {"slack", "chat.postMessage", slackfake.Answered},
	{"slack", "chat.update", slackfake.Arrived}, {"slack", "chat.update", slackfake.Answered},
	{"slack", "users.info", slackfake.Answered}, {"slack", "response_url", slackfake.Answered},
	{"socket", "", slackfake.SocketHello}, {"socket", "", slackfake.EnvelopeSent}, {"socket", "", slackfake.SocketAcked},
}

var (
	bosses  = []string{"U_ADA", "U_BEN", "U_CEM", "U_DAN", "U_EVE", "U_FAY"}
	askers  = append(bosses[:len(bosses):len(bosses)], "U_GIL", "U_HAL")
	offices = []string{"C_IT", "C_DESK", "C_OPS"}
)

func machineName(n int) string { return fmt.Sprintf("CPC-%03d", n) }

func newStorm(t *testing.T, seed uint64, machines int) *storm {
	t.Helper()
	s := &storm{
		t: t, binary: filepath.Join(t.TempDir(), "cloudpc-bot"), file: filepath.Join(t.TempDir(), "ledger.db"), logs: &logs{},
		dice: rand.New(rand.NewPCG(seed, 0)), acked: map[string]string{}, pressed: map[[2]string]bool{},
	}
	if out, err := exec.Command("go", "build", "-o", s.binary, "cloudpc-bot").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	var err error
	if s.slack, err = slackfake.New(slackfake.Config{WarningGrace: 500 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.slack.Close)
	if s.tenant, err = graphfake.New(graphfake.Config{Lag: 100 * time.Millisecond, Build: 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.tenant.Close)
	for _, id := range askers {
		s.slack.AddPerson(slackfake.Person{ID: id, Name: strings.ToLower(id[2:])})
	}
	for _, id := range offices {
		s.slack.AddChannel(slackfake.Channel{ID: id, Name: strings.ToLower(id[2:]), BotIn: true, Members: askers})
	}
	for n := range machines {
		s.tenant.Add(graphfake.CloudPC{DisplayName: machineName(n), UserPrincipalName: "dan@example.com"})
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, s.tenant.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	s.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "DATABASE_URL=sqlite:" + s.file, "HTTP_ADDR=off",
		"SLACK_APP_TOKEN=" + s.slack.AppToken(), "SLACK_BOT_TOKEN=" + s.slack.BotToken(), "SLACK_API_URL=" + s.slack.URL(), "SLACK_PACE=0",
		"ADMINS=" + strings.Join(bosses, ","), "REQUESTERS=U_GIL,U_HAL", "APPROVALS=1", "MAX_PER_HOUR=0", "MAX_PER_ADMIN_PER_HOUR=0",
		"GRAPH_URL=" + s.tenant.URL(), "GRAPH_TIMEOUT=1s", "SETTLE_TIMEOUT=2s", "FOLLOW_INTERVAL=200ms", "CA_CERTS=" + ca,
		"AZURE_TENANT_ID=" + s.tenant.TenantID(), "AZURE_CLIENT_ID=" + s.tenant.ClientID(), "AZURE_CLIENT_SECRET=" + s.tenant.ClientSecret(),
		"AZURE_AUTHORITY_HOST=" + s.tenant.Authority(), "AZURE_DISABLE_INSTANCE_DISCOVERY=true",
	}
	if s.chance(0.3) { // else cards stand where the command was typed
		s.env = append(s.env, "APPROVAL_CHANNEL="+offices[0])
	}
	s.ctx, s.home = context.WithTimeout(t.Context(), 4*time.Minute+time.Duration(machines)*time.Second)
	t.Cleanup(func() { // before the fakes close
		s.raging.Store(false)
		s.home()
		s.asking.Wait()
		s.people.Wait()
		if l := s.now(); l != nil {
			s.kill(l)
		}
	})
	s.slack.OnCall(func(c slackfake.Call, phase string) { s.onSlack(c, phase); s.reached(point{"slack", c.Method, phase}) })
	s.slack.OnSocket(func(event string) { s.onSocket(event); s.reached(point{"socket", "", event}) })
	s.tenant.OnCall(func(c graphfake.Call, phase string) { s.onGraph(c, phase); s.reached(point{"graph", c.Kind, phase}) })
	return s
}

// Dice.

func (s *storm) chance(p float64) bool { return s.roll() < p }

func (s *storm) roll() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dice.Float64()
}

func anyOf[T any](s *storm, list []T) T { return list[int(s.roll()*float64(len(list)))] }

// within is some duration between two.
func (s *storm) within(least, most time.Duration) time.Duration {
	return least + time.Duration(s.roll()*float64(most-least))
}

// rest lasts until the people go home, at most d; it reports whether they stay.
func (s *storm) rest(d time.Duration) bool {
	select {
	case <-s.ctx.Done():
	case <-time.After(d):
	}
	return s.ctx.Err() == nil
}

// The process.

func (s *storm) launch() *life {
	l := &life{cmd: exec.Command(s.binary), ended: make(chan struct{})}
	l.cmd.Env, l.cmd.Stderr, l.cmd.Dir = s.env, s.logs, filepath.Dir(s.binary)
	if err := l.cmd.Start(); err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	s.life = l
	s.mu.Unlock()
	go func() {
		if l.err = l.cmd.Wait(); !l.meant.Load() {
			s.t.Errorf("it ended by itself: %v", l.err)
		}
		close(l.ended)
	}()
	return l
}

func (s *storm) now() *life {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.life
}

// kill ends a process as a power cut would.
func (s *storm) kill(l *life) {
	if !l.meant.Swap(true) {
		s.mu.Lock()
		s.kills++
		s.mu.Unlock()
		_ = l.cmd.Process.Kill()
	}
	<-l.ended
}

// reached kills the process where it was aimed at.
func (s *storm) reached(p point) {
	s.mu.Lock()
	hit := s.aim != nil && *s.aim == p
	if hit {
		s.aim = nil
	}
	l := s.life
	s.mu.Unlock()
	if hit {
		s.kill(l)
	}
}

// rage lets people ask for so many machines, and process after process die over it.
func (s *storm) rage(asks int) {
	s.raging.Store(true)
	last := time.Duration(asks) * 300 * time.Millisecond
	for n := range asks {
		s.asking.Go(func() { s.ask(n, s.within(0, last)) })
		if s.chance(0.2) {
			s.asking.Go(func() { s.ask(n, s.within(0, last)) })
		}
	}
	s.people.Go(s.office)
	for end := time.Now().Add(last + 8*time.Second); time.Now().Before(end); {
		l := s.launch()
		if s.chance(0.4) {
			s.rest(s.within(0, 2500*time.Millisecond))
		} else {
			s.rest(s.within(0, time.Second))
			p := anyOf(s, points)
			s.mu.Lock()
			s.aim = &p
			s.mu.Unlock()
			select {
			case <-l.ended:
			case <-time.After(3 * time.Second):
			}
		}
		s.kill(l)
	}
	s.raging.Store(false)
	s.mu.Lock()
	s.aim = nil
	s.mu.Unlock()
	s.slack.Heal()
	s.slack.DuplicateEnvelopes(false)
	s.slack.SplitEnvelopes(false)
	s.tenant.Heal()
}

// calm lets one process bring everything to an end, and stops it.
func (s *storm) calm() {
	l := s.launch()
	s.asking.Wait()
	s.untilSettled(2 * time.Minute)
	s.home()
	s.people.Wait()
	s.untilSettled(20 * time.Second) // what the last presses left to be told
	l.meant.Store(true)
	began := time.Now()
	if err := l.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-l.ended:
	case <-time.After(15 * time.Second):
	}
	if took := time.Since(began); l.err != nil || took > 10*time.Second {
		s.t.Errorf("told to stop: %v, after %v", l.err, took)
	}
}

// untilSettled waits until every request has ended or stands at unconfirmed with people asked,
// and all of it is told.
func (s *storm) untilSettled(patience time.Duration) {
	s.t.Helper()
	store, err := sqlite.Open(s.t.Context(), s.file, sqlite.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer store.Close()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		var open []string
		for r, err := range store.Find(s.t.Context(), ledger.Query{}) {
			if err != nil {
				s.t.Fatal(err)
			}
			stands := r.State == ledger.Unconfirmed && !r.Submission.Unsettled.IsZero()
			if !r.State.Ended() && !stands || r.Told < r.Events {
				open = append(open, fmt.Sprintf("%s is %s (%s), told %d of %d\n%s", r.ID, r.State, r.Cause.Code, r.Told, r.Events, s.about(string(r.ID))))
			}
		}
		if len(open) == 0 {
			return
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("%d are not at an end after %v:\n%s", len(open), patience, strings.Join(open, "\n"))
		}
	}
}

// about is what the processes logged of a request.
func (s *storm) about(id string) string {
	var out []string
	for line := range strings.Lines(s.logs.String()) {
		if strings.Contains(line, "request="+id) {
			out = append(out, "\t"+line)
		}
	}
	return strings.Join(out, "")
}

// What goes wrong. The fakes tell of a call before they look for a fault, so each call has
// its own chance of one.

var slackFaults = []slackfake.Fault{
	{Status: 500}, {Status: 503}, {RetryAfter: time.Second}, {Error: "internal_error"}, {Garbage: true},
	{Drop: true}, {Drop: true}, {DropAfter: true}, {DropAfter: true}, {Delay: 400 * time.Millisecond}, {Delay: 2 * time.Second},
}

func (s *storm) onSlack(c slackfake.Call, phase string) {
	if phase != slackfake.Arrived || !s.raging.Load() {
		return
	}
	often := map[string]float64{"chat.postMessage": 0.2, "chat.update": 0.2, "chat.postEphemeral": 0.2, "conversations.open": 0.2,
		"views.open": 0.2, "response_url": 0.2, "users.info": 0.05, "conversations.info": 0.05, "apps.connections.open": 0.05}
	if s.chance(often[c.Method]) {
		f := anyOf(s, slackFaults)
		if c.Method == "response_url" && (f.Garbage || f.Error != "") { // its errors have a status of their own
			f = slackfake.Fault{Status: 404}
		}
		f.Times = 1
		s.slack.Fail(c.Method, f)
		s.faults.Add(1)
	}
}

func (s *storm) onSocket(event string) {
	if event != slackfake.SocketAcked || !s.raging.Load() || !s.chance(0.1) {
		return
	}
	s.faults.Add(1)
	anyOf(s, []func(){
		s.slack.DropSockets, s.slack.DropAfterEnvelope,
		func() { s.slack.Disconnect("warning") },
		func() { s.slack.DisconnectAfterEnvelope("refresh_requested") },
		func() { s.slack.DisconnectBeforeEnvelope("warning") },
		func() { s.slack.DuplicateEnvelopes(true) }, func() { s.slack.DuplicateEnvelopes(false) },
		func() { s.slack.SplitEnvelopes(true) }, func() { s.slack.SplitEnvelopes(false) },
	})()
}

var postFaults = []graphfake.Fault{
	{Status: 429, RetryAfter: time.Second}, {Status: 429, RetryAfter: time.Second}, {Status: 429, RetryAfter: time.Second},
	{DropAfter: true}, {DropAfter: true}, {ActThenStatus: 504}, {ActThenStatus: 504}, {ActThenStatus: 503},
	{DelayAfter: 900 * time.Millisecond}, {DelayAfter: 1500 * time.Millisecond}, {HangAfter: true}, {Garbage: true},
	{Status: 503}, {DropBefore: true}, {Hang: true}, {Delay: 1500 * time.Millisecond}, {Status: 409}, {FailLate: true},
}

var readFaults = []graphfake.Fault{
	{Status: 503}, {Status: 503, RetryAfter: time.Second}, {Status: 429, RetryAfter: time.Second}, {DropBefore: true}, {DropAfter: true}, {Garbage: true}, {Hang: true},
}

func (s *storm) onGraph(c graphfake.Call, phase string) {
	if phase != graphfake.Arrived || !s.raging.Load() {
		return
	}
	often, faults := 0.04, readFaults
	switch c.Kind {
	case graphfake.Reprovision:
		often, faults = 0.5, postFaults
	case graphfake.Token, graphfake.Discovery:
		often, faults = 0.15, readFaults[:1]
	}
	if s.chance(often) {
		f := anyOf(s, faults)
		f.Times = 1
		s.tenant.Fail(graphfake.Match{Kind: c.Kind, PC: c.PC}, f)
		s.faults.Add(1)
	}
}

// People.

// ask types for a machine until an answer comes, as somebody does who is told that the
// command failed.
func (s *storm) ask(machine int, after time.Duration) {
	who, channel, name := anyOf(s, askers), anyOf(s, offices), machineName(machine)
	text := name + anyOf(s, []string{"", " os=windows11", " os=windows10 account=standardUser", ` reason="it is slow"`})
	for s.rest(after) {
		g := s.slack.Type(who, channel, text)
		id := s.answer(g, name)
		if s.raging.Load() && s.chance(0.2) {
			s.asking.Go(func() { // Slack sends it once more
				if !s.rest(s.within(0, 2*time.Second)) {
					return
				}
				if other := s.answer(s.slack.Redeliver(g, s.chance(0.5)), name); id != "" && other != "" && other != id {
					s.t.Errorf("one gesture became %s and %s", id, other)
				}
			})
		}
		if id != "" {
			return
		}
		after = s.within(300*time.Millisecond, 1500*time.Millisecond)
	}
	s.t.Errorf("%s never got an answer about %s", who, name)
}

// answer is the request that a command was answered with, empty where it has to be typed again.
func (s *storm) answer(g *slackfake.Gesture, machine string) string {
	ack, err := g.WaitAck(s.ctx)
	if err != nil {
		return ""
	}
	said := string(ack.Payload)
	id := requestID.FindString(said)
	switch {
	case id != "":
		s.mu.Lock()
		s.acked[id] = machine
		s.mu.Unlock()
	case !strings.Contains(said, "I am not sure I have this") && !strings.Contains(said, "or type it again"):
		s.t.Errorf("%s typed %s and read %s", g.Person, g.Text, said)
	}
	return id
}

// notice is a card as people see it.
type notice struct {
	slackfake.Message
	id      string // the request's
	buttons string // their actions, with spaces between them
}

// notices are all cards, the oldest first.
func (s *storm) notices() (all []notice) {
	for _, channel := range offices {
		for _, m := range s.slack.Messages(channel) {
			id := requestID.FindString(string(m.Blocks))
			if m.ThreadTS != "" || id == "" {
				continue
			}
			var actions []string
			for _, b := range m.Buttons() { // Approve (approve R-7K3F)
				_, b, _ = strings.Cut(b, "(")
				b, _, _ = strings.Cut(b, " ")
				actions = append(actions, b)
			}
			all = append(all, notice{m, id, strings.Join(actions, " ")})
		}
	}
	return all
}

// office lets somebody look at every card whenever its buttons change.
func (s *storm) office() {
	seen := map[string]bool{}
	for version := -1; s.rest(100 * time.Millisecond); {
		if now := s.slack.Version(); now == version {
			continue
		} else {
			version = now
		}
		for _, n := range s.notices() {
			key := n.TS + n.buttons
			if seen[key] {
				continue
			}
			seen[key] = true
			var action string
			switch n.buttons {
			case "approve deny cancel":
				s.people.Go(func() { s.decide(n) })
			case "deny cancel": // approved, and waiting
				if s.chance(0.1) {
					action = anyOf(s, []string{"deny", "cancel"})
				}
			case "again":
				if s.raging.Load() && s.chance(0.2) {
					action = "again"
				}
			case "leave again":
				if s.raging.Load() && s.chance(0.5) {
					action = anyOf(s, []string{"leave", "again"})
				}
			}
			if action != "" {
				s.people.Go(func() { s.press(n, action) })
			}
		}
	}
}

// decide presses until the card asks no more, or another one does instead of it.
func (s *storm) decide(n notice) {
	var presses []string
	switch p := s.roll(); {
	case p < 0.5:
		presses = []string{"approve"}
	case p < 0.7:
		presses = []string{"approve", "approve"}
	case p < 0.8:
		presses = []string{"approve", "cancel"}
	case p < 0.9:
		presses = []string{"approve", "deny"}
	case p < 0.95:
		presses = []string{"deny"}
	default:
		presses = []string{"cancel"}
	}
	for asks := true; asks; {
		var all sync.WaitGroup
		for _, action := range presses {
			all.Go(func() { s.press(n, action) })
		}
		all.Wait()
		if !s.rest(s.within(500*time.Millisecond, 1500*time.Millisecond)) {
			return
		}
		for _, other := range s.notices() {
			if other.id == n.id { // the newest counts
				asks = other.TS == n.TS && strings.Contains(other.buttons, "approve")
			}
		}
	}
}

// press lets an admin use a button, and Slack sometimes repeat it.
func (s *storm) press(n notice, action string) {
	who := anyOf(s, bosses)
	if action == "approve" {
		s.mu.Lock()
		s.pressed[[2]string{n.id, who}] = true
		s.mu.Unlock()
	}
	g := s.slack.Press(who, n.Message, action)
	_, _ = g.WaitAck(s.ctx) // whoever hears nothing looks at the card
	if s.raging.Load() && s.chance(0.2) {
		_, _ = s.slack.Redeliver(g, s.chance(0.5)).WaitAck(s.ctx)
	}
}

// What has to be true in the end.

// ends are the words of card and thread, and the buttons, where a request stands.
var ends = map[ledger.State]struct{ card, thread, buttons string }{
	ledger.Succeeded:   {"Done.", "Done.", ""},
	ledger.Denied:      {"Denied", "Denied by", "again"},
	ledger.Cancelled:   {"Cancelled", "Cancelled by", "again"},
	ledger.Expired:     {"Expired.", "has expired", "again"},
	ledger.Voided:      {"Voided.", "I did not do this", "again"},
	ledger.Failed:      {"Failed.", "", "again"},
	ledger.Unconfirmed: {"Unconfirmed.", "I do not know whether Graph acted", "leave again"},
	ledger.Refused:     {"Refused.", "nothing was asked", "again"},
}

// compare holds the ledger against what the tenant and the people saw.
func (s *storm) compare(store *sqlite.Store) {
	calls := map[string][]graphfake.Post{} // by client-request-id
	for _, p := range s.tenant.Posts() {
		calls[p.ClientRequestID] = append(calls[p.ClientRequestID], p)
	}
	names, newest, tally := map[string]string{}, map[string]notice{}, map[string]int{}
	for _, pc := range s.tenant.PCs() {
		names[pc.ID] = pc.DisplayName
	}
	cards := s.notices()
	slices.SortStableFunc(cards, func(a, b notice) int { return cmp.Compare(a.TS, b.TS) })
	for _, n := range cards {
		newest[n.id] = n
	}
	known, approved, all := map[string]bool{}, map[string]int{}, 0
	for r, err := range store.Find(s.t.Context(), ledger.Query{}) {
		if err != nil {
			s.t.Fatal(err)
		}
		events, err := store.Events(s.t.Context(), r.ID, 0)
		if err != nil {
			s.t.Fatal(err)
		}
		all++
		tally[strings.TrimSuffix(fmt.Sprintf("%s %s", r.State, cmp.Or(string(r.Failure), string(r.Cause.Code))), " ")]++
		wrong := errors.Join(s.deeds(r, events, calls, known), s.told(r, newest[string(r.ID)]))
		if name, ok := s.acked[string(r.ID)]; ok && name != r.Order.PC {
			wrong = errors.Join(wrong, fmt.Errorf("it is about %s and was answered for %s", r.Order.PC, name))
		}
		delete(s.acked, string(r.ID))
		if wrong != nil {
			s.t.Errorf("%s of %s, %s %s:\n%v\n%s", r.ID, r.Requester.ID, r.State, r.Failure, wrong, s.about(string(r.ID)))
		}
		if len(r.Consents) > 0 {
			approved[r.Target.ID]++
		}
	}
	for id, name := range s.acked {
		s.t.Errorf("lost: %s was said about %s, and the ledger does not have it", id, name)
	}
	for call, posts := range calls {
		if !known[call] {
			s.t.Errorf("a call that the ledger does not know: %+v", posts)
		}
	}
	wipes := 0
	for id, name := range names {
		wipes += s.tenant.Wipes(id)
		if n := s.tenant.Wipes(id); n > approved[id] {
			s.t.Errorf("doubled: %s was wiped %d times on %d approvals", name, n, approved[id])
		}
	}
	var sums []string
	for _, state := range slices.Sorted(maps.Keys(tally)) {
		sums = append(sums, fmt.Sprintf("%d %s", tally[state], state))
	}
	s.t.Logf("%d requests, %d cards, %d POSTs, %d wipes, %d kills, %d faults: %s",
		all, len(cards), len(s.tenant.Posts()), wipes, s.kills, s.faults.Load(), strings.Join(sums, ", "))
}

// deeds says what is wrong with the calls of a request, and marks them as known.
func (s *storm) deeds(r ledger.Request, events []ledger.Event, calls map[string][]graphfake.Post, known map[string]bool) (wrong error) {
	no := func(format string, args ...any) { wrong = errors.Join(wrong, fmt.Errorf(format, args...)) }
	approvals, acted, open := 0, 0, 0
	for _, e := range events {
		switch e.Kind {
		case ledger.WasApproved:
			approvals++
			if e.By == r.Requester || !s.pressed[[2]string{string(r.ID), e.By.ID}] {
				no("%s approved it", e.By.ID)
			}
		case ledger.WasSubmitted:
			known[e.Call] = true
			posts := calls[e.Call]
			if approvals == 0 || len(posts) > 1 {
				no("doubled: %d POSTs by one call, %d approvals: %+v", len(posts), approvals, posts)
			}
			for _, p := range posts {
				if p.PC != r.Target.ID {
					no("another machine: %+v", p)
				}
				if p.Acted {
					acted++
				}
				if p.Acted || p.Status == 0 || p.Status >= 500 { // as far as anybody outside can know
					open++
				}
			}
		}
	}
	if approvals > 1 || open > approvals {
		no("doubled: %d POSTs may have acted on %d approvals", open, approvals)
	}
	switch {
	case r.State == ledger.Unconfirmed:
		if r.Cause.Code != ledger.LostAnswer && r.Cause.Code != ledger.Interrupted {
			no("unconfirmed for no reason: %+v", r.Cause)
		}
	case r.State == ledger.Failed && r.Failure == ledger.Unproven:
	case r.State == ledger.Succeeded, r.State == ledger.Failed && r.Failure == ledger.ByBuild:
		if acted != 1 {
			no("it says that it was wiped, and %d POSTs acted", acted)
		}
	case acted != 0:
		no("it says that nothing was wiped, and %d POSTs acted", acted)
	}
	return wrong
}

// told says what people were not told of a request's end.
func (s *storm) told(r ledger.Request, card notice) error {
	want := ends[r.State]
	if r.Card.IsZero() {
		for _, line := range s.slack.Sees(r.Requester.ID) {
			if r.State == ledger.Refused && strings.Contains(line, string(r.ID)+": nothing was asked") {
				return nil
			}
		}
		var tries []string
		for _, c := range s.slack.Calls() {
			if strings.Contains(c.Args["text"], string(r.ID)) {
				tries = append(tries, fmt.Sprintf("%s %d %s", c.Method, c.Status, c.Error))
			}
		}
		return fmt.Errorf("%s was told nothing: %s", r.Requester.ID, strings.Join(tries, ", "))
	}
	var wrong error
	if card.Channel != r.Card.Channel || card.TS != r.Card.TS {
		wrong = fmt.Errorf("its newest card is %s %s, the ledger has %+v", card.Channel, card.TS, r.Card)
	}
	if text := card.Plain(); !strings.Contains(text, want.card) || card.buttons != want.buttons {
		wrong = errors.Join(wrong, fmt.Errorf("its card shows [%s] below\n%s", card.buttons, text))
	}
	var thread strings.Builder
	for _, m := range s.slack.Thread(card.Channel, card.TS) {
		fmt.Fprintln(&thread, m.Plain())
	}
	if !strings.Contains(thread.String(), want.thread) {
		wrong = errors.Join(wrong, fmt.Errorf("its thread does not say %q:\n%s", want.thread, &thread))
	}
	return wrong
}
