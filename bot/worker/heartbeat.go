package worker

import (
	"context"
	"time"
)

// Several bots on one ledger may share an app: whichever gets a gesture writes it where all
// see it. A process with the same tokens on another ledger is another matter: what it takes
// in, nobody here hears of. Slack says how many sockets an app has, so it can be noticed.

const (
	silentRounds = 6 // a worker that was silent for so many rounds has left
	auditRounds  = 3 // so many rounds before and after Slack counted, the sockets of all are looked at
)

// SocketCount is how many sockets bring gestures.
type SocketCount struct {
	Held  int       // by this process; the most at once since it was last asked
	Known int       // of all processes with the same app, by Slack's newest count
	At    time.Time // of that count; zero before the first
}

// heartbeat tells the ledger that this worker lives and how many sockets it holds, until ctx ends.
func (w *Worker) heartbeat(ctx context.Context, sockets func() SocketCount) {
	tick := time.NewTicker(w.Census)
	defer tick.Stop()
	var audit socketAudit
	for ctx.Err() == nil {
		count := sockets()
		sum, err := w.Store.Heartbeat(ctx, w.name, count.Held, silentRounds*w.Census)
		if err != nil {
			w.Log.Warn("not counted among the workers", "error", err)
		} else if strangers, counted := audit.count(time.Now(), sum, count, auditRounds*w.Census); counted && strangers == 0 {
			w.Log.Debug("sockets counted", "app_sockets", count.Known)
		} else if counted {
			w.Log.Error("another process, on another ledger, holds sockets of this Slack app: it takes commands and presses that this bot never hears of. "+
				"Stop it, or give it an app of its own", "foreign_sockets", strangers, "app_sockets", count.Known)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	if _, err := w.Store.Heartbeat(leaving, w.name, 0, 0); err != nil {
		w.Log.Debug("did not take leave", "error", err)
	}
}

// socketAudit compares what Slack counted with the most that all workers held around that time,
// because sockets come and go while people count.
type socketAudit struct {
	sums []struct {
		at  time.Time
		sum int
	}
	judged time.Time // the count of Slack's that was looked at last
}

// count returns how many sockets of the app are nobody's, once for each count of Slack's.
func (a *socketAudit) count(now time.Time, sum int, slack SocketCount, around time.Duration) (strangers int, counted bool) {
	a.sums = append(a.sums, struct {
		at  time.Time
		sum int
	}{now, sum})
	for len(a.sums) > 0 && a.sums[0].at.Before(now.Add(-3*around)) {
		a.sums = a.sums[1:]
	}
	if slack.At.IsZero() || !slack.At.After(a.judged) || now.Before(slack.At.Add(around)) {
		return 0, false
	}
	a.judged = slack.At
	most := 0
	for _, s := range a.sums {
		if !s.at.Before(slack.At.Add(-around)) {
			most = max(most, s.sum)
		}
	}
	return max(slack.Known-most, 0), true
}
