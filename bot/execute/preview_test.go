package execute

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/graph"
)

// slow is a fleet of one machine whose inspection and whose image take their time.
type slow struct {
	Fleet
	inspection, image time.Duration
	in                graph.Inspection
	inErr, pcErr      error
	alone             int // reads of the machine by itself
}

func waits(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slow) Inspect(ctx context.Context, _ graph.Match) (graph.Inspection, error) {
	if err := waits(ctx, s.inspection); err != nil {
		return graph.Inspection{}, err
	}
	return s.in, s.inErr
}

func (s *slow) CloudPC(ctx context.Context, id string) (graph.CloudPC, error) {
	s.alone++
	return graph.CloudPC{ID: id, PolicyID: "p1"}, errors.Join(waits(ctx, 8*time.Second), s.pcErr)
}

func (s *slow) Policy(ctx context.Context, id string) (graph.Policy, error) {
	return graph.Policy{ID: id, ImageID: "i1"}, waits(ctx, 8*time.Second)
}

func (s *slow) Image(ctx context.Context, _, _ string) (graph.Image, error) {
	return graph.Image{Status: "notSupported"}, waits(ctx, s.image)
}

func TestACardDoesNotWaitForWhatIsOnlyGoodToKnow(t *testing.T) {
	whole := graph.Inspection{CloudPC: graph.CloudPC{ID: "1", PolicyID: "p1"}, Policy: graph.Policy{ID: "p1", ImageID: "i1"}, Others: []graph.Match{{CloudPC: graph.CloudPC{DeviceName: "D2"}}}}
	late := whole
	late.PolicyErr = context.DeadlineExceeded
	gone, forbidden := &graph.Error{Status: 404}, &graph.Error{Status: 403}
	for name, row := range map[string]struct {
		fleet  slow
		no     ledger.Code
		failed bool
		image  string
		others int
		alone  int
		takes  time.Duration
	}{
		"soon":                     {slow{in: whole}, "", false, "notSupported", 1, 0, 0},
		"almost too late":          {slow{in: whole, inspection: 4 * time.Second}, "", false, "notSupported", 1, 0, 4 * time.Second},
		"the image is late":        {slow{in: whole, inspection: 4 * time.Second, image: time.Minute}, "", false, "", 1, 0, previewTime},
		"all is late":              {slow{inspection: time.Minute}, "", false, "", 0, 1, previewTime + 16*time.Second},
		"the policy is late":       {slow{in: late, inspection: 4 * time.Second}, "", false, "", 0, 1, 20 * time.Second},
		"late, and gone":           {slow{inspection: time.Minute, pcErr: gone}, ledger.NoSuchPC, false, "", 0, 1, previewTime + 8*time.Second},
		"gone":                     {slow{inErr: gone}, ledger.NoSuchPC, false, "", 0, 0, 0},
		"forbidden":                {slow{inErr: forbidden}, ledger.Forbidden, false, "", 0, 0, 0},
		"throttled":                {slow{inErr: graph.ErrThrottled}, "", true, "", 0, 0, 0},
		"its policy is forbidden":  {slow{in: graph.Inspection{PolicyErr: forbidden}}, "", true, "", 0, 0, 0},
		"its use cannot be read":   {slow{in: graph.Inspection{UsageErr: forbidden}}, "", false, "", 0, 0, 0},
		"others are not found out": {slow{in: graph.Inspection{OthersErr: forbidden, Policy: whole.Policy}}, "", false, "notSupported", 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := New(Config{Fleet: &row.fleet, Requests: &requests.Requests{Log: slog.New(slog.DiscardHandler)}, AllowOwner: true})
				began := time.Now()
				in, p, no, err := e.inspect(t.Context(), ledger.Request{}, search{match: graph.Match{CloudPC: graph.CloudPC{ID: "1"}}, what: "CPC-1"})
				if took := time.Since(began); took != row.takes || row.fleet.alone != row.alone {
					t.Errorf("%v, %d reads alone", took, row.fleet.alone)
				}
				if (err != nil) != row.failed || (no != nil) != (row.no != "") || no != nil && no.Code != row.no {
					t.Errorf("%v, %+v", err, no)
				}
				if p.Image != row.image || len(p.Others) != row.others || row.alone > 0 && no == nil && (in.CloudPC.ID != "1" || in.Policy.ID != "p1") {
					t.Errorf("%+v, %+v", p, in)
				}
			})
		})
	}
}

// Who asked does not wait for ever: a search that is given up is tried again.
func TestAnInspectionIsGivenUpWithTheSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(Config{Fleet: &slow{inspection: time.Minute}, Requests: &requests.Requests{Log: slog.New(slog.DiscardHandler)}, AllowOwner: true})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		if _, _, no, err := e.inspect(ctx, ledger.Request{}, search{}); err == nil || no != nil || time.Since(began) != 2*time.Second {
			t.Errorf("%v, %v after %v", err, no, time.Since(began))
		}
	})
}
