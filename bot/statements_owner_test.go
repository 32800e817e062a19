package bot_test

import (
	"errors"
	"fmt"
	"strings"

	"cloudpc-bot/bot/slackfake"
)

// ownerStatements are about the direct messages to the person whose machine it is.
var ownerStatements = []statement{
	{"{who} presses the notice of {what}", func(w *world, who, what string) error {
		n, err := w.notice(strings.TrimSpace(what))
		if err != nil {
			return err
		}
		if who == strings.TrimSpace(what) {
			w.last = w.slack.PressStale(user(who), n, "veto")
		} else { // nobody else sees it
			w.last = w.slack.PressForged(user(who), n.Channel, n.TS, "veto", requestID.FindString(string(n.Blocks)), w.slack.Team())
		}
		return w.acked()
	}},
	{"slack loses the answer to the notice of {what}", func(w *world, _, what string) error {
		w.slack.Fail("chat.postMessage", slackfake.Fault{DropAfter: true, Times: 1, Channel: w.slack.DM(user(strings.TrimSpace(what)))})
		return nil
	}},
	{"{who} presses the first notice", func(w *world, who, _ string) error {
		for _, m := range w.slack.Messages(w.slack.DM(user(who))) {
			if len(m.Buttons()) > 0 {
				w.last = w.slack.PressStale(user(who), m, "veto")
				return w.acked()
			}
		}
		return errors.New("there is no notice")
	}},
	{"{who} has {what} notices", func(w *world, who, what string) error {
		return w.await(func() error {
			n := 0
			for _, m := range w.slack.Messages(w.slack.DM(user(who))) {
				n += len(m.Buttons())
			}
			if got := fmt.Sprint(n); got != strings.TrimSpace(what) {
				return fmt.Errorf("%s has %s", who, got)
			}
			return nil
		})
	}},
	{"{who} can say not now", func(w *world, who, _ string) error {
		return w.await(func() error {
			for _, m := range w.slack.Messages(w.slack.DM(user(who))) {
				if strings.Contains(strings.Join(m.Buttons(), " "), "(veto ") { // now, and not once
					return nil
				}
			}
			return fmt.Errorf("no message to %s shows the button", who)
		})
	}},
	{"{who} cannot say not now", func(w *world, who, _ string) error {
		return w.await(func() error {
			for _, m := range w.slack.Messages(w.slack.DM(user(who))) {
				if len(m.Buttons()) > 0 {
					return fmt.Errorf("a message to %s shows %v", who, m.Buttons())
				}
			}
			return nil
		})
	}},
}

// notice is the newest direct message to a person that had a button to say "not now", as it was then.
func (w *world) notice(who string) (slackfake.Message, error) {
	all := w.slack.Messages(w.slack.DM(user(who)))
	for i := len(all) - 1; i >= 0; i-- {
		m := all[i]
		if strings.Contains(string(m.Blocks), `"veto"`) {
			return m, nil
		}
		for _, v := range m.History {
			if strings.Contains(string(v.Blocks), `"veto"`) {
				m.Blocks = v.Blocks
				return m, nil
			}
		}
	}
	return slackfake.Message{}, errors.New("there is no notice")
}
