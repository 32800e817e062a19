package bot

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Gestures that overlap without a gap slow work down and do not stop it, also where what is in
// hand hangs.
func TestWorkGoesOnWhileGesturesWait(t *testing.T) {
	for name, row := range map[string]struct{ busy, atLeast, atMost int }{
		"nothing is in hand":    {0, few, few},
		"a few hands are busy":  {few - 3, 3, 3},
		"enough hands are busy": {few, 1, few},
		"many hands are busy":   {hands - 5, 1, 5},
		"all hands but one are": {hands - 1, 1, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &Bot{}
			b.waiting.Store(1)
			free := make(chan int, hands+1)
			free <- hands - row.busy
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			n := b.atOnce(ctx, free, take(ctx, free))
			if took := time.Since(began); n < row.atLeast || n > row.atMost || took > giveWay+10*time.Millisecond || row.busy < few && took > 0 {
				t.Errorf("%s: it takes up %d after %v", name, n, took)
			}
			if left := freed(free); n+left+row.busy != hands {
				t.Errorf("%s: %d hands are left", name, left)
			}
		})
	}
}

// A hand that comes free while a gesture waits counts.
func TestAHandThatComesFreeCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bot{}
		b.waiting.Store(1)
		free := make(chan int, hands+1)
		free <- hands - few
		began := time.Now()
		time.AfterFunc(10*time.Millisecond, func() { free <- 2 })
		if n, took := b.atOnce(t.Context(), free, take(t.Context(), free)), time.Since(began); n != 2 || took > 12*time.Millisecond {
			t.Errorf("it takes up %d after %v", n, took)
		}
	})
}

// What comes while a breath is taken is woken for as well.
func TestABreathForgetsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b breath
		began := time.Now()
		var woken []time.Duration
		do := func() { woken = append(woken, time.Since(began)) }
		b.take(150*time.Millisecond, do)
		time.Sleep(80 * time.Millisecond)
		b.take(150*time.Millisecond, do)
		b.take(150*time.Millisecond, do)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(woken) != 2 || woken[1] < 230*time.Millisecond || woken[1] > 380*time.Millisecond {
			t.Errorf("woken after %v", woken)
		}
	})
}
