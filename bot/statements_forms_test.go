package bot_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"cloudpc-bot/bot/slackfake"
)

var pickOf = regexp.MustCompile(`^(\d+) of (R-[2-9A-Z]+)(?: as ([a-z]+) sees it)?$`)

// formStatements are about machines to pick from, and about the request form.
var formStatements = []statement{
	{"{who} picks {what}", func(w *world, who, what string) error { // 2 of R-1st, also from what somebody else sees
		m := pickOf.FindStringSubmatch(strings.TrimSpace(what))
		if m == nil {
			return errors.New("want a number, of, and a request")
		}
		var n int
		_, _ = fmt.Sscan(m[1], &n)
		value := fmt.Sprintf("%s %d", m[2], n-1)
		var at slackfake.Message
		if err := w.await(func() error {
			sees := who
			if m[3] != "" {
				sees = m[3]
			}
			var err error
			at, err = w.offering(sees, "(pick "+value+")")
			return err
		}); err != nil {
			return err
		}
		if m[3] != "" {
			w.last = w.slack.PressForged(user(who), at.Channel, at.TS, "pick", value, w.slack.Team())
		} else {
			w.last = w.slack.PressValue(user(who), at, "pick", value)
		}
		return w.acked()
	}},
	{"{who} forges pick {what}", func(w *world, who, what string) error { // 7 of R-1st, which nobody was offered
		m := pickOf.FindStringSubmatch(strings.TrimSpace(what))
		if m == nil {
			return errors.New("want a number, of, and a request")
		}
		var n int
		_, _ = fmt.Sscan(m[1], &n)
		w.last = w.slack.PressForged(user(who), channels["#it"], "1700000000.000100", "pick", fmt.Sprintf("%s %d", m[2], n-1), w.slack.Team())
		return w.acked()
	}},
	{"{who} uses the shortcut", func(w *world, who, _ string) error {
		w.last = w.slack.Shortcut(user(who), "reprovision")
		return w.acked()
	}},
	{"{who} finds no form", func(w *world, who, _ string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		if n := len(w.slack.Views(user(who))); n > 0 {
			return fmt.Errorf("%d are open", n)
		}
		return nil
	}},
	{"form of {who} shows {what}", func(w *world, who, what string) error {
		return w.await(func() error {
			v, err := w.form(who)
			if err != nil {
				return err
			}
			return contains(v.Plain()+"\n"+fmt.Sprint(v.Errors), what)
		})
	}},
	{"{who} searches {what}", func(w *world, who, what string) error { // dan: CPC-a, CPC-b
		typed, want, _ := strings.Cut(what, ":")
		return w.await(func() error {
			v, err := w.form(who)
			if err != nil {
				return err
			}
			g := w.slack.Suggest(user(who), v.ID, "machine", "machine", strings.TrimSpace(typed))
			if _, err := g.WaitAck(w.ctx); err != nil {
				return err
			}
			var names []string
			for _, o := range g.Options() {
				names = append(names, o.Text)
			}
			if got := strings.Join(names, ", "); got != strings.TrimSpace(want) {
				return fmt.Errorf("it finds %q", got)
			}
			return nil
		})
	}},
	{"{who} sends {what}", func(w *world, who, what string) error { // machine=CPC-ada os=windows11 channel=#it
		var v slackfake.View
		if err := w.await(func() (err error) { v, err = w.form(who); return err }); err != nil {
			return err
		}
		values := map[string]map[string]any{}
		for _, pair := range strings.Split(what, ",") {
			field, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
			if !ok {
				return errors.New("want field=value, separated by commas")
			}
			var entered any = value
			switch {
			case field == "channel":
				entered = channels[value]
			case field == "machine" && w.machine(value) != value:
				entered = w.machine(value)
			}
			values[field] = map[string]any{field: entered}
		}
		w.last = w.slack.Submit(user(who), v.ID, values)
		return w.acked()
	}},
	{"the form is sent again", func(w *world, _, _ string) error {
		w.last = w.slack.Redeliver(w.last, false)
		return w.acked()
	}},
	{"{who} closes the form", func(w *world, who, _ string) error {
		return w.await(func() error {
			v, err := w.form(who)
			if err == nil {
				w.slack.CloseView(user(who), v.ID)
			}
			return err
		})
	}},
}

// form is the topmost form that somebody has open.
func (w *world) form(who string) (slackfake.View, error) {
	open := w.slack.Views(user(who))
	if len(open) == 0 {
		return slackfake.View{}, errors.New("no form is open")
	}
	return open[len(open)-1], nil
}
