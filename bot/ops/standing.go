package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/ops/doctor"
	"cloudpc-bot/bot/slackio"
)

// tellStanding logs what the services say about the bot itself and what is known at no cost once they are
// open: whether its token for Graph has the app role, and whether the clocks agree. What cannot be found
// out is left out; it shows when it is needed.
func (s *services) tellStanding(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	found := s.clocks()
	if access, err := s.fleet.Access(ctx); err == nil {
		found = append(found, doctor.Roles(access)...)
	}
	for _, f := range found {
		report(s.log, f)
	}
}

// twoApps fails if Slack's two tokens are of two apps, as far as Slack says: commands arrive for the one, and
// the other answers. slackio.Open has compared what auth.test says, which need not say it.
func (s *services) twoApps(ctx context.Context) error {
	if two, ok := errors.AsType[*slackio.TwoAppsError](s.slack.OneApp(ctx, "")); ok {
		return two
	}
	return nil
}

// clocks compares this machine's clock with those of the services, as far as they have answered.
func (s *services) clocks() []doctor.Finding {
	slack, known := s.slack.Skew()
	found := doctor.Clock("Slack", slack, known)
	graph, known := s.fleet.Skew()
	return slices.Concat(found, doctor.Clock("Graph", graph, known), doctor.Clock("the database", time.Until(s.store.Now()), true))
}

// clock is the check of the clocks for /readyz: it fails if one is so far off that Entra may give no
// token.
func (s *services) clock(context.Context) error { return worst(s.clocks()) }

// ledger is the check of the database for /readyz.
func (s *services) ledger(ctx context.Context) error {
	if file, ok := s.store.(*sqlite.Store); ok {
		if err := file.InPlace(); err != nil {
			return err
		}
	}
	_, err := s.store.Next(ctx, "")
	return err
}

// entra is the check of the bot's token for Graph for /readyz.
func (s *services) entra(ctx context.Context) error {
	access, err := s.fleet.Access(ctx)
	if err != nil {
		return err
	}
	return worst(doctor.Roles(access))
}

// worst is the first failure among findings, as an error.
func worst(found []doctor.Finding) error {
	for _, f := range found {
		if f.Level == doctor.Fail {
			return errors.New(f.Text + "; " + f.Cure)
		}
	}
	return nil
}

// graphAgain is how long an outage of Graph is believed. Nobody may type a command for hours, so /readyz has
// to find out by itself that it is over: by reading one Cloud PC, at most once in this time.
const graphAgain = time.Minute

// graphAnswers is the check of Graph for /readyz. While the bot's calls go well it makes none.
func (s *services) graphAnswers(ctx context.Context) error {
	at, err := s.fleet.Latest()
	if err != nil && time.Since(at) > graphAgain {
		_, _ = s.fleet.Reach(ctx, false)
		at, err = s.fleet.Latest()
	}
	if err != nil {
		return fmt.Errorf("the latest call, at %s, failed: %w", at.UTC().Format(time.RFC3339), err)
	}
	return nil
}
