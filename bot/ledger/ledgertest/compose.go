package ledgertest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// composer writes one of everything that a ledger can contain. Ids and times are the same in every
// store, so that one text describes the content of all of them; only salts and hashes differ.
type composer struct {
	t     *testing.T
	s     ledger.Store
	clock *clock
	words map[string][]string
	n     int
}

// step is one thing that happens to a request.
type step func(r *ledger.Revision, at time.Time) error

var (
	cem = auth.Person{Org: "E1", ID: "U_CEM"}
	dan = auth.Person{Org: "E1", ID: "U_DAN"}
)

// compose fills an empty database with every state, failure, event, cause, outcome, act and reason
// that the program knows, a request and an event with every field set, a used hourly budget,
// claims that have not ended, notifications sent and pending, an erased text, and the brakes on.
func compose(t *testing.T, h Database) {
	c := &composer{t: t, clock: newClock(), words: words(t)}
	c.s = h.Open(c.clock.now)
	c.request(1, shown)
	c.clock.pass(2 * time.Hour) // people are reminded of this request; all others are from the last hour
	c.goOn("R-F223", (*ledger.Revision).Remind)
	c.causes()
	c.ends()
	c.full()
	c.lives()
	c.selfService()
	c.notes()
	c.claims()
	c.outside()
	exec(t, h.SQL, `DELETE FROM texts WHERE number = 1 AND field = 'why'`)
	_, err := c.s.Heartbeat(t.Context(), "yesterday's worker", 2, time.Hour)
	must(t, err)
	_, err = c.s.Freeze(t.Context(), cem, "disk <trouble> & more")
	must(t, err)
}

// takesEverythingThatCanBeWritten holds what the next fixture is made of: every word and field.
func takesEverythingThatCanBeWritten(t *testing.T, database func(testing.TB) Database) {
	compose(t, database(t))
}

// request stores a request of ada for a machine of its own, and applies steps to it.
func (c *composer) request(needed int, steps ...step) ledger.Revision {
	c.t.Helper()
	c.n++
	c.clock.pass(time.Second)
	order := command.Order{Verb: command.Reprovision, PC: fmt.Sprint("CPC-", c.n), Reason: "it “forgot” <everyone> & me"}
	switch c.n % 3 {
	case 1:
		order.OS, order.Account = command.Windows11, command.StandardUser
	case 2:
		order.OS, order.Account = command.Windows10, command.Administrator
	}
	return c.enter(order, needed, steps...)
}

// enter stores what ada ordered, and applies steps to it.
func (c *composer) enter(order command.Order, needed int, steps ...step) ledger.Revision {
	c.t.Helper()
	interaction := ledger.Interaction{Envelope: fmt.Sprint("envelope-", c.n), Trigger: fmt.Sprint("digest-", c.n)}
	r := ledger.New(order, ada, "C1", interaction, needed, c.clock.now())
	const letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
	r.ID = ledger.ID(fmt.Sprintf("R-F%c%c%c", letters[c.n/900], letters[c.n/30%30], letters[c.n%30]))
	r.NewEvents[0].Request = r.ID
	_, err := c.s.Create(c.t.Context(), r)
	must(c.t, err)
	return c.goOn(r.ID, steps...)
}

// goOn applies steps to a request, each a second after the one before.
func (c *composer) goOn(id ledger.ID, steps ...step) ledger.Revision {
	c.t.Helper()
	r := get(c.t, c.s, id)
	for _, do := range steps {
		c.clock.pass(time.Second)
		was := r.State
		if err := do(&r, c.clock.now()); err != nil {
			c.t.Fatalf("%s: %v", id, err)
		}
		if r.State != ledger.Submitting || was == r.State {
			r = replace(c.t, c.s, r)
			continue
		}
		next, err := c.s.Submit(c.t.Context(), r, ledger.Budget{})
		must(c.t, err)
		r = *next.Revise()
	}
	return r
}

func located(r *ledger.Revision, at time.Time) error {
	return r.Locate(ledger.Target{
		ID: "pc of " + string(r.ID), Name: r.Order.PC, DeviceName: r.Order.PC + "-OLD", User: "dan@contoso.example", PolicyID: "policy-1", Policy: "Standard",
		Image: "Windows 10", NewImage: "Windows 11 win11-25h2", Region: "westeurope", Join: "azureADJoin", PlanID: "plan-1", Plan: "2vCPU/8GB", ManagedDeviceID: "m-old",
		AADDeviceID: "a-old", Provisioned: at.AddDate(0, -3, 0), Status: "provisioned",
	})
}

