// Package doctor checks what the bot needs, before it starts or when it does not work: the
// configuration, Slack, the database, Entra and Graph. Each check returns findings, each with what to
// do about it; the bot itself makes the cheap ones at its start, and logs them.
//
// It changes nothing: it posts nothing, dials no socket, creates no table that stays, and erases no
// machine. It prints no secret.
//
// What it cannot see is whatever Slack tells no app about its own settings, such as whether Socket
// Mode is on, and what Entra and Intune tell only once a person signs in. Those are questions for a
// person, [Checklist] and [SelfService].
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/slackio"
)

// Level says how bad a finding is.
type Level string

// The levels.
const (
	OK   Level = "ok"
	Warn Level = "warn" // the bot works, and somebody should look at this
	Fail Level = "fail" // the bot, or a part of it, does not work like this
)

// subjects are what findings are about, in the order in which they are printed.
var subjects = []string{
	"configuration", "proxies", "clock", "slack tokens", "slack scopes", "people", "groups", "approvals", "channel", "database", "entra", "graph", "self-service",
}

// Finding is one thing that was found.
type Finding struct {
	Level   Level
	Subject string // one of subjects
	Text    string // what was found, in one line
	Cure    string // what to do about it; empty for OK

	What  string // the consequence, as the message of a line in the log
	About []any  // attributes of that line: which person, which variable
	Err   error  // why nothing could be found out; nil = something was
}

// Options say what Examine checks and how it prints.
type Options struct {
	Offline bool // only what needs no network
	JSON    bool // one object a line, for machines; else text
}

// Case is the installation that is examined.
type Case struct {
	Config config.Config
	Err    error           // what config.Read found wrong
	Scopes []slackio.Scope // that the bot needs from Slack
	Known  []string        // scopes that the app may have: those, and others of the manifest
}

// longest is how long all checks may take together.
const longest = time.Minute

// Examine makes all checks and prints a line for each finding, and then what a person has to check. It
// fails if one of the findings is [Fail]. If the configuration is wrong, nothing that depends on it is
// checked.
func Examine(ctx context.Context, out io.Writer, c Case, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	found := c.configuration()
	if c.Err == nil {
		found = append(found, c.examine(ctx, o)...)
		found = append(found, strangers(c.Config, found)...)
	}
	slices.SortStableFunc(found, func(a, b Finding) int {
		return slices.Index(subjects, a.Subject) - slices.Index(subjects, b.Subject)
	})
	asked := []questions{{"Slack does not tell an app the following", Checklist}}
	if c.Config.ApprovalChannel == "" {
		asked[0].list = append(slices.Clip(Checklist), Places)
	}
	if c.Config.SelfService {
		asked = append(asked, questions{"Entra and Intune tell the following only once somebody signs in", SelfService})
	}
	if err := write(out, found, asked, o.JSON); err != nil {
		return err
	}
	bad := 0
	for _, f := range found {
		if f.Level == Fail {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("doctor: %d of %d checks failed", bad, len(found))
	}
	return nil
}

// examine makes the checks of what the configuration names, all services at once.
func (c Case) examine(ctx context.Context, o Options) (found []Finding) {
	checks := []func(context.Context) []Finding{func(ctx context.Context) []Finding { return c.database(ctx, o.Offline) }}
	if !o.Offline {
		roots, err := auth.Roots(c.Config.CACerts)
		if err != nil {
			return []Finding{failed("configuration", err, "name a readable file of certificates, or unset CA_CERTS")}
		}
		transport := auth.Transport(roots)
		defer transport.CloseIdleConnections()
		checks = append(checks, func(ctx context.Context) []Finding { return c.slack(ctx, transport) },
			func(ctx context.Context) []Finding { return c.microsoft(ctx, transport) })
	}
	results := make([][]Finding, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { results[i] = check(ctx) })
	}
	all.Wait()
	return slices.Concat(c.proxies(), c.unapproved(), slices.Concat(results...))
}

func fine(subject, format string, args ...any) Finding {
	return Finding{Level: OK, Subject: subject, Text: fmt.Sprintf(format, args...)}
}

// failed is the finding for an error. The errors of this program's packages say what to do behind a
// semicolon; cure is for those that do not.
func failed(subject string, err error, cure string) Finding {
	text := strings.Join(strings.Fields(err.Error()), " ")
	for _, prefix := range []string{"slack: ", "ledger: ", "graph: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	if what, do, ok := strings.Cut(text, "; "); ok {
		text, cure = what, do
	}
	return Finding{Level: Fail, Subject: subject, Text: text, Cure: cure, Err: err}
}

// is reports whether err holds an error of type T.
func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
