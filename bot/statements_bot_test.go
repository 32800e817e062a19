package bot_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
)

// botStatements are about the bot itself: its settings, its lives, its ledger and its log, and
// about the time that passes.
var botStatements = []statement{
	{"set {what}", func(w *world, _, what string) error {
		name, value, ok := strings.Cut(what, "=")
		w.set[strings.TrimSpace(name)] = strings.TrimSpace(value)
		if !ok {
			return errors.New("want NAME=value")
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
			if _, err := ledger.Update(w.ctx, store, r, func(r *ledger.Revision) error {
				r.Expires = r.Asked.Add(d)
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	}},
	{"bot stops", func(w *world, _, _ string) error { return w.stop() }},
	{"bot starts", func(w *world, _, _ string) error { return w.start() }},
	{"bot restarts", func(w *world, _, _ string) error { return w.restart() }},
	{"bot dies", func(w *world, _, _ string) error { return w.die() }},
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
	{"time passes {what}", func(w *world, _, what string) error { return w.passes(what) }},
}

// passes lets time go by, as "2 minutes".
func (w *world) passes(span string) error {
	if err := w.idle(); err != nil {
		return err
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
