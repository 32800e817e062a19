package words

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// TestCatalogue prints every sentence that people read, so that a writer can read them all:
//
//	go test ./bot/words -run Catalogue -v
//
// What is printed is enumerated from the source, and it fails where a sentence has no example.
func TestCatalogue(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long under the race detector, and nothing in it runs at the same time")
	}
	for name, columns := range map[string]func(*testing.T){
		"events": TestEveryEventHasARowWithAllColumns, "states": TestEveryStateHasARowWithAllColumns, "causes": TestEveryCauseHasARowWithAllColumns,
	} {
		if !t.Run(name, columns) {
			t.FailNow() // what has no words cannot be printed
		}
	}
	c := &catalogue{t: t, out: io.Discard}
	if testing.Verbose() { // else what failed would drown
		c.out = t.Output()
	}
	for _, part := range []func(*catalogue){
		theCauses, theServices, theBuilds, theEvents, theStates, theCards, theRefusals, theProblems, theAnswers, thePicks, theLists, theForms, theOwners, theSelfService,
	} {
		part(c)
	}
	c.nothingIsMissing()
}

// catalogue prints each sentence once in its chapter.
type catalogue struct {
	t       *testing.T
	out     io.Writer
	seen    map[string]bool
	answers map[string]bool // exported functions of this package that were printed
}

func (c *catalogue) chapter(name string) {
	c.seen = map[string]bool{}
	fmt.Fprintf(c.out, "\n== %s\n", name)
}

var (
	aDate    = regexp.MustCompile(`<!date[^>]*>`)
	aMention = regexp.MustCompile(`<@(?:U_)?([^>]*)>`)
	aChannel = regexp.MustCompile(`<#[^>]*>`)
	aLink    = regexp.MustCompile(`<https[^|>]*\|([^>]*)>`)
)

// asShown is a line roughly as Slack shows it.
func asShown(l Line) string {
	s := aChannel.ReplaceAllString(aDate.ReplaceAllString(string(l), "today 14:05"), "#it")
	s = aMention.ReplaceAllStringFunc(s, func(m string) string { return "@" + strings.ToLower(aMention.FindStringSubmatch(m)[1]) })
	return unescapes.Replace(aLink.ReplaceAllString(s, "[$1]"))
}

