package ledger

import (
	"crypto/hmac"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloudpc-bot/auth"
)

// Receipt is a piece of the chain that is kept outside the ledger: it says that the event with
// this number, or some event of this request, has a hash that begins with Hash. A chain that was
// rewritten from some event on is consistent in itself, but matches no receipt of that event or
// a later one.
type Receipt struct {
	Number  int64  // number of the event; zero if Request is set
	Request ID     // request of the event; empty if Number is set
	Hash    string // 12 to 64 lower-case hex digits
}

var receiptForm = regexp.MustCompile(`^(?:([0-9]{1,18})|(R-[0-9A-Z]+))[: ]([0-9a-f]{12,64})$`)

// ParseReceipt reads a receipt as the bot shows it: R-7K3F:3f9c0a1b2c3d, or 17:3f9c0a1b2c3d for
// an event number.
func ParseReceipt(s string) (Receipt, error) {
	m := receiptForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return Receipt{}, fmt.Errorf("ledger: %q is not a receipt; one looks like R-7K3F:3f9c0a1b2c3d", s)
	}
	w := Receipt{Request: ID(m[2]), Hash: m[3]}
	if m[1] != "" {
		w.Number, _ = strconv.ParseInt(m[1], 10, 64) // at most 18 digits: always fits
	}
	return w, nil
}

func (w Receipt) String() string {
	if w.Number > 0 {
		return fmt.Sprintf("%d:%s", w.Number, w.Hash)
	}
	return fmt.Sprintf("%s:%s", w.Request, w.Hash)
}

// BrokenError reports a chain that is not as it was written.
type BrokenError struct {
	Number  int64 // the first broken link
	Request ID    // the request it belongs to, if that is known
	Why     string
}

func (e *BrokenError) Error() string {
	if e.Request == "" {
		return fmt.Sprintf("ledger: broken at event %d: %s", e.Number, e.Why)
	}
	return fmt.Sprintf("ledger: broken at event %d (of %s): %s", e.Number, e.Request, e.Why)
}

// Report describes a chain that verified.
type Report struct {
	Head     Head
	Requests int
	Erased   int // number of erased texts
}

// Verifier checks a chain, and the requests against it. A store passes it every link in order,
// then the stored head, then every request, all from one snapshot, and calls End. The first
// error is about the first broken link.
type Verifier struct {
	report   Report
	receipts map[Receipt]bool // whether an event matched
	accounts map[ID]*account
}

// account is what the events of a request say about it.
type account struct {
	last      int64 // number of the latest event
	events    int
	state     State
	requester auth.Person
	target    string
	consents  []auth.Person
	decided   Decision // only Kind and By
	ended     time.Time
	call      string // client-request-id
	asked     Event
	names     map[string]string // the machine's names that were not erased, by TextName and so on
}

// NewVerifier makes a Verifier that requires an event to match each of the receipts.
func NewVerifier(receipts []Receipt) *Verifier {
	v := &Verifier{receipts: map[Receipt]bool{}, accounts: map[ID]*account{}}
	for _, w := range receipts {
		v.receipts[w] = false
	}
	return v
}

// Link checks the next link.
func (v *Verifier) Link(l Link) error {
	number := v.report.Head.Count + 1
	broken := func(why string, args ...any) error { return &BrokenError{number, l.Request, fmt.Sprintf(why, args...)} }
	if l.Number != number {
		return &BrokenError{Number: number, Why: fmt.Sprintf("it is missing; the next event has the number %d", l.Number)}
	}
	if hash(v.report.Head.Hash, number, l.Body) != l.Hash {
		return broken("its hash does not match its body and the hash before it")
	}
	s, digests, err := decodeEvent(l.Body)
	if err != nil {
		return broken("it cannot be read: %v", err)
	}
	if s.Request != l.Request || s.Seq != l.Seq || !s.At.Equal(l.At) {
		return broken("its columns say event %d of %s at %s, but its body says event %d of %s at %s", l.Seq, l.Request, l.At, s.Seq, s.Request, s.At)
	}
	known := 0
	for _, t := range l.Texts {
		digest, ok := digests[t.Field]
		if !ok || !hmac.Equal([]byte(digest), []byte(t.digest())) {
			return broken("its text %q is not the one it was written with", t.Field)
		}
		known++
	}
	a := v.accounts[s.Request]
	if a == nil {
		a = &account{}
		v.accounts[s.Request] = a
	}
	if a.events++; a.events != s.Seq {
		return broken("it is event %d of its request, but event %d should follow", s.Seq, a.events)
	}
	e, err := l.Event()
	if err != nil {
		return broken("it cannot be read: %v", err)
	}
	a.add(number, e)
	for w := range v.receipts {
		if strings.HasPrefix(l.Hash.String(), w.Hash) && (w.Number == number || w.Number == 0 && w.Request == s.Request) {
			v.receipts[w] = true
		} else if w.Number == number {
			return broken("its hash does not match the receipt %s", w)
		}
	}
	v.report.Head = Head{number, l.Hash}
	v.report.Erased += len(digests) - known
	return nil
}

