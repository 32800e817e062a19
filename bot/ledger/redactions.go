package ledger

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// redactedAtOnce is how many requests one transaction redacts. Writers wait for it.
const redactedAtOnce = 50

// RedactEndedBefore redacts all requests that ended before a time, and erases the reason for brakes that were
// pulled before it. It returns how many requests it redacted, also when it fails. Several processes may do it
// at once, and what is redacted already costs nothing.
func RedactEndedBefore(ctx context.Context, s Redactor, before time.Time) (n int, err error) {
	o := Redaction{EndedBefore: before, FrozenBefore: before}
	if _, err := s.Redact(ctx, o); err != nil { // the brakes alone
		return 0, err
	}
	for after := int64(0); ; {
		texts, err := s.WithTexts(ctx, after, 10*redactedAtOnce)
		if err != nil || len(texts) == 0 {
			return n, err
		}
		var ids []ID
		o.Events = nil
		for _, t := range texts {
			if after = t.Number; !t.At.Before(before) { // events are in the order of time, but for moments: what is missed is met the next time
				after = 0
				break
			}
			if t.Request == "" {
				o.Events = append(o.Events, t.Number)
			} else {
				ids = append(ids, t.Request)
			}
		}
		slices.Sort(ids)
		done, err := redactEach(ctx, s, o, slices.Compact(ids))
		if n += done; err != nil || after == 0 {
			return n, err
		}
	}
}

// RedactRequests redacts requests. It fails with *LiveError, which names all that have not ended, and with
// ErrNotFound; then none of them is redacted.
func RedactRequests(ctx context.Context, s interface {
	Requests
	Redactor
}, o Redaction) (n int, err error) {
	var live []ID
	for _, id := range o.Requests {
		r, err := s.Get(ctx, id)
		if err != nil {
			return 0, err
		}
		if _, err := o.Selects(r); err != nil {
			live = append(live, id)
		}
	}
	if len(live) > 0 {
		return 0, &LiveError{live}
	}
	return redactEach(ctx, s, o, o.Requests) // an end is never left, so none of them becomes live
}

func redactEach(ctx context.Context, s Redactor, o Redaction, ids []ID) (n int, err error) {
	if len(ids) == 0 {
		return s.Redact(ctx, o)
	}
	for some := range slices.Chunk(ids, redactedAtOnce) {
		o.Requests = some
		done, err := s.Redact(ctx, o)
		if err != nil {
			return n, err
		}
		n += done
	}
	return n, nil
}

// ConcernedBy is the redaction of all that says something of a person, by their user id in Slack: the requests
// that they asked for, whose machine is theirs, that mention them, or in which they gave a reason; the requests
// and the events of no request that name the user of a machine that is theirs, or are about a machine of those requests; and the reason for the brakes if
// they pulled them.
func ConcernedBy(ctx context.Context, s Requests, person string) (o Redaction, err error) {
	is := func(id string) bool { return id != "" && id == person }
	var all []Request
	users := map[string]bool{}    // their user principal names, in lower case
	machines := map[string]bool{} // ids of the machines in what is redacted
	for r, err := range s.Find(ctx, Query{}) {
		if err != nil {
			return o, err
		}
		if is(r.Owner.Person.ID) || is(r.Owner.Person.Twin()) || is(r.Order.Person) {
			users[strings.ToLower(r.Target.User)] = true
		}
		if r.Self.Email == EmailAgrees && (is(r.Requester.ID) || is(r.Requester.Twin())) {
			users[strings.ToLower(r.Self.Account.Name)] = true
		}
		all = append(all, Request{
			ID: r.ID, Requester: r.Requester, Owner: r.Owner, Order: r.Order, Target: r.Target, Result: r.Result, Choices: r.Choices, Near: r.Near,
			Self: r.Self, Decided: r.Decided, Submission: Submission{Closing: r.Submission.Closing},
		})
	}
	delete(users, "")
	delete(users, Erased)
	for _, r := range all {
		people := []string{r.Requester.ID, r.Requester.Twin(), r.Owner.Person.ID, r.Owner.Person.Twin(), r.Order.Person}
		for _, d := range []Decision{r.Decided, r.Submission.Closing} {
			if d.Reason != "" {
				people = append(people, d.By.ID, d.By.Twin())
			}
		}
		if slices.ContainsFunc(people, is) || slices.ContainsFunc(r.personalNames(), func(n string) bool { return users[n] }) {
			o.Requests = append(o.Requests, r.ID)
			machines[strings.ToLower(r.Target.ID)] = true
		}
	}
	delete(machines, "")
	none, err := s.Events(ctx, "", 0)
	for _, e := range none {
		named := slices.ContainsFunc(slices.Collect(maps.Values(e.Texts)), func(text string) bool { return users[strings.ToLower(text)] })
		if named || slices.ContainsFunc(strings.Fields(e.Target), func(id string) bool { return machines[strings.ToLower(id)] }) {
			o.Events = append(o.Events, e.Number)
		}
	}
	o.FrozenBy = person
	return o, err
}
