package notify

import (
	"testing"

	"cloudpc-bot/bot/words"
)

// A picture that comes back is drawn again: another process may have drawn one in between.
func TestAPictureIsKnownUntilTheNextEvent(t *testing.T) {
	var h sentCache
	waiting, sending := words.Card{Status: "waiting"}, words.Card{Status: "sending"}
	h.drawn("R-7K3F", 3, 1, waiting)
	for _, row := range []struct {
		events, redraws int
		card            words.Card
		shows           bool
	}{{3, 1, waiting, true}, {3, 1, sending, false}, {4, 1, waiting, false}, {5, 1, waiting, false}, {2, 1, waiting, false}, {3, 2, waiting, false}} {
		if got := h.shows("R-7K3F", row.events, row.redraws, row.card); got != row.shows {
			t.Errorf("%d events, %d redraws, %s: %v", row.events, row.redraws, row.card.Status, got)
		}
	}
}
