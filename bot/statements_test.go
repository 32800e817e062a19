package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

func authority(t *graphfake.Tenant) cloud.Configuration {
	return cloud.Configuration{ActiveDirectoryAuthorityHost: t.Authority()}
}

// post is a fault of the next POST.
func post(f graphfake.Fault) func(*world, string, string) error {
	return func(w *world, _, _ string) error {
		f.Times = 1
		w.tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, f)
		return nil
	}
}

// reads befalls every read of Graph's until it is healed.
func reads(f graphfake.Fault) func(*world, string, string) error {
	return func(w *world, _, _ string) error {
		for _, kind := range []string{graphfake.Get, graphfake.List} {
			w.tenant.Fail(graphfake.Match{Kind: kind}, f)
		}
		return nil
	}
}

func everything(kind string, f graphfake.Fault) func(*world, string, string) error {
	return func(w *world, _, _ string) error {
		w.tenant.Fail(graphfake.Match{Kind: kind}, f)
		return nil
	}
}

func heal(w *world, _, _ string) error { w.tenant.Heal(); return nil }

// statements are the language. The first that fits counts.
var statements = []statement{
	{"set {what}", func(w *world, _, what string) error {
		name, value, ok := strings.Cut(what, "=")
		w.set[strings.TrimSpace(name)] = strings.TrimSpace(value)
		if !ok {
			return errors.New("want NAME=value")
		}
		return nil
	}},

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
		for _, g := range []*slackfake.Gesture{one, two} {
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
	{"bot loses {what}", func(w *world, _, what string) error {
		for _, name := range []string{"ADMINS", "REQUESTERS"} {
			text, ok := w.set[name]
			if !ok && name == "ADMINS" {
				text = "ada,ben"
			}
			left := slices.DeleteFunc(strings.Split(text, ","), func(s string) bool { return strings.TrimSpace(s) == what })
			w.set[name] = strings.Join(left, ",")
		}
		return w.restart()
	}},
	{"graph acts and holds its answer", func(w *world, _, _ string) error {
		w.held.Store(new(make(chan struct{})))
		return nil
	}},
	{"graph lets the answer go", func(w *world, _, _ string) error {
		close(*w.held.Swap(nil))
		return nil
	}},

	{"slack redelivers anew", func(w *world, _, _ string) error { return w.redeliver(false) }},
	{"slack redelivers", func(w *world, _, _ string) error { return w.redeliver(true) }},

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
			return contains(c.Plain(), text)
		})
	}},
	{"card {what}", func(w *world, _, what string) error {
		return w.await(func() error {
			c, err := w.card()
			if err != nil {
				return err
			}
			return contains(c.Plain(), what)
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
	{"thread later {what}", func(w *world, _, what string) error { return w.hears(what, true) }},
	{"thread {what}", func(w *world, _, what string) error { return w.hears(what, false) }},

	{"graph was not called", func(w *world, _, _ string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		for _, c := range w.tenant.Calls() {
			if c.Version != "" { // Entra's have none
				return fmt.Errorf("it saw %s %s", c.Method, c.Path)
			}
		}
		return nil
	}},
	{"graph is left alone for {what}", func(w *world, _, what string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		before := len(w.tenant.Calls())
		if err := errors.Join(w.passes(what), w.quiet()); err != nil {
			return err
		}
		if calls := w.tenant.Calls()[before:]; len(calls) > 0 {
			return fmt.Errorf("it saw %s %s", calls[0].Method, calls[0].Path)
		}
		return nil
	}},
	{"graph challenges", post(graphfake.Fault{CAE: true})},
	{"graph saw nothing more", func(w *world, _, _ string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		return w.noMorePosts()
	}},
	{"graph saw POST {what}", func(w *world, _, what string) error {
		return w.await(func() error {
			posts := w.tenant.Posts()
			if len(posts) <= w.posts {
				return errors.New("no further POST has arrived")
			}
			p := posts[w.posts]
			if err := contains(p.Path+" "+string(p.Body)+" ", what+" "); err != nil {
				return err
			}
			w.posts++
			return nil
		})
	}},
	{"graph wiped {what}", func(w *world, _, what string) error {
		name, times, _ := cutLast(what)
		return w.await(func() error {
			if n := fmt.Sprint(w.tenant.Wipes(w.machine(name))); n != times {
				return fmt.Errorf("%s times", n)
			}
			return nil
		})
	}},
	{"graph answers 429 after {what}", func(w *world, _, what string) error {
		d, err := time.ParseDuration(what)
		if err != nil {
			return err
		}
		return post(graphfake.Fault{Status: http.StatusTooManyRequests, RetryAfter: d})(w, "", "")
	}},
	{"graph acts and answers {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		if err != nil {
			return err
		}
		return post(graphfake.Fault{ActThenStatus: status})(w, "", "")
	}},
	{"graph answers {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		if err != nil {
			return err
		}
		return post(graphfake.Fault{Status: status})(w, "", "")
	}},
	{"graph loses the answer", post(graphfake.Fault{DropAfter: true})},
	{"graph drops the call", post(graphfake.Fault{DropBefore: true})},
	{"graph hangs", post(graphfake.Fault{Hang: true})},
	{"graph acts and hangs", post(graphfake.Fault{HangAfter: true})},
	{"graph redirects", post(graphfake.Fault{Redirect: "self"})},
	{"graph is down", reads(graphfake.Fault{Status: http.StatusServiceUnavailable})},
	{"graph is up", heal},
	{"graph forbids", everything("graph", graphfake.Fault{Status: http.StatusForbidden})},
	{"graph allows", heal},
	{"entra is down", func(w *world, _, _ string) error {
		w.tenant.RevokeTokens()
		return everything(graphfake.Token, graphfake.Fault{Status: http.StatusServiceUnavailable})(w, "", "")
	}},
	{"entra rejects", func(w *world, _, _ string) error {
		w.tenant.RevokeTokens()
		return everything(graphfake.Token, graphfake.Fault{Status: http.StatusUnauthorized})(w, "", "")
	}},
	{"entra is up", heal},
	{"graph says provisioning", func(w *world, _, _ string) error { w.tenant.Advance(w.target()); return nil }},
	{"graph says {what}", func(w *world, _, what string) error { w.tenant.Finish(w.target(), what); return nil }},
	{"graph flips", func(w *world, _, _ string) error {
		w.tenant.Set(w.target(), func(pc *graphfake.CloudPC) { pc.Status = "provisioned" })
		return nil
	}},
	{"graph does not find a machine once", func(w *world, _, _ string) error {
		for _, version := range []string{"v1.0", "beta"} {
			w.tenant.Fail(graphfake.Match{Kind: graphfake.Get, Version: version}, graphfake.Fault{Status: http.StatusNotFound, Times: 1})
		}
		return nil
	}},
	{"graph has no beta {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		w.tenant.Fail(graphfake.Match{Version: "beta"}, graphfake.Fault{Status: status})
		return err
	}},
	{"an older version lets it wait for {what}", func(w *world, _, what string) error {
		d, err := time.ParseDuration(what)
		if err != nil {
			return err
		}
		store := w.open()
		for r, err := range store.Find(w.ctx, ledger.Query{Live: true}) {
			if err != nil {
				return err
			}
			if _, err := ledger.Amend(w.ctx, store, r, func(r *ledger.Request) error {
				r.Expires = r.Asked.Add(d)
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	}},
	{"time passes {what} while a card is posted", func(w *world, _, what string) error {
		var once sync.Once
		span := strings.TrimSpace(what)
		w.slack.Fail("chat.postMessage", slackfake.Fault{Meanwhile: func(slackfake.Call) {
			once.Do(func() {
				number, _, _ := strings.Cut(span, " ")
				n, _ := strconv.Atoi(number)
				w.pass(time.Duration(n) * time.Minute)
			})
		}})
		return nil
	}},
	{"graph wants another admin", post(graphfake.Fault{Status: 400, Message: `{"Message":"The request must contain the header 'x-msft-approval-justification'."}`})},
	{"graph refuses because {what}", func(w *world, _, what string) error {
		return post(graphfake.Fault{Status: 409, Code: "InvalidCloudPcState", Message: what})(w, "", "")
	}},
	{"entra blocks the bot by Conditional Access", func(w *world, _, _ string) error {
		w.tenant.RevokeTokens()
		return everything(graphfake.Token, graphfake.Fault{Status: 400, Code: "invalid_grant", Message: "AADSTS53003: Access has been blocked by Conditional Access policies."})(w, "", "")
	}},
	{"graph fails every filter with {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		w.tenant.Fail(graphfake.Match{Kind: graphfake.List, Filter: graphfake.Filtered}, graphfake.Fault{Status: status})
		return err
	}},
	{"graph writes zeros", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.ZeroGUIDs = true })
		return nil
	}},
	{"graph writes {what}", func(w *world, _, what string) error { // CPC-ada a property (- = all of it) and its JSON
		words := strings.SplitN(strings.Join(strings.Fields(what), " "), " ", 3)
		if len(words) != 3 {
			return errors.New("want a machine, a property, and JSON")
		}
		property := strings.Trim(words[1], "-")
		w.tenant.Set(w.machine(words[0]), func(pc *graphfake.CloudPC) {
			pc.Raw = map[string]json.RawMessage{property: json.RawMessage(words[2])}
		})
		return nil
	}},
	{"graph builds {what}", func(w *world, _, what string) error {
		os, account, _ := strings.Cut(what, " ")
		return post(graphfake.Fault{BuildOS: os, BuildAccount: strings.TrimSpace(account)})(w, "", "")
	}},
	{"graph leaves its row as it is", post(graphfake.Fault{RowLags: true})},
	{"graph cannot discover anything", reads(graphfake.Fault{Undiscovered: true})},
	{"something between answers {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		return errors.Join(err, reads(graphfake.Fault{Status: status, Foreign: true})(w, "", ""))
	}},
	{"graph lacks the consent", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.Roles = []string{"CloudPC.Read.All"} })
		return nil
	}},
	{"graph gets the consent", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.Roles = nil })
		return nil
	}},
	{"graph shows {what}", func(w *world, _, what string) error { // CPC-ada a Reprovision Pending
		words := strings.Fields(what)
		if len(words) != 4 {
			return errors.New("want a machine, a, what was done, and how far it is")
		}
		w.tenant.Set(w.machine(words[0]), func(pc *graphfake.CloudPC) {
			pc.Actions = []graphfake.Action{{Name: words[2], State: words[3], Start: w.clock.now()}}
		})
		return nil
	}},
	{"graph changes {what}", func(w *world, _, what string) error {
		words := strings.Fields(what)
		if len(words) < 3 {
			return errors.New("want a machine, what of it, and a value")
		}
		value := strings.Join(words[2:], " ")
		w.tenant.Set(w.machine(words[0]), func(pc *graphfake.CloudPC) {
			switch words[1] {
			case "user":
				pc.UserPrincipalName = value
			case "policy":
				pc.ProvisioningPolicyID, pc.ProvisioningPolicyName = value, value
			case "image":
				pc.ImageDisplayName = value
			case "device":
				pc.ManagedDeviceID = value
			case "status":
				pc.Status = value
			case "shared":
				pc.ProvisioningType, pc.GroupName, pc.UserPrincipalName = "sharedByEntraGroup", value, ""
			case "power":
				pc.PowerState = value
			case "called":
				pc.ManagedDeviceName = value
			}
		})
		return nil
	}},
	{"graph has {what}", func(w *world, _, what string) error { // 12 of CPC-lot: CPC-lot-1 to CPC-lot-12
		return lot(what, func(name string) error {
			w.tenant.Add(graphfake.CloudPC{DisplayName: name, Status: "provisioned", UserPrincipalName: "dan@example.com"})
			return nil
		})
	}},
	{"graph removes {what}", func(w *world, _, what string) error { w.tenant.Remove(w.machine(what)); return nil }},

	{"bot stops", func(w *world, _, _ string) error { return w.stop() }},
	{"bot starts", func(w *world, _, _ string) error { return w.start() }},
	{"bot restarts", func(w *world, _, _ string) error { return w.restart() }},
	{"bot dies", func(w *world, _, _ string) error { return w.die() }},
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
	{"time passes {what}", func(w *world, _, what string) error { return w.passes(what) }},
	{"log has {what}", func(w *world, _, what string) error {
		return w.await(func() error {
			if !fits(w.logs.String(), what) {
				return errors.New("it has not")
			}
			return nil
		})
	}},
	{"log lacks {what}", func(w *world, _, what string) error {
		if strings.Contains(w.logs.String(), what) {
			return errors.New("it has it")
		}
		return nil
	}},
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

