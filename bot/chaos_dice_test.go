package bot_test

import "time"

// Dice, and what is counted and waited for by them.

func (w *stormWorld) chance(p float64) bool { return w.roll() < p }

func (w *stormWorld) roll() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dice.Float64()
}

func anyOf[T any](w *stormWorld, list []T) T { return list[int(w.roll()*float64(len(list)))] }

// within is some duration between two.
func (w *stormWorld) within(least, most time.Duration) time.Duration {
	return least + time.Duration(w.roll()*float64(most-least))
}

// rest lasts until the people stop, at most d; it reports whether they stay.
func (w *stormWorld) rest(d time.Duration) bool {
	select {
	case <-w.ctx.Done():
	case <-time.After(d):
	}
	return w.ctx.Err() == nil
}

// count counts one more of something, and returns how many there are.
func (w *stormWorld) count(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what]++
	return w.counts[what]
}