func (c *catalogue) say(name string, l Line) {
	text := asShown(l)
	if l == "" || c.seen[text] {
		return
	}
	c.seen[text] = true
	fmt.Fprintf(c.out, "%-26s %s\n", name, strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", 27)))
	for _, odd := range []string{"%!", "  ", "..", " .", "can not", "leaves it", "()", "“”", ": :"} {
		if !strings.Contains(text, "/reprovision") && strings.Contains(strings.ToLower(text), odd) {
			c.t.Errorf("%s: %q in %q", name, odd, text)
		}
	}
}

var (
	ada, ben = auth.Person{Org: "T0HOME", ID: "U_ADA"}, auth.Person{Org: "T0HOME", ID: "U_BEN"}
	began    = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

// examples are causes as they are in the field, at least one for each code.
var examples = map[ledger.Code][]ledger.Cause{
	ledger.NoSuchPC:     {{Detail: "CPC-adda"}, {Detail: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"}},
	ledger.ManyPCs:      {{Detail: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd, 0b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbe"}},
	ledger.WrongState:   {{}, {Detail: "inGracePeriod", Until: began}, {Detail: "inGracePeriod"}, {Detail: "pendingProvision"}, {Detail: "notProvisioned"}, {Detail: "resizePendingLicense"}, {Detail: "deprovisioning"}, {Detail: "somethingNew"}},
	ledger.PassingState: {{}, {Detail: "resizing"}, {Detail: "restoring"}},
	ledger.Taken:        {{Detail: "R-7K3F"}},
	ledger.MayNotPost: {
		{Detail: "not_in_channel"}, {Detail: "not_in_channel", Where: "C1"}, {Detail: "is_archived"}, {Detail: "something_new"}, {Detail: "something_new", Where: "C1"},
	},
	ledger.NoScope:      {{Detail: "users:read"}},
	ledger.GraphSilent:  {{}, {Status: 503, RequestID: "7f3c"}},
	ledger.GraphRefused: {{Status: 409, Detail: "InvalidCloudPcState", RequestID: "7f3c", Reason: "The Cloud PC is busy."}},
	ledger.Forbidden:    {{Status: 403, RequestID: "7f3c"}},
	ledger.Throttled:    {{Status: 429, RequestID: "7f3c"}},
	ledger.NoToken:      {{}, {Detail: "temporarily_unavailable"}, {Detail: "AADSTS700024"}},
	ledger.BadIdentity:  {{}, {Detail: "AADSTS7000222"}},
	ledger.LostAnswer:   {{}, {Status: 504, RequestID: "7f3c"}},
	ledger.Drift:        {{Detail: "user: dan@example.com → eve@example.com; plan: none → Enterprise"}},
	ledger.NoLongerMay:  {{Detail: "U_BEN"}},
	ledger.Waited:       {{Detail: "throttled"}},
	ledger.BuildFailed:  {{Detail: "intuneEnrollFailed; The device could not be enrolled."}, {Detail: "newCode; It did not work.", Retriable: "true"}, {Detail: "newCode", Retriable: "false"}, {}},
	ledger.Frozen:       {{Detail: "U_BEN"}},
	ledger.TooMany:      {{}, {Detail: "U_BEN"}},
	ledger.NotBegun:     {{Detail: "its remote action Reprovision is failed"}, {Detail: "licenseNotFound; No."}},
	ledger.EvidenceOf:   {{Detail: "it has a new device identity"}, {Detail: "its remote action Reprovision is active"}},
	ledger.UnderWay:     {{Detail: "pending"}},
	ledger.WithWarnings: {{Detail: "intuneEnrollDelayed"}},
	ledger.Between:      {{Status: 403}},
	ledger.SecondAdmin:  {{Status: 400, RequestID: "7f3c"}},
	ledger.NoSuchCall:   {{Status: 404, RequestID: "7f3c"}},
	ledger.Options:      {{Status: 400, RequestID: "7f3c"}},
	ledger.NoEmail:      {{Detail: "dan"}},
	ledger.Protected:    {{Detail: "CPC-DAN-01"}},
	ledger.OwnerNotice:  {{Until: began}},
	ledger.OwnerUnknown: {{}},
	ledger.OwnerUntold:  {{Detail: "not-found"}, {Detail: "no-look-up"}, {Detail: "not-reached"}, {Detail: "shared"}, {Detail: "notify-no"}, {Detail: "is-asking"}},
	ledger.Vetoed:       {{}},
	ledger.StillRuns:    {{Detail: "its remote action Reprovision is active"}},
	ledger.NoSignIn:     {{Detail: "expired"}, {Detail: "guest"}, {Detail: "somethingNew"}},
	ledger.NotOwn:       {{}},
	ledger.OwnForbidden: {{Status: 403, RequestID: "7f3c"}},

	ledger.NonePicked: {{}}, ledger.NotOffered: {{}}, ledger.SlackSilent: {{}}, ledger.NotSent: {{}}, ledger.Interrupted: {{}}, ledger.Unjudged: {{}}, ledger.OutsideNow: {{}}, ledger.MoreNeeded: {{}},
	ledger.TooOld: {{}}, ledger.LooksRebuilt: {{}}, ledger.NeverEnded: {{}}, ledger.OthersChat: {{}}, ledger.NoStatus: {{}},
}

func theCauses(c *catalogue) {
	c.chapter("causes: why, as it stands behind a colon (bot/ledger: Code)")
	for _, code := range codes(c.t) {
		if len(examples[code]) == 0 {
			c.t.Errorf("the cause %q has no example", code)
		}
		for _, cause := range examples[code] {
			cause.Code = code
			c.say(string(code), Why(cause)+again(cause))
		}
	}
	c.say("(a code of a later version)", Why(ledger.Cause{Code: "new", Status: 418}))
}

func theServices(c *catalogue) {
	c.chapter("refusals of services (bot/causes)")
	source := parsed(c.t, "../causes/causes.go")
	words := map[string]string{}
	ast.Inspect(source, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			for i, name := range v.Names {
				if i < len(v.Values) {
					if lit, ok := v.Values[i].(*ast.BasicLit); ok {
						words[name.Name], _ = strconv.Unquote(lit.Value)
					}
				}
			}
		}
		return true
	})
	rows := 0
	ast.Inspect(source, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		table, ok := v.Values[0].(*ast.CompositeLit)
		if !ok {
			return true
		}
		for _, e := range table.Elts {
			var code string
			switch first := e.(*ast.CompositeLit).Elts[0].(type) {
			case *ast.BasicLit:
				code, _ = strconv.Unquote(first.Value)
			case *ast.Ident:
				code = words[first.Name]
			}
			status, _ := strconv.Atoi(code)
			row := map[string]causes.Cause{"graph": causes.Graph(status, code), "entra": causes.Entra(code), "slack": causes.Slack(code)}[v.Names[0].Name]
			if row.What == "" {
				c.t.Errorf("%s %s is not found", v.Names[0].Name, code)
			}
			rows++
			c.say(v.Names[0].Name+" "+code, Say("%s", row.Text()))
		}
		return true
	})
	if rows < 60 {
		c.t.Errorf("only %d rows", rows)
	}
	for _, status := range []int{0, 418, 502} {
		c.say(fmt.Sprint("graph ", status), Say("%s", causes.Graph(status, "").Text()))
	}
}

// theBuilds prints how a build that failed, or that has warnings, is told for every row of bot/causes.
func theBuilds(c *catalogue) {
	r, e := someRequests("")[0], ledger.Event{At: began.Add(48 * time.Minute)}
	r.Submission.CallID = "0d9e"
	c.chapter("builds that failed: thread, card, dialog (bot/causes: provisioning)")
	codes := rowsOf(c.t, "provisioning")
	for _, code := range append(codes, "newCode", "intuneEnroll_NewCode") {
		for _, of := range []ledger.Code{ledger.BuildFailed, ledger.NotBegun} {
			r.State, r.Failure, r.Cause = ledger.Failed, ledger.ByBuild, ledger.Cause{Code: of, Detail: code + "; It did not work.", RequestID: "7f3c"}
			e.Cause = r.Cause
			for _, line := range []Line{threadFailed(r, e), Status(r), Say("%s", Buttons(r)[0].Confirm.Text)} {
				c.say(code, line)
			}
		}
	}
	c.chapter("warnings: thread, card (bot/causes: warnings)")
	for _, code := range append(rowsOf(c.t, "warnings"), "newCode", "intuneEnroll_NewCode", "windowsReset timeZone localAdmin teams") {
		r.State, r.Failure, r.Cause = ledger.Succeeded, "", ledger.Cause{Code: ledger.WithWarnings, Detail: code + "; It did not work."}
		e.Cause = r.Cause
		c.say(code, threadSucceeded(r, e))
		c.say(code, Status(r))
	}
}

// rowsOf are the codes of a table of bot/causes about builds.
func rowsOf(t *testing.T, table string) (codes []string) {
	t.Helper()
	ast.Inspect(parsed(t, "../causes/provisioning.go"), func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || v.Names[0].Name != table {
			return true
		}
		for _, row := range v.Values[0].(*ast.CompositeLit).Elts {
			code := row.(*ast.CompositeLit).Elts[0].(*ast.CompositeLit).Elts[0].(*ast.BasicLit).Value
			codes = append(codes, strings.TrimSuffix(strings.Trim(code, `"`), "*"))
		}
		return false
	})
	if len(codes) < 10 {
		t.Fatalf("only %d rows of %s", len(codes), table)
	}
	return codes
}

// someRequests are requests with all that sentences make a difference by, where a cause has the code.
func someRequests(code ledger.Code) (all []ledger.Request) {
	cause := ledger.Cause{Code: code}
	if len(examples[code]) > 0 {
		cause = examples[code][0]
		cause.Code = code
	}
	base := ledger.Request{
		ID: "R-7K3F", Requester: ada, Order: command.Order{PC: "CPC-DAN-01", OS: command.Windows11, Account: command.StandardUser, Reason: "does not start"},
		Target: ledger.Target{Name: "CPC-DAN-01", User: "dan@example.com", DeviceName: "CPC-dan-X7QK2"}, ApprovalsNeeded: 1,
		Asked: began, Expires: began.Add(8 * time.Hour), Ended: began.Add(48 * time.Minute), Cause: cause,
		Submission: ledger.Submission{At: began.Add(time.Minute), Accepted: began.Add(time.Minute)},
		Result:     ledger.Target{DeviceName: "CPC-dan-9Q2XB", OS: "windows11", Account: "standardUser"},
	}
	two, approved, overdue, differs, off, shared := base, base, base, base, base, base
	two.ApprovalsNeeded, two.Consents = 3, []ledger.Consent{{By: ben, At: began}}
	approved.Consents = []ledger.Consent{{By: ben, At: began}}
	overdue.Submission.Overdue, overdue.Submission.EvidenceGivenUp, overdue.Earlier = began, began, "R-2ABC"
	differs.Result.Account = "administrator"
	off.Target.Power, off.Submission.Power = poweredOff, began
	shared.Target.Shared, shared.Target.User, shared.Result = true, "", ledger.Target{}
	return []ledger.Request{base, approved, two, overdue, differs, off, shared}
}

var failures = []ledger.Failure{"", ledger.ByRefusal, ledger.ByBuild, ledger.Unfinished, ledger.Unproven}

// whys puts … where a line says why.
func whys(code ledger.Code) func(Line) Line {
	cause := someRequests(code)[0].Cause
	why := Why(cause)
	all := strings.NewReplacer(string(why+again(cause)), "…", string(why), "…", string(sentence(why)), "…")
	return func(l Line) Line { return Line(all.Replace(string(l))) }
}

func theEvents(c *catalogue) {
	for n, said := range []phrase{
		func(r ledger.Request, e ledger.Event) Line { l, _ := ThreadLine(r, e); return l },
		func(r ledger.Request, e ledger.Event) Line { return EventOf(e).past(r, e) },
	} {
		c.chapter([]string{"events: in the thread (…: a cause)", "events: told later, by status"}[n])
		kinds := constants(c.t, "event.go", "Kind")
		for _, kind := range slices.Sorted(maps.Values(kinds)) {
			for _, code := range append(codes(c.t), "") {
				why := whys(code)
				for _, r := range someRequests(code) {
					event := func(to ledger.State, count int, outcome ledger.Outcome) {
						e := ledger.Event{
							Kind: ledger.Kind(kind), At: began, By: ben, To: to, Cause: r.Cause, Count: count, Call: "0d9e", Outcome: outcome,
							Act: auth.Approve, Verdict: auth.OwnRequest, Texts: map[string]string{ledger.TextWhy: "not his machine"},
						}
						if e.Kind != ledger.CameLate || outcome != "" {
							c.say(kind, why(said(r, e)))
						}
					}
					for _, to := range slices.Sorted(maps.Keys(states)) {
						event(to, 1, "")
					}
					event("", 2, "")
					for _, outcome := range []ledger.Outcome{ledger.Acted, ledger.Declined, ledger.NotActed, ledger.Unknown} {
						event("", 1, outcome)
					}
					for _, r.Failure = range failures {
						event("", 1, "")
					}
				}
			}
		}
	}
	c.chapter("events: what somebody tried and could not do")
	acts, reasons := constantsOf(c.t, "../../auth/rules.go", "Act"), constantsOf(c.t, "../../auth/rules.go", "Reason")
	for _, act := range acts {
		for _, reason := range reasons {
			if attempts[auth.Act(act)] == "" {
				c.t.Errorf("the act %q has no words", act)
			}
			if r := auth.Reason(reason); obstacles[r] == "" && r != auth.IsAdmin && r != auth.IsRequester && r != auth.IsOwner && r != auth.IsMember {
				c.t.Errorf("the reason %q has no words", reason)
			}
		}
		c.say(act, pastRepelled(ledger.Request{}, ledger.Event{By: ben, Act: auth.Act(act), Verdict: auth.NotAdmin}))
	}
	for _, reason := range reasons {
		if obstacles[auth.Reason(reason)] != "" {
			c.say(reason, pastRepelled(ledger.Request{}, ledger.Event{By: ben, Act: auth.Approve, Verdict: auth.Reason(reason)}))
		}
	}
}

func theStates(c *catalogue) {
	for _, chapter := range []struct {
		name string
		said func(ledger.Request) []Line
	}{
		{"states: on the card (…: a cause)", func(r ledger.Request) []Line { return []Line{Status(r)} }},
		{"states: in a list", func(r ledger.Request) []Line { return []Line{Say("%s", shortStatus(r))} }},
		{"buttons and what they ask", func(r ledger.Request) (out []Line) {
			for _, b := range Buttons(r) {
				line := Say("[%s]", b.Text)
				if b.Confirm != nil {
					line += Say(" %s %s [%s] [%s]", b.Confirm.Title, b.Confirm.Text, b.Confirm.Yes, b.Confirm.No)
				}
				out = append(out, line)
			}
			return out
		}},
	} {
		c.chapter(chapter.name)
		for _, state := range slices.Sorted(maps.Keys(states)) {
			for _, code := range append(codes(c.t), "") {
				why := whys(code)
				for _, r := range someRequests(code) {
					for _, r.Failure = range failures {
						r.State, r.Decided = state, ledger.Decision{By: ben, Reason: "not his machine"}
						for _, line := range chapter.said(r) {
							c.say(string(state), why(line))
						}
					}
				}
			}
		}
	}
}

func theRefusals(c *catalogue) {
	c.chapter("refusals of people (auth: Reason)")
	for _, reason := range constantsOf(c.t, "../../auth/rules.go", "Reason") {
		if r := auth.Reason(reason); r != auth.IsAdmin && r != auth.IsRequester && r != auth.IsMember && r != auth.OtherCard { // which has words of its own
			c.say(reason, c.answer("MayNot", MayNot(auth.Verdict{Reason: r, Detail: "users:read"})))
		}
	}
	c.chapter("help, by role")
	for _, v := range []auth.Verdict{{Allowed: true, Reason: auth.IsAdmin}, {Allowed: true, Reason: auth.IsRequester}, {Reason: auth.Unknown}, {Reason: auth.NotListed}, {Allowed: true, Reason: auth.IsMember}} {
		for _, selfService := range []bool{false, true} {
			c.say(string(v.Reason), c.answer("Help", Help(v, selfService)))
		}
	}
}

func theProblems(c *catalogue) {
	c.chapter("problems with what was typed (bot/command: Problem)")
	typed := map[command.Problem][]string{
		command.NoMachine: {"reprovision"}, command.TwoMachines: {"CPC-ada CPC-bob", "desk lamp"}, command.PersonNotMachine: {"history <@U_ADA>"}, command.BarePerson: {"@ada"},
		command.NoRequest: {"cancel"}, command.NotARequest: {"cancel CPC-ada"}, command.Excess: {"list all"}, command.UnknownKey: {"CPC-ada colour=red", "CPC-ada acount=standardUser"},
		command.KeyTwice: {"CPC-ada os=windows11 os=windows10"}, command.NoValue: {"CPC-ada os=", "CPC-ada reason="}, command.UnknownValue: {"CPC-ada os=linux", "CPC-ada os=windows12"},
		command.Sentinel: {"CPC-ada os=unknownFutureValue"}, command.Unquoted: {"CPC-ada reason=does not start"}, command.Unclosed: {`CPC-ada reason="slow`}, command.Glued: {`"CPC-ada"os=windows11`},
		command.Control: {"CPC\x01-ada"}, command.TooLong: {strings.Repeat("x", 2000), "CPC-ada reason=" + strings.Repeat("x", 700)}, command.Style: {"CPC-ada --os windows11", "CPC-ada --os linux"},
		command.Filler: {"CPC-ada please"}, command.OwnName: {"/reprovision CPC-ada"},
		command.NearVerb: {"freeze!", "unfreze", "cancle 7k3f", "undo", "histroy CPC-ada"}, command.Buttons: {"approve R-7K3F", "deny"}, command.NoVersion: {"version"},
	}
	for _, kind := range constantsOf(c.t, "../command/error.go", "Problem") {
		found := false
		for _, text := range typed[command.Problem(kind)] {
			_, err := command.Parse(text)
			var e *command.Error
			if !errors.As(err, &e) || e.Problem != command.Problem(kind) {
				c.t.Logf("%s is %v, not %s", text[:min(len(text), 40)], err, kind)
				continue
			}
			found = true
			c.say(kind, c.answer("Misread", Misread(err)))
		}
		if !found {
			c.t.Errorf("the problem %q has no example", kind)
		}
	}
	c.say("(no problem)", Misread(errors.New("x")))
	c.say("behind an unknown request", c.answer("OrMachine", OrMachine()))
	for _, text := range []string{"", "CPC-ada CPC-bob"} {
		_, err := command.Parse(text)
		c.say("in a form", c.answer("MisreadMachine", MisreadMachine(err)))
	}
}

func theAnswers(c *catalogue) {
	c.chapter("answers to commands and presses")
	r := someRequests(ledger.NoSuchPC)[0]
	say := func(name string, l Line) { c.say(name, c.answer(name, l)) }
	say("Received", Received(r))
	say("PerhapsRecorded", PerhapsRecorded())
	say("LateRecorded", LateRecorded())
	say("LateLost", LateLost())
	say("LedgerDown", LedgerDown())
	r.State = ledger.Refused
	say("Refused", whys(ledger.NoSuchPC)(Refused(r))+Receipt(ledger.Event{Request: r.ID}))
	c.answer("Receipt", "")
	r.State, r.Decided = ledger.Cancelled, ledger.Decision{By: ben}
	say("Refused", Refused(r))
	say("CardIsAt", CardIsAt(r, "https://example.com"))
	say("OutOfReach", OutOfReach(r))
	say("NotHere", NotHere())
	say("UnknownRequest", UnknownRequest("R-7K3F"))
	say("OtherCard", OtherCard(r, ""))
	say("OtherCard", OtherCard(r, "https://example.com"))
	c.say("copied", copied(r, ""))
	c.say("copied", copied(r, "https://example.com"))
	say("CardStuck", CardStuck(r))
	say("AlreadyRequested", AlreadyRequested(r, ledger.Request{ID: "R-9ABC", State: ledger.Pending, ApprovalsNeeded: 1, Requester: r.Requester}, "https://example.slack.com/archives/C0OPS/p1"))
	say("CalledAMomentAgo", CalledAMomentAgo(""))
	say("CalledAMomentAgo", CalledAMomentAgo("https://example.slack.com/archives/C0OPS/p1"))
	say("WantsReason", WantsReason())
	say("TooManyOpen", TooManyOpen(1))
	say("TooManyOpen", TooManyOpen(10))
	say("TypeInstead", TypeInstead())
	for _, state := range slices.Sorted(maps.Keys(states)) {
		for _, kind := range []ledger.Kind{"", ledger.WasApproved, ledger.WasDenied, ledger.WasCancelled, ledger.WasLeft} {
			out := slices.Contains([]ledger.State{ledger.Submitting, ledger.Unconfirmed, ledger.Provisioning, ledger.Succeeded, ledger.Failed}, state)
			say("TooLate", TooLate(&ledger.DecidedError{Request: r.ID, State: state, By: ledger.Decision{Kind: kind, By: ben, At: began}, Out: out}))
		}
	}
	say("OneMoment", OneMoment())
	say("ApprovedAlready", ApprovedAlready())
	say("HasExpired", HasExpired(r))
	say("CheckingOnceMore", CheckingOnceMore(r))
	say("NotOverdue", NotOverdue(r))
	say("NotYet", NotYet())
	say("Cancelled", Cancelled(r))
}

func theLists(c *catalogue) {
	c.chapter("list, status, history, freeze")
	say := func(name string, l Line) { c.say(name, c.answer(name, l)) }
	r := someRequests("")[1]
	r.State = ledger.Provisioning
	for _, admin := range []bool{true, false} {
		say("List", List(Digest{Admin: admin}))
		say("List", List(Digest{Admin: admin, Brakes: ledger.Brakes{Frozen: true, By: ben, At: began, Why: "Intune is down"}}))
		say("List", List(Digest{Admin: admin, UsedUp: []ledger.BudgetError{{Until: began}, {Of: ada, Until: began}}}))
		say("NothingAsked", NothingAsked(admin))
		say("UnknownMachine", UnknownMachine("CPC-DAN-01", admin))
	}
	say("LiveLine", LiveLine(r, "https://example.com"))
	for _, state := range slices.Sorted(maps.Keys(states)) {
		r.State, r.Decided = state, ledger.Decision{By: ben}
		r.Decided.Kind = map[ledger.State]ledger.Kind{ledger.Denied: ledger.WasDenied, ledger.Cancelled: ledger.WasCancelled}[state]
		say("PastLine", PastLine(r, "https://example.com"))
	}
	r.State, r.Failure, r.Decided.Kind = ledger.Failed, ledger.Unproven, ledger.WasLeft
	say("PastLine", PastLine(r, "https://example.com"))
	for _, state := range slices.Sorted(maps.Keys(states)) {
		for _, code := range []ledger.Code{"", ledger.Frozen, ledger.TooMany, ledger.Throttled} { // the other causes stand in the first chapter
			if state != ledger.Approved && code != "" {
				continue
			}
			for _, r := range someRequests(code) {
				if r.State = state; !state.Ended() {
					say("List: "+string(state), List(inDigest(began.Add(90*time.Minute), r)))
				}
			}
		}
	}
	say("WhichPage", WhichPage(2, 3, false))
	say("WhichPage", WhichPage(2, 3, true))
	say("UnknownPage", UnknownPage())
	say("EventLine", EventLine(r, ledger.Event{Kind: ledger.WasAsked, At: began, By: ada}))
	r.State = ledger.Provisioning
	say("FrozenNow", FrozenNow(ledger.Brakes{}, nil))
	say("FrozenNow", FrozenNow(ledger.Brakes{Frozen: true, By: ben, At: began, Why: "Intune is down"}, []ledger.Request{r}))
	say("Unfrozen", Unfrozen(ledger.Brakes{}))
	say("Unfrozen", Unfrozen(ledger.Brakes{Frozen: true}))
}

// answer notes that a function was printed.
func (c *catalogue) answer(function string, l Line) Line {
	if c.answers == nil {
		c.answers = map[string]bool{}
	}
	c.answers[function] = true
	return l
}

func parsed(t *testing.T, path string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// constantsOf are the values of a file's string constants of a type, in their order.
func constantsOf(t *testing.T, path, kind string) (all []string) {
	t.Helper()
	ast.Inspect(parsed(t, path), func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if id, typed := v.Type.(*ast.Ident); typed && id.Name == kind {
				value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				all = append(all, cmp.Or(value, fmt.Sprint(err)))
			}
		}
		return true
	})
	if len(all) < 5 {
		t.Fatalf("only %d constants of type %s in %s", len(all), kind, path)
	}
	return all
}
