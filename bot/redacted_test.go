package bot_test

import (
	"context"
	"sync/atomic"
	"testing"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
)

// operator redacts a request in the instant before the bot stores a change of it that it made after the end.
type operator struct {
	ledger.Store
	redacted *atomic.Int64
	t        *testing.T
}

func (s operator) Replace(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	for _, e := range r.NewEvents {
		if e.Kind == ledger.WasExplained && s.redacted.CompareAndSwap(0, 1) {
			if n, err := s.Redact(ctx, ledger.Redaction{Requests: []ledger.ID{r.ID}}); n != 1 || err != nil {
				s.t.Errorf("%d redacted, %v", n, err)
			}
		}
	}
	return s.Store.Replace(ctx, r)
}

// TestABotWithAStaleCopyLosesAgainstARedaction redacts a denied request while the bot has it in hand, with all its
// words, to store the reason of the denial.
func TestABotWithAStaleCopyLosesAgainstARedaction(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, w *world) {
		var redacted atomic.Int64
		w.between = func(s ledger.Store) ledger.Store { return operator{s, &redacted, t} }
		for _, line := range []string{
			"set APPROVALS=1", `ada types /reprovision CPC-ada reason="the kitten sat on it"`, "card Needs … approval", "ben presses Deny", "ben sees a form", "ben explains the kitten is fine",
		} {
			if err := w.say(line); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, w.picture())
			}
		}
		w.logged("the reason came too late", 1)
		w.settled()
		if left := ledgertest.Left(t, w.sql(), "kitten", "CPC-ada", "dan@example.com"); len(left) > 0 || redacted.Load() != 1 {
			t.Errorf("words are back: %q", left)
		}
		if _, err := w.open().Verify(w.ctx); err != nil {
			t.Error(err)
		}
	})
}