// choices are two machines of one name.
func choices(at time.Time) []ledger.Choice {
	return []ledger.Choice{
		{ID: "pc-1", Name: "CPC-twin", Device: "CPC-T1", User: "dan@contoso.example", Plan: "2vCPU/8GB", Status: "provisioned", Changed: at.AddDate(0, -3, 0)},
		{ID: "pc-2", Name: "CPC-twin", Device: "CPC-T2", User: "ada@contoso.example", Plan: "2vCPU/8GB", Status: "failed", Changed: at.AddDate(0, -2, 0)},
	}
}

func offered(r *ledger.Revision, at time.Time) error { return r.Offer(choices(at), at) }

func shownThem(r *ledger.Revision, at time.Time) error { return r.AwaitPick(at.Add(10 * time.Minute)) }

func picked(r *ledger.Revision, at time.Time) error { return r.Pick(1, ada, at) }

func shown(r *ledger.Revision, at time.Time) error {
	if err := located(r, at); err != nil {
		return err
	}
	return r.Show(ledger.Thread{Channel: "C1", TS: fmt.Sprintf("%d.000100", at.Unix())}, at, 8*time.Hour)
}

func approvedBy(p auth.Person) step {
	return func(r *ledger.Revision, at time.Time) error { return r.Approve(p, at, 8*time.Hour) }
}

func submitted(r *ledger.Revision, at time.Time) error {
	return r.Submit("call of "+string(r.ID), at, at.Add(30*time.Second))
}

// answered is Graph's answer to the call. A call that may be sent again is due a minute later.
func answered(o ledger.Outcome, code ledger.Code) step {
	return func(r *ledger.Revision, at time.Time) error {
		return r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: o, Cause: cause(code), NextAt: at.Add(time.Minute)}, at)
	}
}

func cause(code ledger.Code) ledger.Cause {
	if code == "" {
		return ledger.Cause{}
	}
	return ledger.Cause{Code: code, Detail: "detail of " + string(code), Status: 409, RequestID: "graph-1", Reason: "as <Graph> says"}
}

func waitsFor(code ledger.Code) step {
	return func(r *ledger.Revision, at time.Time) error { return r.Wait(cause(code), at.Add(time.Hour), at) }
}

// because is a change that takes a cause.
func because(change func(r *ledger.Revision, c ledger.Cause, at time.Time) error, code ledger.Code) step {
	return func(r *ledger.Revision, at time.Time) error { return change(r, cause(code), at) }
}

func rebuilt(code ledger.Code) step {
	return func(r *ledger.Revision, at time.Time) error {
		now := r.Target
		now.DeviceName, now.Image, now.ManagedDeviceID, now.AADDeviceID, now.Provisioned = r.Order.PC+"-NEW", now.NewImage, "m-new", "a-new", at
		return r.Succeed(now, cause(code), at)
	}
}

func by(decide func(*ledger.Revision, auth.Person, time.Time) error, p auth.Person) step {
	return func(r *ledger.Revision, at time.Time) error { return decide(r, p, at) }
}

// accepted takes a request to provisioning, then applies more.
func accepted(more ...step) []step {
	return append([]step{shown, approvedBy(ben), submitted, answered(ledger.Acted, "")}, more...)
}

// unsure takes a request to unconfirmed, then applies more.
func unsure(more ...step) []step {
	return append([]step{shown, submitted, answered(ledger.Unknown, ledger.LostAnswer)}, more...)
}

// causes refuses a request for every cause, whether or not it can really refuse one.
func (c *composer) causes() {
	for _, code := range c.words["Code"] {
		c.request(0, because((*ledger.Revision).Refuse, ledger.Code(code)))
	}
}