// add takes up the next event of the request.
func (a *account) add(number int64, e Event) {
	a.last = number
	if e.Call != "" {
		a.call = e.Call
	}
	does := effects[e.Kind]
	if does != repels {
		if e.To.Ended() && !a.state.Ended() {
			a.ended = e.At
		}
		a.state = e.To
	}
	if e.Target != "" {
		a.target = e.Target
	}
	switch does {
	case asks:
		a.requester, a.asked = e.By, e
	case shows:
		a.names = e.Texts
	case agrees:
		a.consents = append(a.consents, e.By)
		if e.To == Approved {
			a.decided = Decision{Kind: e.Kind, By: e.By}
		}
	case decides:
		a.decided = Decision{Kind: e.Kind, By: e.By}
	}
}

// Head compares the end of the chain with the stored head, and checks that every receipt was met.
func (v *Verifier) Head(h Head) error {
	end := v.report.Head
	if h != end {
		return &BrokenError{Number: end.Count + 1, Why: fmt.Sprintf("the chain ends with event %d, hash %s, but its head says event %d, hash %s",
			end.Count, end.Hash.Short(), h.Count, h.Hash.Short())}
	}
	for w, met := range v.receipts {
		if !met {
			return &BrokenError{Number: end.Count + 1, Request: w.Request, Why: fmt.Sprintf(
				"no event matches the receipt %s: the chain was truncated or rewritten before it", w)}
		}
	}
	return nil
}

// Request compares a stored request with what its events say.
func (v *Verifier) Request(r Request) error {
	a := v.accounts[r.ID]
	if a == nil {
		return &BrokenError{Number: v.report.Head.Count + 1, Request: r.ID, Why: "the request has no event"}
	}
	broken := func(what string, kept, said any) error {
		return &BrokenError{a.last, r.ID, fmt.Sprintf("the request has %s %v, but its events say %v", what, kept, said)}
	}
	var consents []auth.Person
	for _, c := range r.Consents {
		consents = append(consents, c.By)
	}
	switch {
	case r.Events != a.events:
		return broken("events:", r.Events, a.events)
	case r.State != a.state:
		return broken("the state", r.State, a.state)
	case r.Requester != a.requester:
		return broken("the requester", r.Requester, a.requester)
	case !slices.Equal(consents, a.consents):
		return broken("the approvals", consents, a.consents)
	case a.target != "" && r.Target.ID != a.target:
		return broken("the target", r.Target.ID, a.target)
	case r.Decided.Kind != a.decided.Kind || r.Decided.By != a.decided.By:
		return broken("the decision", r.Decided, a.decided)
	case !r.Ended.Equal(a.ended):
		return broken("the end", r.Ended, a.ended)
	case r.Submission.CallID != a.call:
		return broken("the call", r.Submission.CallID, a.call)
	case !r.Asked.Equal(a.asked.At):
		return broken("the time of asking", r.Asked, a.asked.At)
	case r.Order.OS != a.asked.OS || r.Order.Account != a.asked.Account:
		return broken("the order", r.Order, a.asked)
	}
	for _, t := range []struct {
		kept, said string
	}{
		{r.Order.PC, a.asked.Texts[TextTyped]}, {r.Order.Reason, a.asked.Texts[TextWhy]},
		{r.Target.Name, a.names[TextName]}, {r.Target.DeviceName, a.names[TextDevice]}, {r.Target.User, a.names[TextUser]},
	} {
		if t.said != "" && storable(t.kept) != t.said {
			return broken("the text", strconv.Quote(t.kept), strconv.Quote(t.said))
		}
	}
	v.report.Requests++
	delete(v.accounts, r.ID)
	return nil
}

// End returns the report, once all requests were compared. It fails if events are left whose
// request is missing.
func (v *Verifier) End() (Report, error) {
	delete(v.accounts, "")          // what was done past this bot
	for id, a := range v.accounts { // any of them will do
		return v.report, &BrokenError{a.last, id, "its request is missing"}
	}
	return v.report, nil
}
