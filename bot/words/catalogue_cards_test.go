package words

import (
	"go/ast"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
)

// theCards prints cards as a whole, each state in the ways in which people may see it.
func theCards(c *catalogue) {
	links := Links{Intune: "https://intune.example", WindowsApp: "https://app.example", About: "https://about.example"}
	natural := map[ledger.State][]ledger.Code{
		ledger.Approved: {"", ledger.Frozen, ledger.PassingState}, ledger.Unconfirmed: {ledger.LostAnswer}, ledger.Voided: {ledger.Drift}, ledger.Refused: {ledger.MayNotPost},
		ledger.Succeeded: {"", ledger.WithWarnings, ledger.LooksRebuilt}, ledger.Failed: {"", ledger.GraphRefused, ledger.BuildFailed, ledger.NotBegun},
	}
	show := func(card Card) { // the first of a chapter as a whole, of others what is new
		for _, p := range cardParts(card) {
			c.say(p.name, p.line)
		}
	}
	for _, state := range slices.Sorted(maps.Keys(states)) {
		c.chapter("card: " + string(state))
		causes := natural[state]
		if causes == nil {
			causes = []ledger.Code{""}
		}
		for _, code := range causes {
			for _, r := range someRequests(code) {
				r.State, r.Decided = state, ledger.Decision{By: ben, Reason: "not his machine"}
				fails := []ledger.Failure{""}
				if state == ledger.Failed {
					fails = map[ledger.Code][]ledger.Failure{"": {ledger.Unfinished, ledger.Unproven}, ledger.GraphRefused: {ledger.ByRefusal}}[code]
					if fails == nil {
						fails = []ledger.Failure{ledger.ByBuild}
					}
				}
				for _, r.Failure = range fails {
					show(Draw(r, links))
				}
			}
		}
	}
	c.chapter("card: pending, with what is known of its use and how it was found")
	for _, p := range []ledger.Preview{
		{SignedIn: true, AsOf: began, LastUse: began, Others: []string{"CPC-DAN-02", "CPC-DAN-03"}}, {Never: true, Image: "supportedWithWarning"},
		{Image: "supportedWithWarning", ImageUntil: began}, {Image: "gone"},
	} {
		r := someRequests("")[0]
		r.State, r.Preview = ledger.Pending, p
		show(Draw(r, links))
	}
	for _, by := range []ledger.FoundBy{ledger.ByDevice, ledger.ByManaged, ledger.ByEntra, ledger.ByUser, ledger.ByProfile, ledger.ByPick} {
		r := someRequests("")[0]
		r.State, r.FoundBy, r.Choices = ledger.Pending, by, make([]ledger.Choice, 3)
		show(Draw(r, links))
	}
	c.answer("Draw", "")
	c.chapter("card: how far a run is")
	for _, phase := range []ledger.Phase{"", ledger.Erasing, ledger.Building} {
		show(DrawRunning(running(func(r *ledger.Request) { r.Submission.Phase = phase }), links, Progress{began, usual(ledger.Assumed, 30, 45, 60)}))
	}
	for _, u := range []ledger.Usual{usual(ledger.Assumed, 30, 45, 60), usual(ledger.OfAll, 35, 42, 50), usual(ledger.OfKin, 35, 42, 50), usual(ledger.OfKin, 41, 41, 41), usual(ledger.OfKin, 95, 110, 130)} {
		for _, after := range []time.Duration{14 * time.Minute, 48 * time.Minute, 170 * time.Minute} {
			show(DrawRunning(running(nil), links, Progress{began.Add(after), u}))
		}
		show(DrawRunning(running(func(r *ledger.Request) { r.Submission.Overdue = began }), links, Progress{began.Add(3 * time.Hour), u}))
	}
	c.answer("DrawRunning", "")
	c.chapter("card: what was done past the bot")
	for _, e := range []ledger.Erase{{App: "5926fc8e", At: began, Result: "success"}, {App: "5926fc8e", Result: "timeout"}, {App: "0d9e", Own: true, At: began, Result: "success"}, {App: "0d9e", Own: true, Result: "clientError"}} {
		one := ledger.OutsideErase(e, "pc", "CPC-DAN-01", "eve@example.com", "", began)
		show(OutsideErases([]ledger.Event{one}))
		show(OutsideErases([]ledger.Event{one, ledger.OutsideErase(e, "", "", "", "", began)}))
	}
	c.answer("OutsideErases", "")
	r := someRequests("")[0]
	c.chapter("card: a copy")
	show(DrawCopy(r, "https://example.com"))
	show(DrawCopy(r, ""))
	c.answer("DrawCopy", "")
}

