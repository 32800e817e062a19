package worker

import (
	"context"
	"time"
)

// Several bots on one ledger may share a Slack app: whichever receives an interaction stores it where
// all see it. A process with the same tokens but another ledger is a fault: Slack sends each payload
// to any one socket of the app (docs.slack.dev/apis/events-api/using-socket-mode), and what that
// process receives is lost to this ledger. Slack's hello says how many sockets the app has, so the
// bots on this ledger count theirs and compare.

const (
	silentRounds = 6 // a worker without a heartbeat for this many rounds of HeartbeatEvery is gone
	auditRounds  = 3 // Slack's count is compared with ours from this many rounds before it to as many after it
)

// SocketCount is how many Socket Mode connections deliver interactions.
type SocketCount struct {
	MaxSockets int       // of this process: the most open at once since the previous call
	Known      int       // of all processes with the same app: num_connections of Slack's newest hello
	At         time.Time // when that hello came; zero before the first
}

// GoneAfter is how long after its last heartbeat a worker is taken for gone.
func (w *Worker) GoneAfter() time.Duration { return silentRounds * w.HeartbeatEvery }

// heartbeat tells the ledger every HeartbeatEvery that this worker is alive and how many sockets its process
// holds. When ctx ends it signs off.
func (w *Worker) heartbeat(ctx context.Context, sockets func() SocketCount) {
	tick := time.NewTicker(w.HeartbeatEvery)
	defer tick.Stop()
	var audit socketAudit
	for ctx.Err() == nil {
		count := sockets()
		sum, err := w.Store.Heartbeat(ctx, w.name, count.MaxSockets, w.GoneAfter())
		if err != nil {
			w.Log.Warn("the ledger did not take the heartbeat", "error", err)
		} else if strangers, counted := audit.count(time.Now(), sum, count, auditRounds*w.HeartbeatEvery); counted {
			w.noteForeign(strangers, count.Known)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	if _, err := w.Store.Heartbeat(leaving, w.name, 0, 0); err != nil {
		w.Log.Debug("the ledger did not take the sign-off of this worker", "error", err)
	}
}

// noteForeign tells of sockets that belong to no worker on this ledger.
func (w *Worker) noteForeign(foreign, known int) {
	if w.Observer != nil {
		w.Observer.ForeignSockets(foreign)
	}
	if foreign == 0 {
		w.Log.Debug("Slack counts no foreign sockets of the app", "app_sockets", known)
		return
	}
	w.Log.Error("another process, on another ledger, holds sockets of this Slack app: it receives commands and presses that this bot never sees. "+
		"Stop it, or give it an app of its own", "foreign_sockets", foreign, "app_sockets", known)
}

// socketAudit compares Slack's count of sockets with the most that all workers together held around
// that time, because sockets open and close between the counts.
type socketAudit struct {
	sums []struct {
		at  time.Time
		sum int
	}
	judged time.Time // time of Slack's count that was last compared
}

// count returns how many sockets of the app belong to no worker on this ledger. Counted is true once
// for each count of Slack's, when around has passed since it. sum is what all workers hold now.
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
