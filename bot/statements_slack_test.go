package bot_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"cloudpc-bot/bot/slackfake"
)

// slackStatements change Slack, or tell what it was asked.
var slackStatements = []statement{
	{"slack redelivers the press", func(w *world, _, _ string) error { return w.redeliver(true) }},
	{"slack joins a grid", func(w *world, _, _ string) error {
		w.slack.JoinGrid("E0GRID")
		return w.restart()
	}},
	{"slack moves {who} to a sibling workspace", func(w *world, who, _ string) error {
		return person(func(p *slackfake.Person) { p.Team = "T0SIB" })(w, "", who)
	}},
	{"slack moves {who} to another enterprise", func(w *world, who, _ string) error {
		return person(func(p *slackfake.Person) { p.Team, p.Enterprise = "T0ELSE", "E0ELSE" })(w, "", who)
	}},
	{"slack deactivates {what}", person(func(p *slackfake.Person) { p.Deleted = true })},
	{"slack reactivates {what}", person(func(p *slackfake.Person) { p.Deleted = false })},
	{"slack makes {who} a guest while it is asked", func(w *world, who, _ string) error {
		w.whileAsked("users.info", "user", user(who), func() {
			w.slack.SetPerson(user(who), func(p *slackfake.Person) { p.Guest = true })
		})
		return nil
	}},
	{"slack takes {who} out of {what} while it is asked", func(w *world, who, what string) error {
		w.whileAsked("usergroups.users.list", "usergroup", user(what), func() {
			w.slack.SetGroup(user(what), func(g *slackfake.Group) {
				g.Users = slices.DeleteFunc(g.Users, func(id string) bool { return id == user(who) })
			})
		})
		return nil
	}},
	{"slack makes {who} a guest", func(w *world, who, _ string) error {
		return person(func(p *slackfake.Person) { p.Guest = true })(w, "", who)
	}},
	{"slack makes {who} a bot", func(w *world, who, _ string) error {
		return person(func(p *slackfake.Person) { p.Bot = true })(w, "", who)
	}},
	{"slack shares {what}", func(w *world, _, what string) error {
		w.slack.SetChannel(channels[what], func(c *slackfake.Channel) { c.ExtShared = true; c.Members = append(c.Members, user("eve")) })
		return nil
	}},
	{"slack is about to share {what}", func(w *world, _, what string) error {
		w.slack.SetChannel(channels[what], func(c *slackfake.Channel) { c.PendingExtShared = true })
		return nil
	}},
	{"slack knows nobody", func(w *world, _, _ string) error {
		w.slack.Fail("users.info", slackfake.Fault{Status: http.StatusInternalServerError})
		return nil
	}},
	{"slack gives {who} the address {what}", func(w *world, who, what string) error {
		return person(func(p *slackfake.Person) { p.Email = what })(w, "", who)
	}},
	{"slack withholds {what}", func(w *world, _, what string) error {
		w.slack.SetScopes(slices.DeleteFunc(w.slack.Scopes(), func(s string) bool { return s == what })...)
		return nil
	}},
	{"slack knows everybody", func(w *world, _, _ string) error { w.slack.Heal(); return nil }},
	{"slack puts {who} into {what}", func(w *world, who, what string) error {
		return w.regroup(what, func(g *slackfake.Group) { g.Users = append(g.Users, user(who)) }, "subteam_members_changed", "subteam_updated")
	}},
	{"slack takes {who} out of {what}", func(w *world, who, what string) error {
		return w.regroup(what, func(g *slackfake.Group) {
			g.Users = slices.DeleteFunc(g.Users, func(id string) bool { return id == user(who) })
		}, "subteam_members_changed", "subteam_updated")
	}},
	{"slack disables {what}", func(w *world, _, what string) error {
		return w.regroup(what, func(g *slackfake.Group) { g.Disabled = true }, "subteam_updated")
	}},
	{"slack enables {what}", func(w *world, _, what string) error {
		return w.regroup(what, func(g *slackfake.Group) { g.Disabled = false }, "subteam_updated")
	}},
	{"slack hides the groups", func(w *world, _, _ string) error {
		w.slack.Fail("usergroups.users.list", slackfake.Fault{Status: http.StatusInternalServerError})
		return nil
	}},
	{"slack is slow by {what}", func(w *world, _, what string) error {
		d, err := time.ParseDuration(what)
		w.slack.Fail("usergroups.users.list", slackfake.Fault{Delay: d})
		w.slack.Fail("users.info", slackfake.Fault{Delay: d})
		return err
	}},
	{"slack is fast", func(w *world, _, _ string) error { w.slack.Heal(); return nil }},
	{"slack shows the groups", func(w *world, _, _ string) error { w.slack.Heal(); return nil }},
	{"slack throttles the groups for {what}", func(w *world, _, what string) error {
		d, err := time.ParseDuration(what)
		w.slack.Fail("usergroups.users.list", slackfake.Fault{RetryAfter: d, Times: 1})
		return err
	}},
	{"groups were read {what}", func(w *world, _, what string) error {
		times := 0
		for _, c := range w.slack.Calls() {
			if c.Method == "usergroups.users.list" {
				times++
			}
		}
		if n := fmt.Sprint(times); n != what {
			return fmt.Errorf("%s times", n)
		}
		return nil
	}},
	{"slack redelivers anew", func(w *world, _, _ string) error { return w.redeliver(false) }},
	{"slack redelivers", func(w *world, _, _ string) error { return w.redeliver(true) }},
	{"slack is down", func(w *world, _, _ string) error {
		for _, m := range []string{"chat.postMessage", "chat.update", "chat.postEphemeral"} {
			w.slack.Fail(m, slackfake.Fault{Status: http.StatusInternalServerError})
		}
		return nil
	}},
	{"slack is up", func(w *world, _, _ string) error { w.slack.Heal(); return nil }},
	{"slack refuses to mention {what}", func(w *world, _, what string) error {
		mention := map[string]string{"groups": "<!subteam^", "anybody": "<@U"}[what]
		if mention == "" {
			return errors.New("want groups or anybody")
		}
		w.slack.Fail("chat.postMessage", slackfake.Fault{Error: "restricted_action", Text: mention})
		return nil
	}},
	{"slack refuses {what}", func(w *world, _, what string) error {
		method, code, _ := strings.Cut(what, " ")
		w.slack.Fail(method, slackfake.Fault{Error: code})
		return nil
	}},
	{"slack loses the answer to {what}", func(w *world, _, what string) error {
		w.slack.Fail(what, slackfake.Fault{DropAfter: true, Times: 1})
		return nil
	}},
	{"slack deletes the card", func(w *world, _, _ string) error {
		c, err := w.card()
		w.slack.DeleteMessage(c.Channel, c.TS)
		return err
	}},
	{"slack archives {what}", func(w *world, _, what string) error {
		w.slack.SetChannel(channels[what], func(c *slackfake.Channel) { c.Archived = true })
		return nil
	}},
	{"slack takes the bot out of {what}", func(w *world, _, what string) error {
		w.slack.SetChannel(channels[what], func(c *slackfake.Channel) { c.BotIn = false })
		return nil
	}},
	{"slack gives {what} another id", func(w *world, _, what string) error {
		w.slack.Fail("*", slackfake.Fault{Channel: channels[what], Error: "channel_not_found"})
		return nil
	}},
	{"slack throttles {what}", func(w *world, _, what string) error { // a method, for so long
		method, span, _ := strings.Cut(what, " for ")
		d, err := time.ParseDuration(strings.TrimSpace(span))
		w.slack.Fail(method, slackfake.Fault{RetryAfter: d, Times: 1})
		return err
	}},
	{"slack saw {what}", func(w *world, _, what string) error { // 3 of chat.update
		if err := w.quiet(); err != nil {
			return err
		}
		number, method, _ := strings.Cut(what, " of ")
		times := 0
		for _, c := range w.slack.Calls() {
			if c.Method == method {
				times++
			}
		}
		if fmt.Sprint(times) != number {
			return fmt.Errorf("%d times", times)
		}
		return nil
	}},
	{"slack accepts", func(w *world, _, _ string) error { w.slack.Heal(); return nil }},
}

