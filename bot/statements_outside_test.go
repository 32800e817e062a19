package bot_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// outsideStatements are about what is done past the bot, and about the tenant's audit log that tells of it.
var outsideStatements = []statement{
	{"{who} erases {what} in Intune", func(w *world, who, what string) error {
		w.tenant.EraseElsewhere(w.machine(what), graphfake.Actor{User: who + "@example.com"})
		return nil
	}},
	{"somebody erases {what} with the bot's credential", func(w *world, _, what string) error {
		w.tenant.EraseElsewhere(w.machine(what), graphfake.Actor{App: w.tenant.ClientID(), AppName: "cloudpc-bot"})
		return nil
	}},
	{"audit log is late by {what}", func(w *world, _, what string) error {
		d, err := time.ParseDuration(what)
		w.tenant.Tune(func(c *graphfake.Config) { c.AuditLag = d })
		return err
	}},
	{"audit log has ids of its own", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.Correlation = graphfake.OwnCorrelation })
		return nil
	}},
	{"audit log has no ids", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.Correlation = graphfake.NoCorrelation })
		return nil
	}},
	{"audit log also has a reprovision of {what}", func(w *world, _, what string) error {
		w.tenant.Audit(graphfake.AuditEvent{PC: w.machine(what), Name: what, Actor: graphfake.Actor{User: "fay@example.com"}})
		return nil
	}},
	{"audit log is forbidden", func(w *world, _, _ string) error {
		w.tenant.Fail(graphfake.Match{Kind: graphfake.ListAudit}, graphfake.Fault{Status: http.StatusForbidden})
		return nil
	}},
	{"audit log is allowed", heal},
	{"channel is told nothing more", func(w *world, _, _ string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		if told := w.toldOutside(); len(told) > w.outside {
			return fmt.Errorf("it is told: %s", told[w.outside])
		}
		return nil
	}},
	{"channel is told {what}", func(w *world, _, what string) error { // by the next card about what was done past the bot
		return w.await(func() error {
			told := w.toldOutside()
			if len(told) <= w.outside {
				return errors.New("it is told nothing more")
			}
			if err := contains(told[w.outside], what); err != nil {
				return err
			}
			w.outside++
			return nil
		})
	}},
}

// toldOutside are the cards about what was done past the bot, in the order in which they were posted.
func (w *world) toldOutside() (all []string) {
	for _, m := range w.everything() {
		if isOutside(m) {
			all = append(all, m.Plain())
		}
	}
	return all
}

// isOutside reports whether a message is a card about what was done past the bot.
func isOutside(m slackfake.Message) bool {
	return strings.Contains(m.Plain(), "from the tenant's audit log")
}
