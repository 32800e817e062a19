package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloudpc-bot/bot/slackfake"
)

// peopleStatements are what people type and press, and what they see.
var peopleStatements = []statement{
	{"{who} types in {what}", func(w *world, who, what string) error {
		channel, text, _ := strings.Cut(what, " ")
		return w.types(who, channel, text)
	}},
	{"{who} types {what}", func(w *world, who, what string) error { return w.types(who, "#it", what) }},
	{"{who} asks for {what}", func(w *world, who, what string) error { // 12 of CPC-lot: CPC-lot-1 to CPC-lot-12
		return lot(what, func(name string) error { return w.types(who, "#it", "/reprovision "+name) })
	}},
	{"{who} turns to {what}", func(w *world, who, what string) error {
		page, value, err := w.pageOf(who, what)
		if err != nil {
			return err
		}
		w.last = w.slack.PressValue(user(who), page, "page", value)
		return w.acked()
	}},
	{"{who} presses by another app {what}", func(w *world, who, what string) error {
		c, err := w.card()
		if err != nil {
			return err
		}
		id := requestID.FindString(c.Plain())
		w.last = w.slack.Forge(slackfake.Forgery{Person: user(who), Team: w.slack.Team(), Channel: c.Channel, TS: c.TS,
			ActionID: actions[what], Value: id, APIAppID: "A0OTHER"})
		return w.acked()
	}},
	{"{who} forges page {what}", func(w *world, who, what string) error {
		team := w.slack.Team()
		if who == "eve" {
			team = "T_OTHER"
		}
		w.last = w.slack.PressForged(user(who), channels["#it"], "1700000000.000100", "page", strings.TrimSpace(what), team)
		return w.acked()
	}},
	{"{who} sees a form", func(w *world, who, _ string) error {
		return w.await(func() error {
			if len(w.slack.Views(user(who))) == 0 {
				return errors.New("no form is open")
			}
			return nil
		})
	}},
	{"{who} sees {what} forms", func(w *world, who, what string) error { // one on top of the other
		return w.await(func() error {
			if n := len(w.slack.Views(user(who))); strconv.Itoa(n) != what {
				return fmt.Errorf("%d forms are open", n)
			}
			return nil
		})
	}},
	{"{who} sees nothing more", func(w *world, who, _ string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		if seen := w.slack.Sees(user(who)); len(seen) > w.sees[who] {
			return fmt.Errorf("%s sees %q", who, seen[w.sees[who]:])
		}
		return nil
	}},
	{"{who} sees there no {what}", func(w *world, who, what string) error { // in what was seen last
		if n := w.sees[who]; n > 0 && fits(w.slack.Sees(user(who))[n-1], what) {
			return fmt.Errorf("%s sees %q", who, w.slack.Sees(user(who))[n-1])
		}
		return nil
	}},
	{"{who} sees {what}", func(w *world, who, what string) error {
		return w.await(func() error {
			seen := w.slack.Sees(user(who))
			for i := w.sees[who]; i < len(seen); i++ {
				if fits(seen[i], what) {
					w.sees[who] = i + 1
					return nil
				}
			}
			return fmt.Errorf("%s sees %q", who, seen[min(w.sees[who], len(seen)):])
		})
	}},
	{"one of {who} and {what}", func(w *world, who, what string) error {
		other, text, _ := strings.Cut(what, " sees ")
		return w.await(func() error {
			for _, name := range []string{who, strings.TrimSpace(other)} {
				for _, seen := range w.slack.Sees(user(name)) {
					if fits(seen, text) {
						return nil
					}
				}
			}
			return fmt.Errorf("they see %q and %q", w.slack.Sees(user(who)), w.slack.Sees(user(strings.TrimSpace(other))))
		})
	}},
	{"{who} never sees {what}", func(w *world, who, what string) error {
		for _, seen := range w.slack.Sees(user(who)) {
			if fits(seen, what) {
				return fmt.Errorf("%s saw %q", who, seen)
			}
		}
		return nil
	}},
	{"{who} and {what}", func(w *world, who, what string) error {
		other, labels, ok := strings.Cut(what, " press ")
		if !ok {
			return errors.New("want: ada and ben press a button")
		}
		mine, others, both := strings.Cut(strings.TrimSpace(labels), " and ")
		if !both {
			others = mine
		}
		c, err := w.showing(mine)
		if err != nil {
			return err
		}
		one := w.slack.PressStale(user(who), c, actions[mine])
		two := w.slack.PressStale(user(strings.TrimSpace(other)), c, actions[others])
		for _, g := range []*slackfake.Interaction{one, two} {
			w.last = g
			if err := w.acked(); err != nil {
				return err
			}
		}
		return nil
	}},
	{"{who} presses the copy {what}", func(w *world, who, what string) error {
		c, err := w.copy()
		if err != nil {
			return err
		}
		w.last = w.slack.PressStale(user(who), c, actions[what])
		return w.acked()
	}},
	{"{who} presses stale {what}", func(w *world, who, what string) error {
		c, err := w.card()
		if err != nil {
			return err
		}
		for _, v := range c.History { // what an older client shows
			if strings.Contains(string(v.Blocks), `"`+actions[what]+`"`) {
				c.Blocks = v.Blocks
			}
		}
		w.last = w.slack.PressStale(user(who), c, actions[what])
		return w.acked()
	}},
	{"{who} presses on {what}", func(w *world, who, what string) error {
		id, label, _ := strings.Cut(what, " ")
		c, err := w.cardOf(id)
		if err != nil {
			return err
		}
		w.last = w.slack.Press(user(who), c, actions[strings.TrimSpace(label)])
		return w.acked()
	}},
	{"{who} presses {what}", func(w *world, who, what string) error {
		c, err := w.showing(what)
		if err != nil {
			return err
		}
		w.last = w.slack.Press(user(who), c, actions[what])
		return w.acked()
	}},
	{"{who} forges {what}", func(w *world, who, what string) error {
		words := strings.Fields(what)
		if len(words) < 2 {
			return errors.New("want an action and a request")
		}
		c, err := w.card()
		if err != nil {
			return err
		}
		channel, ts, team := c.Channel, c.TS, w.slack.Team()
		if own, err := w.cardOf(words[1]); err == nil {
			channel, ts = own.Channel, own.TS
		}
		if len(words) > 3 && words[2] == "in" {
			channel = channels[words[3]]
		} else if len(words) > 3 {
			ts = c.TS
			if own, err := w.cardOf(words[1]); err == nil && own.TS == ts {
				ts = "1700000000.000100"
			}
		}
		if who == "eve" {
			team = "T_OTHER"
		}
		w.last = w.slack.PressForged(user(who), channel, ts, words[0], words[1], team)
		return w.acked()
	}},
	{"{who} explains {what}", func(w *world, who, what string) error {
		var form slackfake.View
		err := w.await(func() error {
			views := w.slack.Views(user(who))
			if len(views) == 0 {
				return errors.New("no form is open")
			}
			form = views[len(views)-1]
			return nil
		})
		if err != nil {
			return err
		}
		block, action, err := inputOf(form)
		if err != nil {
			return err
		}
		w.last = w.slack.Submit(user(who), form.ID, map[string]map[string]any{block: {action: what}})
		return w.acked()
	}},
}