func person(change func(*slackfake.Person)) func(*world, string, string) error {
	return func(w *world, _, who string) error { w.slack.SetPerson(user(who), change); return nil }
}

// whileAsked changes something once, when Slack has made up its answer to a question and not sent
// it yet; the answer leaves when the bot has heard of the change.
func (w *world) whileAsked(method, arg, value string, change func()) {
	var once sync.Once
	w.slack.Fail(method, slackfake.Fault{Meanwhile: func(c slackfake.Call) {
		if c.Args[arg] != value {
			return
		}
		once.Do(func() {
			heard := len(w.slack.Acks())
			change()
			ctx, cancel := context.WithTimeout(w.ctx, time.Second)
			defer cancel()
			_ = w.slack.Wait(ctx, func() bool { return len(w.slack.Acks()) > heard })
		})
	}})
}

// regroup changes a user group; the events of it that the app hears of are heard when it
// returns.
func (w *world) regroup(name string, change func(*slackfake.Group), events ...string) error {
	heard := len(w.slack.Acks())
	for _, e := range events {
		if slices.Contains(strings.Split(w.set["EVENTS"], ","), e) {
			heard++
		}
	}
	w.slack.SetGroup(user(name), change)
	return w.await(func() error {
		if n := len(w.slack.Acks()); n < heard {
			return errors.New("the event is not acknowledged")
		}
		return nil
	})
}

func (w *world) redeliver(same bool) error {
	if w.last == nil {
		return errors.New("nothing was typed")
	}
	w.last = w.slack.Redeliver(w.last, same)
	return w.acked()
}
