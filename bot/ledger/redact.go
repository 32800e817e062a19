package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/command"
)

// A redaction erases what people wrote and what they and their machines are called, wherever the ledger
// has it: in a request's body, in texts, among the names of machines, and in the reason for the brakes.
// What remains is the record of who decided what, and when: ids of requests, of machines and devices, and
// of people in Slack; states, causes, times, options, plans and policies. The events stay as they were
// hashed. Only a request that has ended can be redacted, because until then its words are needed.
//
// What it cannot erase is what left the ledger before: messages in Slack, logs, backups, and exports. Nor
// can it erase a service's own message (Cause.Reason) from events that versions before [TextReason] hashed.

// Erased stands in a redacted request for a word without which a sentence about it would be wrong.
const Erased = "(erased)"

// Redaction says what to erase.
type Redaction struct {
	Requests    []ID
	Events      []int64   // numbers of events that are of no request, whose texts are erased
	EndedBefore time.Time // leave requests that are live or ended later as they are; zero = there must be no live one

	// The reason for the brakes is erased if this person pulled them, or if they were pulled before a
	// time, or, without EndedBefore, if it has a name that is erased from a request. The brakes stay on.
	FrozenBy     string // user id in Slack
	FrozenBefore time.Time
}

// Redactor erases words.
type Redactor interface {
	// Redact erases what people wrote from requests, and the names in them, and returns how many
	// requests it changed. It raises their versions, so that a swap of a request that was read before
	// fails with ErrStale and cannot write the words back. It fails with *LiveError if a request has not
	// ended, and with ErrNotFound; then nothing is changed.
	Redact(ctx context.Context, r Redaction) (int, error)

	// WithTexts reads of which events there are texts that a redaction erases, and whose requests have
	// ended or that are of none: of up to n texts, in the order of the chain, after the event with this number.
	WithTexts(ctx context.Context, after int64, n int) ([]TextOf, error)
}

// TextOf is the event that a text is of.
type TextOf struct {
	Number  int64
	Request ID // empty = of none
	At      time.Time
}

// LiveError reports requests that have not ended, and so cannot be redacted.
type LiveError struct{ Requests []ID }

func (e *LiveError) Error() string {
	return fmt.Sprintf("ledger: not ended yet, so nothing was erased: %s", joined(e.Requests))
}

func joined(ids []ID) string {
	var texts []string
	for _, id := range ids {
		texts = append(texts, string(id))
	}
	return strings.Join(texts, ", ")
}

// keptDetails are the causes whose Detail is a word of the program's or of a service's, or an id. That of
// any other cause may quote what somebody typed, or name a user or a device.
var keptDetails = []Code{WrongState, PassingState, UnderWay, Taken, MayNotPost, NoScope, Frozen, TooMany, NoLongerMay, Waited, OwnerUntold, NoSignIn}

// Redact erases the words of a request that has ended. It fails with *LiveError.
func (r *Request) Redact(at time.Time) error {
	if !r.State.Ended() {
		return &LiveError{[]ID{r.ID}}
	}
	switch {
	case r.Target.ID != "":
		r.Order.PC = r.Target.ID // by which it can be requested again
	case r.Order.PC != "" && !(command.Order{PC: r.Order.PC}).ByID():
		r.Order.PC = Erased
	}
	r.Order.Reason, r.Decided.Reason, r.Submission.Closing.Reason, r.Submission.Glimpse.What = "", "", "", ""
	if r.Cause.Reason = ""; r.Cause.Detail != "" && !slices.Contains(keptDetails, r.Cause.Code) {
		r.Cause.Detail = Erased
	}
	r.Target, r.Result = r.Target.redacted(), r.Result.redacted()
	r.Choices, r.Near = redacted(r.Choices), redacted(r.Near)
	if r.Self.Account.Name != "" {
		r.Self.Account.Name = Erased
	}
	r.Preview = Preview{Image: r.Preview.Image, ImageUntil: r.Preview.ImageUntil}
	r.Redacted = at
	return nil
}

func (t Target) redacted() Target {
	t.Name, t.DeviceName, t.Group = "", "", ""
	if t.User != "" { // a machine without a user would be a shared one
		t.User = Erased
	}
	return t
}

func redacted(choices []Choice) (out []Choice) {
	for _, c := range choices {
		c.Name, c.Device = "", ""
		if c.User != "" {
			c.User = Erased
		}
		out = append(out, c)
	}
	return out
}

// PersonalTexts are the fields of a link's texts that a redaction erases.
func (l Link) PersonalTexts() (fields []string, err error) {
	if len(l.Texts) == 0 {
		return nil, nil
	}
	e, err := l.Event()
	if err != nil {
		return nil, err
	}
	for _, t := range l.Texts {
		if t.Field != TextDetail || !slices.Contains(keptDetails, e.Cause.Code) {
			fields = append(fields, t.Field)
		}
	}
	return fields, nil
}

// personalNames are what a request calls its machine and its user, in lower case, without what is too short
// to be looked for in a text.
func (r *Request) personalNames() (names []string) {
	all := []string{r.Order.PC, r.Target.Name, r.Target.DeviceName, r.Target.User, r.Result.Name, r.Result.DeviceName, r.Result.User, r.Self.Account.Name}
	for _, c := range slices.Concat(r.Choices, r.Near) {
		all = append(all, c.Name, c.Device, c.User)
	}
	for _, n := range append(all, r.Preview.Others...) {
		if len(n) > 2 && n != Erased && !strings.EqualFold(n, r.Target.ID) {
			names = append(names, strings.ToLower(n))
		}
	}
	return names
}

// ErasesWhy reports whether a redaction of requests, as they were before it, erases the reason for the brakes.
func (o Redaction) ErasesWhy(b Brakes, requests []Request) bool {
	why := strings.ToLower(b.Why)
	switch {
	case why == "":
		return false
	case o.FrozenBy != "" && (b.By.ID == o.FrozenBy || b.By.Twin() == o.FrozenBy):
		return true
	case b.At.Before(o.FrozenBefore):
		return true
	case !o.EndedBefore.IsZero(): // words are erased for their age, and this reason is younger
		return false
	}
	return slices.ContainsFunc(requests, func(r Request) bool {
		return slices.ContainsFunc(r.personalNames(), func(name string) bool { return strings.Contains(why, name) })
	})
}

// Selects reports whether the redaction is of a request that it names. It fails with *LiveError if it may not be.
func (o Redaction) Selects(r Request) (bool, error) {
	switch {
	case !o.EndedBefore.IsZero():
		return r.State.Ended() && r.Ended.Before(o.EndedBefore), nil
	case !r.State.Ended():
		return false, &LiveError{[]ID{r.ID}}
	}
	return true, nil
}
