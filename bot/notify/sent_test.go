package notify

import (
	"testing"

	"cloudpc-bot/bot/words"
)

// A picture that comes back is drawn again: another process may have drawn one in between.
func TestAPictureIsKnownUntilTheNextEvent(t *testing.T) {
	var h sentCache
	waiting, sending := words.Card{Status: "waiting"}, words.Card{Status: "sending"}
	h.drawn("R-7K3F", 3, waiting)
	for _, row := range []struct {
		events int
		card   words.Card
		shows  bool
	}{{3, waiting, true}, {3, sending, false}, {4, waiting, false}, {5, waiting, false}, {2, waiting, false}} {
		if got := h.shows("R-7K3F", row.events, row.card); got != row.shows {
			t.Errorf("%d events, %s: %v", row.events, row.card.Status, got)
		}
	}
}