// part is a part of a card or form by its name.
type part struct {
	name string
	line Line
}

func cardParts(card Card) []part {
	parts := []part{{"title", Say("%s", card.Title)}, {"notice", card.Notice}, {"status", card.Status}, {"warning", card.Warning}}
	for _, f := range card.Facts {
		parts = append(parts, part{"fact", Say("%s: %s", f.Name, f.Value)})
	}
	for _, b := range card.Buttons {
		parts = append(parts, part{"button", Say("[%s] (read as: %s)", b.Text, b.Label)})
		if q := b.Confirm; q != nil {
			parts = append(parts, part{"  its dialog", Say("%s %s [%s] [%s]", q.Title, q.Text, q.Yes, q.No)})
		}
	}
	return append(parts, part{"small print", card.Small})
}

func thePicks(c *catalogue) {
	c.chapter("several machines")
	r := someRequests("")[0]
	r.Choices = []ledger.Choice{
		{Name: "CPC-DAN-01", Device: "CPC-dan-X7QK2", User: "dan@example.com", Plan: "Enterprise 4vCPU", Status: "inGracePeriod", Changed: began},
		{Name: "CPC-DAN-01", Device: "CPC-eve-1"},
	}
	line, picks := Picker(r, began.Add(10*time.Minute))
	c.say("Picker", c.answer("Picker", line))
	for _, p := range picks {
		c.say("Picker, a machine", p.Text+Say(" [%s] (read as: %s)", p.Button, p.Label))
	}
	c.answer("AboutMachine", "")
	c.say("PickedOne", c.answer("PickedOne", PickedOne(r)))
	c.say("PickedBefore", c.answer("PickedBefore", PickedBefore(r, "CPC-DAN-01")))
	c.say("NotYourPick", c.answer("NotYourPick", NotYourPick()))
	r.Near, r.Cause = r.Choices, ledger.Cause{Code: ledger.NoSuchPC, Detail: "CPC-DAN"}
	c.say("Refused, with names nearby", Refused(r))
}

func theForms(c *catalogue) {
	c.chapter("form: why a request was denied")
	f := DenyForm("CPC-DAN-01")
	c.answer("DenyForm", "")
	for _, p := range []part{{"title", Say("%s", f.Title)}, {"field", Say("%s (optional) / %s", f.Label, f.Hint)}, {"buttons", Say("[%s] [%s]", f.Send, f.Skip)}} {
		c.say(p.name, p.line)
	}
	c.chapter("form: request a reprovision")
	q := RequestForm()
	c.answer("RequestForm", "")
	c.say("title", Say("%s", q.Title))
	c.say("buttons", Say("[%s] [%s], or alone [%s]", q.Send, q.Cancel, q.Close))
	c.say("loading", Say("%s", q.Loading))
	c.say("warning", Say("%s", q.Warning))
	for _, field := range []FieldText{q.Machine, q.TypedName, q.OS, q.Account, q.Reason, q.Channel} {
		line := Say("%s", field.Label)
		if field.Hint != "" {
			line += Say(" / %s", field.Hint)
		}
		if field.Placeholder != "" {
			line += Say(" (%s)", field.Placeholder)
		}
		for _, o := range field.Options {
			line += Say(" [%s]", o.Text)
		}
		c.say("field", line)
	}
	c.say("NamesNotRead", c.answer("NamesNotRead", NamesNotRead()))
	c.say("NoSuchOption", c.answer("NoSuchOption", NoSuchOption()))
}

