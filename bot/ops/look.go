package ops

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ops/doctor"
	"cloudpc-bot/bot/slackio"
)

const (
	lookTime  = time.Minute     // how long a look lasts at most. Nothing depends on its being complete
	lookAgain = 2 * time.Minute // between two looks while something is wrong, or not known
)

// Workspace is what looks need to know from Slack.
type Workspace interface {
	doctor.Workspace
	Missing() []slackio.Scope // scopes that the bot needs and Slack has not granted
}

// looks looks up in Slack each person, user group and channel that the configuration names. If something
// keeps one of them from serving its purpose, that is logged as an error with its cure. The bot runs all
// the same: it may be put right meanwhile, and what cannot be read now may be readable when somebody
// presses a button.
type looks struct {
	Workspace
	log *slog.Logger

	told map[string]bool // what the last look found; only one look is made at a time

	mu    sync.Mutex
	fails []doctor.Finding // what the last look that Slack answered found to be wrong
}

// follow looks now, whenever a list changes, and every few minutes while something is wrong.
func (l *looks) follow(ctx context.Context, lists *Lists, setup func() doctor.Setup) {
	for again := false; ; {
		well := l.look(ctx, setup(), again)
		wait, cancel := ctx, context.CancelFunc(func() {})
		if !well {
			wait, cancel = context.WithTimeout(ctx, lookAgain)
		}
		again = !lists.Changed(wait)
		cancel()
		if ctx.Err() != nil {
			return
		}
	}
}

// look looks once, and reports whether everything is well and known to be. again says that nothing has
// changed on the bot's side: then what it finds is logged only if the look before did not find it.
func (l *looks) look(ctx context.Context, s doctor.Setup, again bool) (well bool) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	told, known, troubles := map[string]bool{}, true, 0
	var fails []doctor.Finding
	for _, f := range doctor.Inspect(ctx, l, s) {
		if f.Level == doctor.Fail {
			fails = append(fails, f)
		} else if f.Err != nil {
			known = false
		}
		if errors.As(f.Err, new(*causes.MissingScopeError)) { // the Slack client has logged it already
			continue
		}
		if f.Level == doctor.Fail && f.What != "" {
			troubles++
		}
		if told[f.Text] = true; !again || !l.told[f.Text] {
			report(l.log, f)
		}
	}
	news := !again || len(told) != len(l.told)
	l.told = told
	l.mu.Lock()
	if known || len(fails) > len(l.fails) {
		news = news || len(fails) != len(l.fails)
		l.fails = fails
	}
	l.mu.Unlock()
	if news {
		l.log.Info("the bot looked at the people, groups and channel of the configuration", "troubles", troubles)
	}
	return known && len(fails) == 0
}

// most is how many findings /readyz tells of one part.
const most = 3

// Ready tells which scopes are missing, and what the last look found to be wrong.
func (l *looks) Ready(context.Context) error {
	var wrong []string
	if missing := l.Missing(); len(missing) > 0 {
		wrong = append(wrong, doctor.MissingScopes(missing))
	}
	scopes := len(wrong) > 0
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.fails {
		if !scopes || !errors.As(f.Err, new(*causes.MissingScopeError)) {
			wrong = append(wrong, f.Text+"; "+f.Cure)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	if more := len(wrong) - most; more > 0 {
		wrong = append(wrong[:most], fmt.Sprintf("%d more: run cloudpc-bot doctor", more))
	}
	return errors.New(strings.Join(wrong, " | "))
}

// report logs a finding that is of use in the log: a failure as an error, anything else as a warning. It
// reports whether it has.
func report(log *slog.Logger, f doctor.Finding) bool {
	if f.What == "" || f.Level == doctor.OK {
		return false
	}
	level := slog.LevelWarn
	if f.Level == doctor.Fail {
		level = slog.LevelError
	}
	log.Log(context.Background(), level, f.What, append(f.About[:len(f.About):len(f.About)], "finding", f.Text, "cure", f.Cure)...)
	return true
}
