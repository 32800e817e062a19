package ops

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ops/doctor"
)

// lookTime is how long the look lasts at most. Nothing depends on its being complete.
const lookTime = time.Minute

// Look looks up in Slack each person, user group and channel that the configuration names, once. If
// something keeps one of them from serving its purpose, that is logged as an error with its cure. The
// bot starts all the same: it may be put right while the bot runs, and what cannot be read now may be
// readable when somebody presses a button.
func Look(ctx context.Context, w doctor.Workspace, s doctor.Setup, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	troubles := 0
	for _, f := range doctor.Inspect(ctx, w, s) {
		if errors.As(f.Err, new(*causes.MissingScopeError)) { // the Slack client has logged it already
			continue
		}
		if report(log, f) && f.Level == doctor.Fail {
			troubles++
		}
	}
	log.Info("the bot looked at the people, groups and channel of the configuration", "troubles", troubles)
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
