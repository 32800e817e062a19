package row

import (
	"errors"
	"fmt"

	"cloudpc-bot/bot/ledger"
)

// Redactions are requests that one transaction redacts. A store passes it each request as it is, locked.
type Redactions struct {
	Order ledger.Redaction

	Before []ledger.Request // as they were
	After  []ledger.Request
	live   []ledger.ID
}

// Add redacts a request, if the order selects it.
func (all *Redactions) Add(r ledger.Request, at ledger.Clock) error {
	selected, err := all.Order.Selects(r)
	if live, ok := errors.AsType[*ledger.LiveError](err); ok {
		all.live = append(all.live, live.Requests...)
		return nil
	}
	if err != nil || !selected {
		return err
	}
	after := r
	if err := after.Redact(at.Now()); err != nil {
		return err
	}
	all.Before, all.After = append(all.Before, r), append(all.After, after)
	return nil
}

// Err is *ledger.LiveError if the order may not be carried out.
func (all *Redactions) Err() error {
	if len(all.live) > 0 {
		return &ledger.LiveError{Requests: all.live}
	}
	return nil
}

// Targets are the machines of the requests, each once.
func (all *Redactions) Targets() (targets []string) {
	seen := map[string]bool{}
	for _, r := range all.After {
		if id := r.Target.ID; id != "" && !seen[id] {
			seen[id] = true
			targets = append(targets, id)
		}
	}
	return targets
}

// InUse returns the names by which requests can be found.
func InUse(requests []ledger.Request) (names []string) {
	for _, r := range requests {
		names = append(names, r.Names()...)
	}
	return names
}

// NotFound is the error for a request that does not exist, by its id.
func NotFound(id ledger.ID) error { return fmt.Errorf("%s: %w", id, ledger.ErrNotFound) }
