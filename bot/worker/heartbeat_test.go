package worker

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// TestStrangersAreNoticed plays hellos of Slack's beside what the workers of a ledger say
// they hold, a round every five seconds.
func TestStrangersAreNoticed(t *testing.T) {
	const round = 5 * time.Second
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		sums  []int       // at each round
		known map[int]int // what Slack counts just before a round
		want  int         // how many sockets are found to be nobody's
	}{
		"alone":                                  {[]int{2, 2, 2, 2, 2, 2}, map[int]int{1: 2}, 0},
		"a stranger":                             {[]int{2, 2, 2, 2, 2, 2}, map[int]int{1: 4}, 2},
		"not told before all were looked at":     {[]int{2, 2, 2}, map[int]int{1: 4}, 0},
		"another replica, counted a little late": {[]int{2, 2, 2, 4, 4, 4}, map[int]int{1: 4}, 0},
		"another replica, gone a little before":  {[]int{4, 4, 2, 2, 2, 2, 2}, map[int]int{3: 4}, 0},
		"gone long before":                       {[]int{4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, map[int]int{6: 4}, 2},
		"a socket being replaced":                {[]int{2, 3, 2, 2, 2, 2}, map[int]int{2: 3}, 0},
		"told once for each count":               {[]int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, map[int]int{1: 3}, 1},
		"told again when Slack counts again":     {[]int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, map[int]int{1: 3, 5: 3}, 2},
		"Slack does not count":                   {[]int{2, 2, 2, 2, 2, 2}, map[int]int{1: 0}, 0},
	} {
		var a socketAudit
		var count SocketCount
		got := 0
		for i, sum := range row.sums {
			now := began.Add(time.Duration(i) * round)
			if known, ok := row.known[i]; ok {
				count = SocketCount{Known: known, At: now.Add(-time.Second)}
			}
			strangers, _ := a.count(now, sum, count, auditRounds*round)
			got += strangers
		}
		if got != row.want {
			t.Errorf("%s: %d strangers, want %d", name, got, row.want)
		}
	}
}

// foreign is an observer of foreign sockets.
type foreign []int

func (f *foreign) ForeignSockets(n int)   { *f = append(*f, n) }
func (*foreign) LostClaim(ledger.JobKind) {}

// It is told of none as well, so that what it shows ends with the fault.
func TestForeignSocketsAreObservedUntilTheyAreGone(t *testing.T) {
	var seen foreign
	w := New(Config{Log: slog.New(slog.DiscardHandler), Observer: &seen})
	w.noteForeign(2, 4)
	w.noteForeign(0, 2)
	if !slices.Equal(seen, foreign{2, 0}) {
		t.Errorf("observed %v", seen)
	}
}
