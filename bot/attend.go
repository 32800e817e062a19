package bot

import (
	"context"
	"time"

	"cloudpc-bot/bot/intake"
)

// Several bots on one ledger may share an app: whichever gets a gesture writes it where all
// see it. A process with the same tokens on another ledger is another matter: what it takes
// in, nobody here hears of. Slack says how many sockets an app has, so it can be noticed.

const (
	rounds   = 6 // a worker that was silent for so many rounds has left
	straying = 3 // so many rounds before and after Slack counted, the sockets of all are looked at
)

// attend tells the ledger that this worker lives and what it holds, until ctx ends.
func (b *Bot) attend(ctx context.Context) {
	tick := time.NewTicker(b.Census)
	defer tick.Stop()
	var all census
	for ctx.Err() == nil {
		crowd := b.Inbox.Crowd()
		sum, err := b.Store.Attend(ctx, b.name, crowd.Held, rounds*b.Census)
		if err != nil {
			b.Log.Warn("not counted among the workers", "error", err)
		} else if strangers, counted := all.count(time.Now(), sum, crowd, straying*b.Census); counted && strangers == 0 {
			b.Log.Debug("sockets counted", "sockets of the app", crowd.Known)
		} else if counted {
			b.Log.Error("another process, on another ledger, holds sockets of this Slack app: it takes commands and presses that this bot never hears of. "+
				"Stop it, or give it an app of its own", "its sockets", strangers, "sockets of the app", crowd.Known)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	if _, err := b.Store.Attend(leaving, b.name, 0, 0); err != nil {
		b.Log.Debug("did not take leave", "error", err)
	}
}

// census compares what Slack counted with the most that all workers held around that time,
// because sockets come and go while people count.
type census struct {
	sums []struct {
		at  time.Time
		sum int
	}
	judged time.Time // the count of Slack's that was looked at last
}

// count returns how many sockets of the app are nobody's, once for each count of Slack's.
func (c *census) count(now time.Time, sum int, crowd intake.Crowd, around time.Duration) (strangers int, counted bool) {
	c.sums = append(c.sums, struct {
		at  time.Time
		sum int
	}{now, sum})
	for len(c.sums) > 0 && c.sums[0].at.Before(now.Add(-3*around)) {
		c.sums = c.sums[1:]
	}
	if crowd.At.IsZero() || !crowd.At.After(c.judged) || now.Before(crowd.At.Add(around)) {
		return 0, false
	}
	c.judged = crowd.At
	most := 0
	for _, s := range c.sums {
		if !s.at.Before(crowd.At.Add(-around)) {
			most = max(most, s.sum)
		}
	}
	return max(crowd.Known-most, 0), true
}
