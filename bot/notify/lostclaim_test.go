package notify

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/bot/worker"
)

// taken is a ledger in which another worker has every job.
type taken struct{ ledger.Store }

func (taken) Now() time.Time { return nine }
func (taken) Finish(context.Context, string, ledger.Job, int, time.Time) (bool, error) {
	return false, ledger.ErrStale
}

// lost is an observer of lost claims.
type lost []ledger.JobKind

func (l *lost) LostClaim(kind ledger.JobKind) { *l = append(*l, kind) }
func (*lost) ForeignSockets(int)              {}

func TestAClaimThatAnotherWorkerHasIsObserved(t *testing.T) {
	var seen lost
	log := slog.New(slog.DiscardHandler)
	w := worker.New(worker.Config{Store: taken{}, Log: log, Observer: &seen})
	n := &Notifier{Worker: w, Requests: &requests.Requests{Store: taken{}, Worker: w, Log: log}}
	if n.finish(t.Context(), ledger.Job{Kind: ledger.JobThread, Key: "R-7K3F", Req: ledger.Request{ID: "R-7K3F"}}, 1, nil, time.Time{}) {
		t.Error("it still has the claim")
	}
	if !slices.Equal(seen, lost{ledger.JobThread}) {
		t.Errorf("observed %v", seen)
	}
}
