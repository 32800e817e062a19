package worker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Interactions that overlap without a gap slow work down and do not stop it, also where what is in
// flight hangs.
func TestWorkGoesOnWhileInteractionsWait(t *testing.T) {
	for name, row := range map[string]struct{ busy, atLeast, atMost int }{
		"nothing is in flight":    {0, maxWhileAcking, maxWhileAcking},
		"a few places are taken":  {maxWhileAcking - 3, 3, 3},
		"enough places are taken": {maxWhileAcking, 1, maxWhileAcking},
		"many places are taken":   {maxInFlight - 5, 1, 5},
		"all places but one are":  {maxInFlight - 1, 1, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &Worker{}
			w.unacked.Store(1)
			free := make(chan int, maxInFlight+1)
			free <- maxInFlight - row.busy
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			n := w.atOnce(ctx, free, take(ctx, free))
			if took := time.Since(began); n < row.atLeast || n > row.atMost || took > yieldFor+10*time.Millisecond || row.busy < maxWhileAcking && took > 0 {
				t.Errorf("%s: it takes up %d after %v", name, n, took)
			}
			if left := freed(free); n+left+row.busy != maxInFlight {
				t.Errorf("%s: %d places are left", name, left)
			}
		})
	}
}

// A place that comes free while an interaction waits counts.
func TestAPlaceThatComesFreeCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Worker{}
		w.unacked.Store(1)
		free := make(chan int, maxInFlight+1)
		free <- maxInFlight - maxWhileAcking
		began := time.Now()
		time.AfterFunc(10*time.Millisecond, func() { free <- 2 })
		if n, took := w.atOnce(t.Context(), free, take(t.Context(), free)), time.Since(began); n != 2 || took > 12*time.Millisecond {
			t.Errorf("it takes up %d after %v", n, took)
		}
	})
}

// What comes while a debounce runs is woken for as well.
func TestADebounceForgetsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d debounce
		began := time.Now()
		var woken []time.Duration
		do := func() { woken = append(woken, time.Since(began)) }
		d.after(150*time.Millisecond, do)
		time.Sleep(80 * time.Millisecond)
		d.after(150*time.Millisecond, do)
		d.after(150*time.Millisecond, do)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(woken) != 2 || woken[1] < 230*time.Millisecond || woken[1] > 380*time.Millisecond {
			t.Errorf("woken after %v", woken)
		}
	})
}