// ends takes requests to every final state in every way.
func (c *composer) ends() {
	explained := func(r *ledger.Revision, at time.Time) error { return r.Explain(ben, "ada broke it", at) }
	expired := func(r *ledger.Revision, at time.Time) error {
		r.Expires = at
		return r.Expire(at)
	}
	tooLate := func(r *ledger.Revision, at time.Time) error {
		return r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.NotActed, Cause: cause(ledger.Throttled), NextAt: at.Add(9 * time.Hour)}, at)
	}
	doubted := func(r *ledger.Revision, at time.Time) error { return r.LeaveUnconfirmed(cause(ledger.Interrupted), at) }
	evident := func(r *ledger.Revision, at time.Time) error { return r.Evidence(cause(ledger.EvidenceOf), at, at) }
	built := because((*ledger.Revision).FailBuild, ledger.BuildFailed)
	c.request(1, shown, by((*ledger.Revision).Deny, ben), explained)
	c.request(0, by((*ledger.Revision).Cancel, ada), func(r *ledger.Revision, at time.Time) error {
		return r.Show(ledger.Thread{Channel: "C1", TS: "1.000100"}, at, time.Hour) // its card was posted after the end
	})
	c.request(1, shown, approvedBy(ben), by((*ledger.Revision).Cancel, ada))
	c.request(1, shown, expired)
	c.request(0, shown, submitted, tooLate)
	c.request(2, shown, approvedBy(ben), approvedBy(cem), because((*ledger.Revision).Void, ledger.Drift))
	announced := func(r *ledger.Revision, at time.Time) error {
		return r.Announce(ledger.Owner{Person: dan}, at.Add(time.Hour), at)
	}
	c.request(1, shown, approvedBy(ben), announced, by((*ledger.Revision).Veto, dan))
	for _, why := range c.words["Untold"] {
		c.request(1, shown, approvedBy(ben), func(r *ledger.Revision, at time.Time) error {
			return r.Announce(ledger.Owner{Untold: ledger.Untold(why)}, time.Time{}, at)
		}, submitted)
	}
	c.request(1, accepted(rebuilt(""))...)
	c.request(1, accepted(rebuilt(ledger.WithWarnings))...)
	c.request(1, shown, approvedBy(ben), submitted, answered(ledger.Declined, ledger.Forbidden))
	c.request(1, accepted(built, answered(ledger.Declined, ledger.GraphRefused))...)
	c.request(1, accepted(built, answered(ledger.NotActed, ledger.NotSent), answered(ledger.Unknown, ledger.LostAnswer))...)
	c.request(0, unsure((*ledger.Revision).GiveUpEvidence, by((*ledger.Revision).Leave, ben))...)
	c.request(1, accepted((*ledger.Revision).CallOverdue, by((*ledger.Revision).Close, ben), (*ledger.Revision).CloseUnfinished)...)
	c.request(0, shown, submitted, doubted, evident, rebuilt(ledger.LooksRebuilt))
}

// lives leaves requests in every state that is not final.
func (c *composer) lives() {
	glimpsed := func(r *ledger.Revision, at time.Time) error {
		return r.KeepGlimpse(ledger.Glimpse{What: "ready: status provisioned", At: at})
	}
	kept := because((*ledger.Revision).Keep, ledger.StillRuns)
	builds := func(r *ledger.Revision, _ time.Time) error { return r.KeepPhase(ledger.Building) }
	for _, steps := range [][]step{
		{}, {offered}, {offered, shownThem}, {offered, shownThem, picked}, {offered, shownThem, picked, located},
		{waitsFor(ledger.GraphSilent)}, {located}, {located, waitsFor(ledger.SlackSilent)},
		{shown}, {shown, waitsFor(ledger.PassingState)}, {shown, waitsFor(ledger.Frozen)},
		{shown, submitted}, {shown, submitted, answered(ledger.NotActed, ledger.Throttled)},
		unsure(), unsure((*ledger.Revision).GiveUpEvidence), unsure((*ledger.Revision).GiveUpEvidence, (*ledger.Revision).RemindDaily),
	} {
		c.request(0, steps...)
	}
	for _, steps := range [][]step{
		{shown}, {shown, approvedBy(ben)}, {shown, approvedBy(ben), waitsFor(ledger.TooMany)}, {shown, approvedBy(ben), submitted},
		accepted(), accepted((*ledger.Revision).SeeRun), accepted((*ledger.Revision).AwaitPower), accepted((*ledger.Revision).SeeRun, glimpsed),
		accepted((*ledger.Revision).SeeRun, builds),
		accepted((*ledger.Revision).CallOverdue), accepted((*ledger.Revision).CallOverdue, by((*ledger.Revision).Close, ben)),
		accepted((*ledger.Revision).CallOverdue, by((*ledger.Revision).Close, ben), kept),
	} {
		c.request(1, steps...)
	}
	c.request(2, shown)
	c.request(2, shown, approvedBy(ben))
}

