package bot_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
)

// callStatements are about whom a new message notifies.
var callStatements = []statement{
	{"card calls nobody", func(w *world, _, _ string) error { return w.cardCalls("") }},
	{"card calls {what}", func(w *world, _, what string) error { return w.cardCalls(what) }},
	{"the group is called once", func(w *world, _, _ string) error {
		n := 0
		for _, c := range w.cards() {
			for _, id := range c.Called {
				if strings.HasPrefix(id, "S_") {
					n++
				}
			}
		}
		if n != 1 {
			return fmt.Errorf("it is called %d times", n)
		}
		return nil
	}},
	{"reply calls nobody", func(w *world, _, _ string) error { return w.replyCalls("") }},
	{"reply calls {what}", func(w *world, _, what string) error { return w.replyCalls(what) }},
}

// cardCalls compares whom the newest card called when it was posted.
func (w *world) cardCalls(want string) error {
	return w.await(func() error {
		c, err := w.card()
		if err != nil {
			return err
		}
		return sameCalls(c.Called, want)
	})
}

// replyCalls compares whom the newest reply of the card's thread calls.
func (w *world) replyCalls(want string) error {
	return w.await(func() error {
		c, err := w.card()
		if err != nil {
			return err
		}
		thread := w.slack.Thread(c.Channel, c.TS)
		if len(thread) == 0 {
			return fmt.Errorf("there is no reply")
		}
		return sameCalls(thread[len(thread)-1].Called, want)
	})
}

func sameCalls(called []string, want string) error {
	var ids []string
	for _, name := range strings.Fields(want) {
		ids = append(ids, user(name))
	}
	slices.Sort(ids)
	if !slices.Equal(called, ids) {
		return fmt.Errorf("it calls %q", called)
	}
	return nil
}

// calledBy is whom a reply has to call, and whom it may, by what it tells. The table is this test's
// own, and not the bot's: approvers are called when something is left for them to decide, the requester
// at the end, and nobody for anything else (design rule 12). Owners are not called to approve where they
// may not: they are told in private.
type calledBy struct{ must, may []string }

var (
	unsettled = regexp.MustCompile(`(?m)(^|> )It is not known whether .* was erased: Microsoft shows no sign of it`)
	reminded  = regexp.MustCompile(`(?m)^(<[^>]*> )*\S.* still needs \d`)
)

// replyMustCall reads what a reply tells. reminders counts the reminders of each request.
func (w *world) replyMustCall(r ledger.Request, m slackfake.Message, reminders map[ledger.ID]int, told map[ledger.ID]bool) (out calledBy) {
	people, groups := auth.Apart(w.list("ADMINS", "ada,ben"))
	admins := slices.Concat(people, groups)
	add := func(must, may []string) { out.must, out.may = append(out.must, must...), append(out.may, may...) }
	if unsettled.MatchString(m.Text) {
		add(admins, admins)
	}
	if reminded.MatchString(m.Text) {
		if reminders[r.ID]++; reminders[r.ID] == 1 {
			admins := w.withoutOwner(r, admins)
			may := slices.DeleteFunc(slices.Clone(admins), func(id string) bool { return id == r.Requester.ID })
			must := slices.DeleteFunc(slices.Clone(admins), func(id string) bool {
				return slices.ContainsFunc(r.People(), func(p auth.Person) bool { return p.ID == id })
			})
			if strings.Contains(m.Text, "\n") { // told late, together with what came of it
				must = nil
			}
			add(must, may)
		}
	}
	if strings.Contains(m.Text, string(r.ID)+":") { // the receipt, which stands behind the end
		add(nil, []string{r.Requester.ID})
		if !told[r.ID] && !(r.Decided.By == r.Requester && r.State != ledger.Succeeded) { // who ended it themselves knows
			add([]string{r.Requester.ID}, nil)
		}
		told[r.ID] = true
	}
	return out
}

// withoutOwner are those of ids who do not own the machine of r, and all of them where owners may approve.
func (w *world) withoutOwner(r ledger.Request, ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return id == r.Owner.Person.ID && w.set["OWNER_MAY_APPROVE"] != "true"
	})
}

// callsAreRight compares whom every message in a channel calls with whom it has to call, at the end of
// every script.
func (w *world) callsAreRight() error {
	var approvers []string
	for _, p := range w.calls.People {
		approvers = append(approvers, p.ID)
	}
	byCard := map[string]ledger.Request{}
	told := map[ledger.ID]bool{} // requests whose end was told
	reminders := map[ledger.ID]int{}
	for _, r := range w.all(w.open()) {
		byCard[r.Card.String()] = r
	}
	survives := strings.Contains(w.logs.String(), "the mention") // Slack refused it, and the words went out without
	for _, m := range w.everything() {
		if strings.HasPrefix(m.Channel, "D") {
			continue
		}
		isCard := m.ThreadTS == "" || m.ThreadTS == m.TS
		r, known := byCard[m.Channel+"/"+cmp.Or(m.ThreadTS, m.TS)]
		var calls calledBy
		switch {
		case isCard:
			approvers := w.withoutOwner(r, approvers)
			calls.may = slices.Concat(approvers, w.calls.Groups)
			if known && r.ApprovalsNeeded > 0 {
				calls.must = slices.DeleteFunc(slices.Clone(approvers), func(id string) bool { return id == r.Requester.ID })
			}
		case known:
			calls = w.replyMustCall(r, m, reminders, told)
		}
		for _, id := range m.Called {
			if !slices.Contains(calls.may, id) {
				return fmt.Errorf("%s is called by a message that is not for them: %s", id, m.Plain())
			}
		}
		for _, id := range calls.must {
			if !survives && !slices.Contains(m.Called, id) {
				return fmt.Errorf("%s is not called by a message that is for them: %s", id, m.Plain())
			}
		}
	}
	return nil
}
