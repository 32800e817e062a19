package ledger

import (
	"fmt"
	"time"

	"cloudpc-bot/auth"
)

// Brakes are what every submission has to pass: one row, locked by each of them, so that
// a freeze and a submission cannot both win.
type Brakes struct {
	Frozen bool
	By     auth.Person // who pulled them
	Why    string
	At     time.Time
}

// Budget is how many machines may be wiped within an hour; 0 is without limit. A request
// counts once, for its requester and for everybody who approved it.
type Budget struct {
	PerHour   int
	PerPerson int
}

// FrozenError is a submission that the brakes held.
type FrozenError struct{ Brakes }

func (e *FrozenError) Error() string { return fmt.Sprintf("ledger: frozen by %s", e.By.ID) }

// BudgetError is a submission for which there is no budget before Until.
type BudgetError struct {
	Of    auth.Person // whose; zero = everybody's
	Until time.Time
}

func (e *BudgetError) Error() string {
	if e.Of.IsZero() {
		return "ledger: budget of the hour used up"
	}
	return fmt.Sprintf("ledger: budget of %s for the hour used up", e.Of.ID)
}

// People are all who stand behind a request: who asked, and who approved.
func (r *Request) People() []auth.Person {
	out := []auth.Person{r.Requester}
	for _, c := range r.Consents {
		if c.By != r.Requester {
			out = append(out, c.By)
		}
	}
	return out
}