// selfService writes requests that people make for machines of their own, in every state in which somebody's
// sign-in matters.
func (c *composer) selfService() {
	ask := func(needed int, steps ...step) {
		c.n++
		c.clock.pass(time.Second)
		c.enter(command.Order{Verb: command.Mine}, needed, steps...)
	}
	hold := func(r *ledger.Revision, at time.Time) error {
		r.HoldSignIn("yesterday's worker", at.Add(15*time.Minute))
		return r.AwaitSignIn(at.Add(15 * time.Minute))
	}
	signIn := func(email ledger.EmailMatch) step {
		return func(r *ledger.Revision, at time.Time) error {
			return r.SignIn(ledger.Account{ObjectID: "oid-1", Tenant: "tid-1", Name: "dan@contoso.example"}, email, at.Add(time.Hour), at)
		}
	}
	confirmed := func(r *ledger.Revision, at time.Time) error { return r.Confirm(1, ada, "it is <slow>", at) }
	waits := func(more ...step) []step {
		return append([]step{hold, signIn(ledger.EmailAgrees), offered, shownThem, confirmed, shown}, more...)
	}
	lost := func(r *ledger.Revision, at time.Time) error {
		return r.Void(ledger.NoSignInBecause(ledger.SignInLost), at)
	}
	ask(1, hold)
	for _, email := range c.words["EmailMatch"] {
		ask(1, hold, signIn(ledger.EmailMatch(email)))
	}
	for _, why := range c.words["NoSignInWhy"] {
		ask(1, hold, func(r *ledger.Revision, at time.Time) error {
			return r.Refuse(ledger.NoSignInBecause(ledger.NoSignInWhy(why)), at)
		})
	}
	ask(1, hold, signIn(ledger.EmailAgrees), offered, shownThem)
	ask(1, waits()...)
	ask(1, waits(lost)...)
	ask(1, waits(approvedBy(ben))...)
	ask(1, waits(approvedBy(ben), lost)...)
	ask(1, waits(approvedBy(ben), submitted, answered(ledger.Acted, ""))...)
	ask(0, waits(submitted, answered(ledger.Declined, ledger.OwnForbidden))...)
}

// full writes a request with every field set, and an event likewise. No real request looks like
// this.
func (c *composer) full() {
	seen := ledger.Target{
		ID: "pc of the full one", Name: "CPC-full", DeviceName: "CPC-FULL-1", User: "dan@contoso.example", PolicyID: "policy-1", Policy: "Standard", Image: "Windows 10",
		Connection: "network-1", NewImage: "Windows 11", Region: "westeurope", Join: "azureADJoin", PlanID: "plan-1", Plan: "2vCPU/8GB", ManagedDeviceID: "m-1", AADDeviceID: "a-1",
		Provisioned: c.clock.now(), Status: "provisioned", LastAction: c.clock.now(), Shared: true, Group: "desk", Power: "running", OS: "windows10", Account: "standardUser",
	}
	filled := func(r *ledger.Revision, at time.Time) error {
		r.Failure, r.Cause = ledger.ByBuild, cause(ledger.BuildFailed)
		r.Cause.Until, r.Cause.Where, r.Cause.Retriable = at, "C9", "true"
		r.Order.Request, r.Order.Person, r.Interaction.View = "R-FFFF", "U_DAN", "V1"
		r.Choices, r.Offered, r.Picked, r.FoundBy = choices(at), true, "pc-2", ledger.ByPick
		r.Near = choices(at)
		r.Self = ledger.SelfService{
			Holder: "yesterday's worker", Account: ledger.Account{ObjectID: "oid-1", Tenant: "tid-1", Name: "dan@contoso.example"},
			SignedIn: at, Until: at, Email: ledger.EmailDiffers, Confirmed: at,
		}
		r.Order.Silent, r.Announced, r.Redacted = true, at, at
		r.Owner = ledger.Owner{Person: dan, Untold: ledger.NotReached, Until: at, NoVeto: true, Notice: ledger.Thread{Channel: "D1", TS: "3.000100"}}
		r.Preview = ledger.Preview{
			SignedIn: true, Never: true, LastUse: at, AsOf: at, Image: "notSupported", ImageUntil: at, Others: []string{"CPC-other"}, NoOwners: true,
		}
		r.Result, r.Reminded, r.RetryOf, r.Earlier, r.Missing, r.Due, r.Tries = r.Target, 2, "R-F222", "R-F223", at, at.AddDate(1, 0, 0), 3
		r.Rejections, r.RejectedBy = 2, ledger.Throttled
		r.Decided.Reason = "because & so"
		s := &r.Submission
		s.Seen, s.Power, s.EvidenceGivenUp, s.RemindedDaily, s.Overdue = at, at, at, at, at
		s.Glimpse = ledger.Glimpse{What: "ready: status provisioned", At: at}
		s.Closing = ledger.Decision{Kind: ledger.WasLeft, By: ben, At: at, Reason: "long enough"}
		s.Phase = ledger.Erasing
		r.NewEvents = append(r.NewEvents, ledger.Event{
			At: at, Kind: ledger.CameLate, By: ben, To: r.State, Cause: r.Cause, Call: s.CallID, Outcome: ledger.Acted, Count: 7, Target: r.Target.ID,
			OS: command.Windows11, Account: command.StandardUser, Act: auth.Leave, Verdict: auth.NotAdmin,
			SignIn:  ledger.SignIn{ObjectID: "oid-1", Tenant: "tid-1", Email: ledger.EmailDiffers},
			Outside: ledger.Erase{Event: "audit-0", At: at, App: "app-0", Own: true, Result: "success"},
			Texts:   map[string]string{ledger.TextWhy: "why", ledger.TextTyped: "typed", ledger.TextName: "name", ledger.TextDevice: "device", ledger.TextUser: "user", ledger.TextActor: "actor"},
		})
		return nil
	}
	for c.n%3 != 0 { // the next one has options
		c.n++
	}
	r := c.request(1, func(r *ledger.Revision, at time.Time) error {
		return errors.Join(r.Locate(seen), r.Show(ledger.Thread{Channel: "C1", TS: "2.000100"}, at, 8*time.Hour))
	}, approvedBy(ben), submitted, answered(ledger.Acted, ledger.EvidenceOf), because((*ledger.Revision).FailBuild, ledger.BuildFailed), filled)
	c.checkFull(r)
}

