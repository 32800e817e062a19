package bot_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cloudpc-bot/bot/slackfake"
)

// cardStatements are about what stands in the channels: cards, their copies and their threads.
var cardStatements = []statement{
	{"copy shows no buttons", func(w *world, _, _ string) error {
		return w.await(func() error {
			c, err := w.copy()
			if err == nil && len(c.Buttons()) > 0 {
				err = fmt.Errorf("it shows %v", c.Buttons())
			}
			return err
		})
	}},
	{"copy after {what}", func(w *world, _, what string) error {
		err := w.await(func() error {
			if n := len(w.cards()); n != 1 {
				return fmt.Errorf("%d cards stand", n)
			}
			return nil
		})
		if err == nil {
			err = w.passes(what)
		}
		return errors.Join(err, w.await(func() error { _, err := w.copy(); return err }))
	}},
	{"copy {what}", func(w *world, _, what string) error {
		return w.await(func() error {
			c, err := w.copy()
			if err != nil {
				return err
			}
			return contains(c.Plain(), what)
		})
	}},
	{"card shows no buttons", func(w *world, _, _ string) error { return w.shows("") }},
	{"card shows {what}", func(w *world, _, what string) error { return w.shows(what) }},
	{"thread lacks {what}", func(w *world, _, what string) error {
		c, err := w.card()
		if err != nil {
			return err
		}
		if n := w.thread[c.TS]; n > 0 && fits(w.replies(c)[n-1], what) {
			return fmt.Errorf("it is: %s", w.replies(c)[n-1])
		}
		return nil
	}},
	{"nobody is pinged", func(w *world, _, _ string) error {
		for _, m := range w.everything() {
			for _, id := range m.Pings() {
				if !strings.HasPrefix(id, "U") {
					return fmt.Errorf("%s is, by: %s", id, m.Plain())
				}
			}
		}
		return nil
	}},
	{"no card", func(w *world, _, _ string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		if n := len(w.cards()); n > 0 {
			return fmt.Errorf("%d cards stand", n)
		}
		return nil
	}},
	{"cards {what}", func(w *world, _, what string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		if n := fmt.Sprint(len(w.cards())); n != strings.TrimSpace(what) {
			return fmt.Errorf("%s cards stand", n)
		}
		return nil
	}},
	{"card in {what}", func(w *world, _, what string) error {
		channel, text, _ := strings.Cut(what, " ")
		return w.await(func() error {
			c, err := w.card()
			if err != nil {
				return err
			}
			if c.Channel != channels[channel] && !(channel == "dm" && strings.HasPrefix(c.Channel, "D")) {
				return fmt.Errorf("the card is in %s", c.Channel)
			}
			return onCard(c, text)
		})
	}},
	{"card {what}", func(w *world, _, what string) error {
		return w.await(func() error {
			c, err := w.card()
			if err != nil {
				return err
			}
			return onCard(c, what)
		})
	}},
	{"thread ends", func(w *world, _, _ string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		c, err := w.card()
		if err != nil {
			return err
		}
		if r := w.replies(c); len(r) > w.thread[c.TS] {
			return fmt.Errorf("it goes on: %s", r[w.thread[c.TS]])
		}
		return nil
	}},
	{"thread never says {what}", func(w *world, _, what string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		c, err := w.card()
		if err != nil {
			return err
		}
		for _, r := range w.replies(c) {
			if strings.Contains(r, what) {
				return fmt.Errorf("it says: %s", r)
			}
		}
		return nil
	}},
	{"thread later {what}", func(w *world, _, what string) error { return w.hears(what, true) }},
	{"thread {what}", func(w *world, _, what string) error { return w.hears(what, false) }},
}

// everything is every message that stands anywhere, in the order of their ts.
func (w *world) everything() []slackfake.Message {
	var out []slackfake.Message
	for _, id := range channels {
		out = append(out, w.slack.Messages(id)...)
	}
	for _, name := range persons {
		out = append(out, w.slack.Messages(w.slack.DM(user(name)))...)
	}
	slices.SortFunc(out, func(a, b slackfake.Message) int { return strings.Compare(a.TS, b.TS) })
	return out
}

// cards are the root messages that tell of a request, oldest first.
func (w *world) cards() []slackfake.Message {
	var out []slackfake.Message
	for _, m := range w.everything() {
		if (m.ThreadTS == "" || m.ThreadTS == m.TS) && strings.Contains(string(m.Blocks), `"block_id":"title-`) && !isOutside(m) {
			out = append(out, m)
		}
	}
	return out
}

// copy is the card that was posted first.
func (w *world) copy() (slackfake.Message, error) {
	all := w.cards()
	if len(all) < 2 {
		return slackfake.Message{}, errors.New("there are not two cards")
	}
	return all[0], nil
}

// card is the newest card that is not marked as a copy.
func (w *world) card() (slackfake.Message, error) {
	all := slices.DeleteFunc(w.cards(), func(m slackfake.Message) bool { return strings.Contains(m.Plain(), "This is a copy.") })
	if len(all) == 0 {
		return slackfake.Message{}, errors.New("there is no card")
	}
	return all[len(all)-1], nil
}

// cardOf is the card of a request.
func (w *world) cardOf(id string) (slackfake.Message, error) {
	for _, c := range w.cards() {
		if strings.Contains(c.Plain(), id) {
			return c, nil
		}
	}
	return slackfake.Message{}, fmt.Errorf("%s has no card", id)
}

// shows waits for the newest card to bear exactly these buttons.
func (w *world) shows(want string) error {
	return w.await(func() error {
		c, err := w.card()
		if err != nil {
			return err
		}
		var got []string
		for _, b := range c.Buttons() {
			label, _, _ := strings.Cut(b, " (")
			got = append(got, "["+label+"]")
		}
		if shown := strings.Join(got, " "); shown != want && (want == "" || !fits(shown, want)) {
			return fmt.Errorf("it shows %v", got)
		}
		return nil
	})
}

// replies are what a card's thread tells, thing by thing: what was due together stands in
// one message.
func (w *world) replies(card slackfake.Message) []string {
	var out []string
	for _, m := range w.slack.Messages(card.Channel) {
		if m.ThreadTS == card.TS && m.TS != card.TS {
			out = append(out, strings.Split(m.Plain(), "\n")...)
		}
	}
	return out
}

func (w *world) hears(what string, later bool) error {
	return w.await(func() error {
		c, err := w.card()
		if err != nil {
			return err
		}
		replies := w.replies(c)
		for i := w.thread[c.TS]; i < len(replies); i++ {
			if fits(replies[i], what) {
				w.thread[c.TS] = i + 1
				return nil
			}
			if !later {
				return fmt.Errorf("the next reply is: %s", replies[i])
			}
		}
		return errors.New("no such reply yet")
	})
}

var machineAlone = regexp.MustCompile(`^CPC-[a-z0-9]+$`)

// onCard looks for a text on a card. The name of a machine alone is looked for in the header: the small
// print has names of other machines, too.
func onCard(c slackfake.Message, text string) error {
	text = strings.TrimSpace(text)
	if machineAlone.MatchString(text) {
		header, _, _ := strings.Cut(c.Plain(), "\n")
		return contains(header, text)
	}
	return contains(c.Plain(), text)
}
