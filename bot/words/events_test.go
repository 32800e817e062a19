package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// constants are the values of the constants of a type in a file of package ledger, by name.
func constants(t *testing.T, file, kind string) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../ledger/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, typed := v.Type.(*ast.Ident); typed && id.Name == kind {
			value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all[v.Names[0].Name] = value
		}
		return true
	})
	if len(all) < 5 {
		t.Fatalf("only %d constants of type %s in %s", len(all), kind, file)
	}
	return all
}

func TestEveryEventHasARowWithAllColumns(t *testing.T) {
	kinds := constants(t, "event.go", "Kind")
	for name, kind := range kinds {
		row, ok := events[ledger.Kind(kind)]
		if !ok {
			t.Errorf("ledger.%s has no row in the table of events (bot/words/events.go)", name)
			continue
		}
		for column, empty := range map[string]bool{
			"thread": row.thread == nil, "past": row.past == nil, "Card": row.Card == 0, "DM": row.DM == 0, "Calls": row.Calls == 0, "Texts": row.Texts == nil,
		} {
			if empty {
				t.Errorf("the row of ledger.%s in the table of events has an empty column: %s", name, column)
			}
		}
		if row.past != nil {
			if said := row.past(ledger.Request{}, ledger.Event{Kind: ledger.Kind(kind)}); said == "" || strings.Contains(string(said), "%!") {
				t.Errorf("the story says nothing, or nonsense, of ledger.%s: %q", name, said)
			}
		}
	}
	if len(events) != len(kinds) {
		t.Errorf("%d rows for %d kinds of event", len(events), len(kinds))
	}
}

func TestEveryStateHasARowWithAllColumns(t *testing.T) {
	all := constants(t, "request.go", "State")
	for name, state := range all {
		row, ok := states[ledger.State(state)]
		if !ok {
			t.Errorf("ledger.%s has no row in the table of states (bot/words/states.go)", name)
			continue
		}
		for column, empty := range map[string]bool{"title": row.title == nil, "symbol": row.symbol == "", "card": row.card == nil, "list": row.list == nil, "buttons": row.buttons == nil} {
			if empty {
				t.Errorf("the row of ledger.%s in the table of states has an empty column: %s", name, column)
			}
		}
		r := ledger.Request{State: ledger.State(state)}
		if row.card != nil && row.card(r) == "" || row.list != nil && row.list(r) == "" {
			t.Errorf("nothing is said of a request in ledger.%s", name)
		}
	}
	if len(states) != len(all) {
		t.Errorf("%d rows for %d states", len(states), len(all))
	}
}

// Each button leads somewhere that its state allows: nobody is offered what would be refused.
func TestButtonsAreThoseThatWork(t *testing.T) {
	for state := range states {
		r := ledger.Request{State: state, Target: ledger.Target{Name: strings.Repeat("m", 90), User: strings.Repeat("u", 90)}}
		r.Submission.Overdue, r.Submission.EvidenceGivenUp = at, at
		var actions []Action
		for _, b := range Buttons(r) {
			actions = append(actions, b.Action)
			if b.Label == "" || utf8.RuneCountInString(b.Label) > 75 || utf8.RuneCountInString(b.Text) > 75 {
				t.Errorf("%s: the button %q is labelled %q", state, b.Text, b.Label)
			}
		}
		for action, works := range map[Action]bool{
			PressApprove: state == ledger.Pending,
			PressDeny:    state == ledger.Pending || state == ledger.Approved,
			PressCancel:  state == ledger.Pending || state == ledger.Approved,
			PressLeave:   state == ledger.Unconfirmed || state == ledger.Provisioning,
			PressAgain:   state == ledger.Unconfirmed || state.Ended() && state != ledger.Succeeded,
		} {
			if slices.Contains(actions, action) != works {
				t.Errorf("%s: the buttons are %v", state, actions)
			}
		}
	}
}