// actions are the buttons by what stands on them.
var actions = map[string]string{"Approve": "approve", "Deny": "deny", "Withdraw": "cancel", "Close as unresolved": "leave", "Request again": "again"}

func (w *world) types(who, channel, text string) error {
	id := channels[channel]
	if channel == "dm" {
		id = w.slack.DM(user(who))
	}
	text = strings.TrimSpace(text)
	rest, ok := strings.CutPrefix(text, "/reprovision")
	if !ok || id == "" {
		return errors.New("want a known channel and /reprovision")
	}
	w.last = w.slack.Type(user(who), id, strings.TrimSpace(rest))
	return w.acked()
}

// lot does something for each of so many machines of a name.
func lot(what string, do func(name string) error) error {
	number, name, _ := strings.Cut(what, " of ")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil {
		return err
	}
	for i := range n {
		if err := do(fmt.Sprint(strings.TrimSpace(name), "-", i+1)); err != nil {
			return err
		}
	}
	return nil
}

// acked waits until the newest interaction is acknowledged, where somebody listens.
func (w *world) acked() error {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	ack, err := w.last.WaitAck(ctx)
	if err != nil && w.bot != nil && w.slack.Sockets() > 0 {
		return fmt.Errorf("not acknowledged: %w", err)
	}
	_ = ack
	return nil
}

// pageOf is the newest whisper to somebody that bears a page button, and the button's value.
func (w *world) pageOf(who, label string) (m slackfake.Message, value string, err error) {
	err = w.await(func() error {
		for _, e := range slices.Backward(w.slack.Ephemerals(user(who))) {
			for _, b := range e.Buttons() {
				if rest, ok := strings.CutPrefix(b, label+" page (page "); ok {
					m, value = e.Message, strings.TrimSuffix(rest, ")")
					return nil
				}
			}
			if len(e.Buttons()) > 0 {
				return fmt.Errorf("the newest page shows %q", e.Buttons())
			}
		}
		return fmt.Errorf("%s sees no page", who)
	})
	return m, value, err
}

// showing waits for the newest card to bear a button.
func (w *world) showing(label string) (c slackfake.Message, err error) {
	if actions[label] == "" {
		return c, fmt.Errorf("there is no button %q", label)
	}
	err = w.await(func() (err error) {
		if c, err = w.card(); err != nil {
			return err
		}
		for _, b := range c.Buttons() {
			if strings.Contains(b, "("+actions[label]+" ") {
				return nil
			}
		}
		return fmt.Errorf("the card shows %q", c.Buttons())
	})
	return c, err
}

// inputOf finds the one field of a form.
func inputOf(v slackfake.View) (block, action string, err error) {
	var form struct {
		Blocks []struct {
			Type    string `json:"type"`
			BlockID string `json:"block_id"`
			Element struct {
				ActionID string `json:"action_id"`
			} `json:"element"`
		} `json:"blocks"`
	}
	if err := json.Unmarshal(v.JSON, &form); err != nil {
		return "", "", err
	}
	for _, b := range form.Blocks {
		if b.Type == "input" {
			return b.BlockID, b.Element.ActionID, nil
		}
	}
	return "", "", errors.New("the form has no field")
}
