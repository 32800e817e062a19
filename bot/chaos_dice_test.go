package bot_test

import "time"

// Dice, and what is counted and waited for by them.

func (s *storm) chance(p float64) bool { return s.roll() < p }

func (s *storm) roll() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dice.Float64()
}

func anyOf[T any](s *storm, list []T) T { return list[int(s.roll()*float64(len(list)))] }

// within is some duration between two.
func (s *storm) within(least, most time.Duration) time.Duration {
	return least + time.Duration(s.roll()*float64(most-least))
}

// rest lasts until the people go home, at most d; it reports whether they stay.
func (s *storm) rest(d time.Duration) bool {
	select {
	case <-s.ctx.Done():
	case <-time.After(d):
	}
	return s.ctx.Err() == nil
}

// count counts one more of something, and returns how many there are.
func (s *storm) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what]++
	return s.counts[what]
}