// checkFull fails if a new field is not set by full: set it there, for the next fixture.
func (c *composer) checkFull(r ledger.Revision) {
	events, err := c.s.Events(c.t.Context(), r.ID, 0)
	must(c.t, err)
	for path, set := range fieldsOf(r.Request, "Idle") {
		if !set {
			c.t.Errorf("Request.%s is not set in the request that has every field", path)
		}
	}
	for path, set := range fieldsOf(events[len(events)-1]) {
		if !set {
			c.t.Errorf("Event.%s is not set in the event that has every field", path)
		}
	}
}

// notes has dan try every act that auth judges, refused for every reason.
func (c *composer) notes() {
	r := get(c.t, c.s, "R-F223")
	acts, reasons := c.words["Act"], c.words["Reason"]
	for i := range max(len(acts), len(reasons)) {
		c.clock.pass(time.Second)
		act, reason := auth.Act(acts[i%len(acts)]), auth.Reason(reasons[i%len(reasons)])
		must(c.t, c.s.AppendEvent(c.t.Context(), r.ID, r.Repelled(dan, act, reason, c.clock.now())))
	}
}

// outside stores two erases that no request explains. People were told of the first.
func (c *composer) outside() {
	c.clock.pass(time.Second)
	_, err := c.s.Watch(c.t.Context())
	must(c.t, err)
	at := c.clock.now()
	_, err = c.s.RecordErases(c.t.Context(), at, []ledger.Event{
		ledger.OutsideErase(ledger.Erase{Event: "audit-1", At: at.Add(-time.Minute), App: "our app", Own: true, Result: "success"}, "pc-1", "CPC-1", "our bot", "call-1", at),
		ledger.OutsideErase(ledger.Erase{Event: "audit-2", At: at.Add(-time.Hour), App: "Intune", Result: "success"}, "pc-2", "CPC-2", "eve@contoso.example", "", at),
	})
	must(c.t, err)
	got, err := c.s.Claim(c.t.Context(), ledger.JobOutside, "yesterday's worker", time.Minute, 2)
	if err != nil || len(got) != 1 {
		c.t.Fatal(got, err)
	}
	got[0].Req.Events = 2
	_, err = c.s.Finish(c.t.Context(), "yesterday's worker", got[0], 1, at.Add(time.Minute))
	must(c.t, err)
	must(c.t, c.s.Schedule(c.t.Context(), ledger.JobReconcile, ledger.TenantKey, at.Add(15*time.Minute)))
}

// claims leaves a worker with two claims of executions and two of notifications, and sends all
// other notifications.
func (c *composer) claims() {
	ctx := c.t.Context()
	c.clock.pass(time.Second)
	if got, err := c.s.Claim(ctx, ledger.JobStep, "yesterday's worker", time.Minute, 2); err != nil || len(got) != 2 {
		c.t.Fatal(got, err)
	}
	got, err := c.s.Claim(ctx, ledger.JobThread, "yesterday's worker", time.Minute, 1000)
	must(c.t, err)
	slices.SortFunc(got, func(a, b ledger.Job) int { return strings.Compare(a.Key, b.Key) })
	for i, j := range got[:len(got)-2] {
		told := j.Req.Events - i%2 // every second request has its last event postponed
		next := time.Time{}
		if told < j.Req.Events {
			next = c.clock.now().Add(time.Minute)
		}
		_, err := c.s.Finish(ctx, "yesterday's worker", j, told, next)
		must(c.t, err)
	}
}
