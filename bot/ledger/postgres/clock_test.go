package postgres_test

import (
	"testing"
	"time"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
)

// TestAReadingThatTookLongDoesNotMoveTheClock lets a process sleep over the answer to the
// question what time it is: half of the sleep is no measure of the network.
func TestAReadingThatTookLongDoesNotMoveTheClock(t *testing.T) {
	for name, row := range map[string]struct {
		took, there time.Duration // how long the answer took, and when it was given, from the question on
		moves       bool
	}{
		"at once":                      {0, time.Minute, true},
		"given at once, read late":     {time.Minute, time.Millisecond, false},
		"asked late":                   {time.Minute, 59 * time.Second, false},
		"after the clock was set anew": {time.Minute, time.Hour, true},
		"after it was set back":        {time.Minute, -time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, ledgertest.Postgres(t))
			now, here := s.Now(), time.Now()
			postgres.Measured(s, here.Add(-row.took), now.Add(-row.took).Add(row.there))
			moved := s.Now().Sub(now.Add(time.Since(here))).Abs() > time.Second
			if moved != row.moves {
				t.Errorf("it was %v, and is %v", now, s.Now())
			}
		})
	}
}
