package bot

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Gestures that overlap without a gap hold no work up for good: hands that come free while one
// waits count.
func TestWorkGoesOnWhileGesturesWait(t *testing.T) {
	for name, busy := range map[string]int{"few hands are busy": 5, "just enough": few, "more": 20, "all": hands} {
		synctest.Test(t, func(t *testing.T) {
			b := &Bot{}
			b.waiting.Store(1)
			free := make(chan int, hands+1)
			if busy < hands {
				free <- hands - busy
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var all sync.WaitGroup
			defer all.Wait()
			all.Go(func() {
				for range busy {
					time.Sleep(time.Second)
					free <- 1
				}
			})
			began := time.Now()
			n := b.atOnce(ctx, free, take(ctx, free))
			took := time.Since(began)
			still := busy - int(took/time.Second)
			if n < 1 || n+still > few || took > time.Duration(busy-min(busy, few-1)+1)*time.Second {
				t.Errorf("%s: it takes up %d beside %d after %v", name, n, still, took)
			}
		})
	}
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