// actions are the buttons by what stands on them.
var actions = map[string]string{"Approve": "approve", "Deny": "deny", "Cancel": "cancel", "Leave it": "leave", "Close it": "leave", "Ask again": "again"}

func person(change func(*slackfake.Person)) func(*world, string, string) error {
	return func(w *world, _, who string) error { w.slack.SetPerson(user(who), change); return nil }
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

// passes lets time go by, as "2 minutes".
func (w *world) passes(span string) error {
	if w.held.Load() == nil { // while a call is out, somebody is at work
		if err := w.quiet(); err != nil {
			return err
		}
	}
	words := strings.Fields(span)
	if len(words) != 2 {
		return errors.New("want a number and a unit")
	}
	number, unit := words[0], words[1]
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	w.pass(time.Duration(n) * units[strings.TrimSuffix(unit, "s")])
	return nil
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
			if strings.HasPrefix(b, label+" (") {
				return nil
			}
		}
		return fmt.Errorf("the card shows %q", c.Buttons())
	})
	return c, err
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
		if strings.Join(got, " ") != strings.Join(strings.Fields(want), " ") {
			return fmt.Errorf("it shows %v", got)
		}
		return nil
	})
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

func (w *world) redeliver(same bool) error {
	if w.last == nil {
		return errors.New("nothing was typed")
	}
	w.last = w.slack.Redeliver(w.last, same)
	return w.acked()
}

