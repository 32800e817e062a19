package bot_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
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

// callsAreRight compares whom every message in a channel calls with whom it has to call, at the end of
// every script: a card the approvers without who asked, the reply that tells the end who asked, a
// reminder and a reply about what cannot be settled the approvers; and nothing calls anybody else.
func (w *world) callsAreRight() error {
	people, groups := auth.Apart(w.list("ADMINS", "ada,ben"))
	admins := slices.Concat(people, groups)
	var approvers []string
	for _, p := range w.calls.People {
		approvers = append(approvers, p.ID)
	}
	byCard := map[string]ledger.Request{}
	told := map[ledger.ID]bool{} // requests whose end was told
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
		var must []string
		var may []string
		switch {
		case isCard:
			may = slices.Concat(approvers, w.calls.Groups)
			if known && r.ApprovalsNeeded > 0 {
				must = slices.DeleteFunc(slices.Clone(approvers), func(id string) bool { return id == r.Requester.ID })
			}
		case known && strings.Contains(m.Text, string(r.ID)+":"): // the receipt, which stands behind the end
			may = []string{r.Requester.ID}
			if !told[r.ID] && !(r.Decided.By == r.Requester && r.State != ledger.Succeeded) { // who ended it themselves knows
				must = []string{r.Requester.ID}
			}
			told[r.ID] = true
		case known && strings.Contains(m.Text, "It is not known whether"): // what cannot be settled is theirs to look at
			must, may = admins, admins
		case known && strings.Contains(m.Text, " still "): // a reminder
			may = admins
		}
		for _, id := range m.Called {
			if !slices.Contains(may, id) {
				return fmt.Errorf("%s is called by a message that is not for them: %s", id, m.Plain())
			}
		}
		for _, id := range must {
			if !survives && !slices.Contains(m.Called, id) {
				return fmt.Errorf("%s is not called by a message that is for them: %s", id, m.Plain())
			}
		}
	}
	return nil
}