// The texts that a row names are those that the ledger keeps of such an event.
func TestTheTableNamesTheTextsThatAreKept(t *testing.T) {
	somebody := auth.Person{Org: "T0HOME", ID: "U0ADA"}
	asked := ledger.New(command.Order{PC: "CPC-ada", Reason: "slow"}, somebody, "C1", ledger.Interaction{}, 1, at)
	denied := asked
	shown, done, own := asked, asked, asked
	own.HoldSignIn("worker", at)
	for _, err := range []error{
		shown.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, at, time.Hour),
		own.SignIn(ledger.Account{ObjectID: "oid", Name: "ada@example.com"}, ledger.EmailAgrees, at, at),
		own.Offer([]ledger.Choice{{ID: "pc"}}, at), own.Confirm(0, somebody, "why", at),
		denied.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, at, time.Hour), denied.Deny(somebody, at), denied.Explain(somebody, "why", at),
		done.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, at, time.Hour), done.Approve(auth.Person{Org: "T0HOME", ID: "U0BEN"}, at, time.Hour),
		done.Submit("call", at, at.Add(time.Second)),
		done.Answer(ledger.Answer{CallID: "call", Outcome: ledger.Acted}, at), done.SeeRun(at), done.Succeed(ledger.Target{ID: "pc"}, ledger.Cause{}, at),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	outside := ledger.Revision{NewEvents: []ledger.Event{ledger.OutsideErase(ledger.Erase{Event: "e"}, "pc", "CPC-ada", "eve", "", at)}}
	seen := map[ledger.Kind]bool{}
	for _, r := range []ledger.Revision{asked, shown, denied, done, own, outside} {
		for _, e := range r.NewEvents {
			seen[e.Kind] = true
			kept, named := slices.Sorted(maps.Keys(e.Texts)), slices.Sorted(slices.Values(EventOf(e).Texts))
			if !slices.Equal(kept, named) {
				t.Errorf("%s keeps the texts %v, and its row names %v", e.Kind, kept, named)
			}
		}
	}
	for kind, row := range events {
		if len(row.Texts) > 0 && !seen[kind] {
			t.Errorf("the row of %s names texts, and nothing here makes such an event", kind)
		}
	}
}

// Replicas of two versions share a ledger while an update rolls: what only the newer one knows is
// shown as it is called, and nothing falls over.
func TestWhatANewerVersionWroteIsShown(t *testing.T) {
	r := ledger.Request{State: "signing-in", Target: ledger.Target{Name: "CPC-ada"}}
	if c := Draw(r, Links{}); !strings.Contains(string(c.Status), "signing-in") || len(c.Buttons) != 0 || LiveLine(r, "") == "" {
		t.Errorf("%+v", c)
	}
	e := ledger.Event{Kind: "teleported", At: at}
	if line, told := ThreadLine(r, e); told || !strings.Contains(string(EventLine(r, e)), "teleported") {
		t.Errorf("%q, %q", line, EventLine(r, e))
	}
}

// An answer that comes late tells the requester nothing new once the run shows.
func TestALateAnswerIsNoDirectMessageWhileTheRunShows(t *testing.T) {
	for to, dm := range map[ledger.State]bool{ledger.Provisioning: false, ledger.Unconfirmed: true, ledger.Failed: true, ledger.Succeeded: true} {
		if got := EventOf(ledger.Event{Kind: ledger.CameLate, To: to}).DM.PastThread(); got != dm {
			t.Errorf("%s: %v", to, got)
		}
	}
}

// Whom a reply calls is written out here once more: approvers when something is left to decide, the
// requester at the end, and nobody else (design rule 12).
func TestWhomAReplyCalls(t *testing.T) {
	want := map[ledger.Kind]Call{
		ledger.WasReminded: ApproversFirst, ledger.IsUnsettled: Approvers,
		ledger.WasRefused: Requester, ledger.WasDenied: Requester, ledger.WasCancelled: Requester, ledger.WasExpired: Requester,
		ledger.WasVoided: Requester, ledger.WasVetoed: Requester, ledger.WasLeft: Requester, ledger.HasSucceeded: Requester, ledger.HasFailed: Requester,
	}
	for kind, row := range events {
		calls := want[kind]
		if calls == 0 {
			calls = Nobody
		}
		if row.Calls != calls {
			t.Errorf("%s calls %v, want %v", kind, row.Calls, calls)
		}
	}
}