// acked waits until the newest gesture is acknowledged, where somebody listens.
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
		if (m.ThreadTS == "" || m.ThreadTS == m.TS) && strings.Contains(m.Plain(), "asked by @") {
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

func (w *world) card() (slackfake.Message, error) {
	all := w.cards()
	if len(all) == 0 {
		return slackfake.Message{}, errors.New("there is no card")
	}
	return all[len(all)-1], nil
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

// target is the machine of the newest POST, else of the newest card.
func (w *world) target() string {
	if posts := w.tenant.Posts(); len(posts) > 0 {
		return posts[len(posts)-1].PC
	}
	c, _ := w.card()
	for _, pc := range w.tenant.PCs() {
		if strings.Contains(c.Plain(), pc.ID) {
			return pc.ID
		}
	}
	return ""
}

func (w *world) noMorePosts() error {
	if posts := w.tenant.Posts(); len(posts) > w.posts {
		return fmt.Errorf("it saw POST %s %s", posts[w.posts].Path, posts[w.posts].Body)
	}
	return nil
}

// await looks again at every change of either fake until check is content.
func (w *world) await(check func() error) error {
	ctx, cancel := context.WithTimeout(w.ctx, w.waits)
	defer cancel()
	last := check()
	for last != nil && ctx.Err() == nil {
		wait, done := context.WithTimeout(ctx, 20*time.Millisecond) // Graph and the clock do not wake it
		_ = w.slack.Wait(wait, func() bool { last = check(); return last == nil })
		done()
	}
	return last
}

// quiet waits until the bot has nothing to do: no request is due, none is being worked on.
func (w *world) quiet() error {
	if w.bot == nil {
		return nil
	}
	return w.await(func() error { return w.busy() })
}

func (w *world) end() error {
	if !w.started {
		return errors.New("the script does nothing")
	}
	if err := w.quiet(); err != nil {
		return err
	}
	if err := w.noMorePosts(); err != nil {
		return err
	}
	for _, secret := range append(w.tenant.Secrets(), w.slack.AppToken(), w.slack.BotToken()) {
		if strings.Contains(w.logs.String(), secret) {
			return errors.New("a secret is in the log")
		}
	}
	return nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndex(strings.TrimSpace(s), " ")
	if i < 0 {
		return s, "", false
	}
	return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i:]), true
}

func contains(text, want string) error {
	if fits(text, want) {
		return nil
	}
	return fmt.Errorf("it is: %s", text)
}
