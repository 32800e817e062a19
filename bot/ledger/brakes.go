package ledger

import (
	"fmt"
	"time"

	"cloudpc-bot/auth"
)

// Brakes stop every submission while they are on. They are one row that each freeze and each
// submission locks, so that the two cannot both win.
type Brakes struct {
	Frozen bool
	By     auth.Person // the admin who pulled them
	Why    string      // the reason given, possibly empty
	At     time.Time
}

// Budget limits how many machines may be wiped within any 60 minutes; 0 means no limit. A
// request counts once in total, and once for each of its requester and approvers, however
// often its call is sent.
type Budget struct {
	PerHour   int // by everybody together
	PerPerson int // by each requester or approver
}

// Spending is how much of one budget the last 60 minutes have used.
type Spending struct {
	Of     auth.Person // whose budget it is; zero = the budget of everybody together
	Count  int         // requests that count against it
	Oldest time.Time   // when the oldest of them was submitted; it counts for an hour
}

// UsedUp returns the budgets without room, each as the error that its next submission would meet.
func (b Budget) UsedUp(spent []Spending) (out []BudgetError) {
	for _, s := range spent {
		limit := b.PerPerson
		if s.Of.IsZero() {
			limit = b.PerHour
		}
		if limit > 0 && s.Count >= limit {
			out = append(out, BudgetError{Of: s.Of, Until: s.Oldest.Add(time.Hour)})
		}
	}
	return out
}

// FrozenError reports that the brakes stopped a submission.
type FrozenError struct{ Brakes }

func (e *FrozenError) Error() string { return fmt.Sprintf("ledger: frozen by %s", e.By.ID) }

// BudgetError reports that the budget has no room for a submission before Until.
type BudgetError struct {
	Of    auth.Person // whose budget is used up; zero = the budget of everybody together
	Until time.Time   // when the oldest counted submission is an hour old
}

func (e *BudgetError) Error() string {
	if e.Of.IsZero() {
		return "ledger: hourly budget is used up"
	}
	return fmt.Sprintf("ledger: hourly budget of %s is used up", e.Of.ID)
}

// People returns the requester and everybody who approved, each once. A submission counts
// against the budget of each of them.
func (r *Request) People() []auth.Person {
	out := []auth.Person{r.Requester}
	for _, c := range r.Consents {
		if c.By != r.Requester {
			out = append(out, c.By)
		}
	}
	return out
}