// made are exported functions whose results are parts of sentences, or have chapters of their own.
var made = map[string]string{
	"Say": "a tool", "Literal": "a tool", "Plain": "a tool", "WithoutGroups": "a tool",
	"Why": "causes", "Cure": "causes", "Status": "states", "Buttons": "states", "StateName": "causes", "ThreadLine": "events", "EventOf": "events",
	"MachineName": "a name, as it is", "ChoiceName": "a name, as it is",
}

// nothingIsMissing reports exported functions of this package that make text for people, be it a line, a
// card or a form, and are in no chapter.
func (c *catalogue) nothingIsMissing() {
	files, err := os.ReadDir(".")
	if err != nil {
		c.t.Fatal(err)
	}
	types, funcs := map[string]bool{"Line": true, "string": true}, []*ast.FuncDecl{}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		for _, d := range parsed(c.t, file.Name()).Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.IsExported() && d.Type.Results != nil {
					funcs = append(funcs, d)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok {
						if _, holds := s.Type.(*ast.StructType); holds {
							types[s.Name.Name] = true
						}
					}
				}
			}
		}
	}
	if len(funcs) < 50 {
		c.t.Errorf("only %d functions", len(funcs))
	}
	for _, f := range funcs {
		says := false
		for _, result := range f.Type.Results.List {
			ast.Inspect(result.Type, func(n ast.Node) bool {
				_, foreign := n.(*ast.SelectorExpr)
				id, ok := n.(*ast.Ident)
				says = says || ok && types[id.Name]
				return !foreign
			})
		}
		if says && !c.answers[f.Name.Name] && made[f.Name.Name] == "" {
			c.t.Errorf("%s is in no chapter", f.Name.Name)
		}
	}
}

// theOwners is what the person reads whose machine it is.
func theOwners(c *catalogue) {
	c.chapter("owner: the direct messages to the person whose machine it is (bot/ledger: Owner)")
	r := ledger.Request{
		ID: "R-7K3F", State: ledger.Approved, Target: ledger.Target{ID: "pc", Name: "CPC-DAN-01", DeviceName: "CPC-DAN-01", User: "dan@example.com"},
		Consents: []ledger.Consent{{By: ben}},
	}
	show := func(name string, n Notice) {
		c.say(name, n.Line)
		for _, b := range n.Buttons {
			c.say(name+", button", Say("[%s] (read as: %s)", b.Text, b.Label))
		}
	}
	c.answer("OwnerNotice", "")
	show("notice, at once", OwnerNotice(r, began.Add(-time.Hour)))
	r.Owner.Until = began
	show("notice, until", OwnerNotice(r, began.Add(-time.Hour)))
	r.Owner.NoVeto, r.Owner.Until = true, time.Time{}
	show("notice, no veto", OwnerNotice(r, began.Add(-time.Hour)))
	c.answer("OwnerNoticeOver", "")
	for _, end := range []ledger.Request{{State: ledger.Submitting}, {State: ledger.Denied}, {State: ledger.Voided, Cause: ledger.Cause{Code: ledger.Vetoed}}} {
		r.State, r.Cause = end.State, end.Cause
		show("notice, over", OwnerNoticeOver(r))
	}
	c.answer("OwnerLine", "")
	l := Links{WindowsApp: "https://windows.cloud.microsoft"}
	for kind := range events {
		for _, failure := range []ledger.Failure{ledger.ByRefusal, ledger.ByBuild} {
			r.Failure, r.Cause, r.Result.DeviceName = failure, ledger.Cause{}, "CPC-DAN-02"
			for _, to := range []ledger.State{ledger.Failed, ledger.Succeeded} {
				line, _ := OwnerLine(r, ledger.Event{Kind: kind, To: to}, l)
				c.say(string(kind), line)
			}
		}
	}
	c.say("OnlyAdminsKeepSilent", c.answer("OnlyAdminsKeepSilent", OnlyAdminsKeepSilent()))
	c.answer("TooLateToVeto", "")
	for _, state := range []ledger.State{ledger.Submitting, ledger.Succeeded, ledger.Denied} {
		r.State = state
		c.say("TooLateToVeto", TooLateToVeto(r))
	}
}
