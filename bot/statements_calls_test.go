package bot_test

import (
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

// callsAreRight holds every message that the bot posted in a channel against the rule: a card calls
// approvers alone, a reply approvers or who asked, and nothing calls a channel or anybody else. It is
// compared at the end of every script.
func (w *world) callsAreRight() error {
	people, groups := auth.Apart(w.list("ADMINS", "ada,ben"))
	admins := slices.Concat(people, groups)
	var approvers []string
	for _, p := range w.calls.People {
		approvers = append(approvers, p.ID)
	}
	approvers = append(approvers, w.calls.Groups...)
	var all []ledger.Request // read once, where somebody is called
	for _, m := range w.everything() {
		if strings.HasPrefix(m.Channel, "D") {
			continue
		}
		for _, id := range m.Called {
			isCard := m.ThreadTS == "" || m.ThreadTS == m.TS
			switch {
			case isCard && slices.Contains(approvers, id), !isCard && slices.Contains(slices.Concat(admins, approvers), id), !isCard && w.asked(&all, id):
			default:
				return fmt.Errorf("%s is called by a message that is not for them: %s", id, m.Plain())
			}
		}
	}
	return nil
}

// asked reports whether somebody asked for anything.
func (w *world) asked(all *[]ledger.Request, id string) bool {
	if *all == nil {
		eyes := w.open()
		*all = w.all(eyes)
	}
	return slices.ContainsFunc(*all, func(r ledger.Request) bool { return r.Requester.ID == id })
}
