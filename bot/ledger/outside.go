package ledger

import (
	"context"
	"time"
)

// Outside is what the tenant's audit log says was done past this bot. Whether an erase is the bot's own is
// decided by its submissions, and never by the actor that the log names: whoever holds the bot's
// credential acts under its name.
type Outside interface {
	// Watch returns which part of the audit log was read. The first call stores that the watch begins now.
	Watch(ctx context.Context) (Watch, error)

	// Calls reads what was submitted at or after a time, oldest first.
	Calls(ctx context.Context, from time.Time) ([]Call, error)

	// RecordErases stores erases that no submission explains, as events of no request, each once by the id of
	// its audit event, and returns those that are new. It makes [JobOutside] due for them. In the same write
	// the audit log counts as read until a time; it never moves back. Events(ctx, "", n) reads them.
	RecordErases(ctx context.Context, until time.Time, erases []Event) ([]Event, error)
}

// Watch is which part of the tenant's audit log was read.
type Watch struct {
	Began time.Time // what was done before is nobody's news
	Until time.Time // how far the log was read; Began at first
}

// Call is a submission, whatever has become of it.
type Call struct {
	ID       string // its client-request-id
	Request  ID
	Target   string // cloudPC.id
	At       time.Time
	Deadline time.Time
}

// longestDeadline is what a call may take at most, by the rule for GRAPH_TIMEOUT. Of a call that was sent
// again later, the ledger keeps no deadline.
const longestDeadline = 2 * time.Minute

// CallOf reads a Call from the link of its submission and the row of its request, as they are now. It
// reports false if the link is of another event.
func CallOf(body string, request []byte) (c Call, ok bool, err error) {
	e, _, err := decodeEvent(body)
	if err != nil || e.Kind != WasSubmitted {
		return c, false, err
	}
	r, err := DecodeRequest(request)
	if err != nil {
		return c, false, err
	}
	c = Call{ID: e.Call, Request: e.Request, Target: e.Target, At: e.At, Deadline: e.At.Add(longestDeadline)}
	if r.Submission.CallID == c.ID {
		c.Deadline = r.Submission.Deadline
	}
	return c, true, nil
}

// Erase is an erase that no submission explains, as the audit log tells of it.
type Erase struct {
	Event  string    // id of the audit event
	At     time.Time // when it was done, by Graph's clock; zero = the log does not say
	App    string    // id of the application that did it
	Own    bool      // that is the bot's own application: somebody else holds its credential
	Result string    // how the call ended, in Graph's word
}

// OutsideErase is the event of an erase: of the machine with this id and name, by this actor, found at a time.
// Call is the correlation id of the audit event.
func OutsideErase(e Erase, target, name, actor, call string, at time.Time) Event {
	return Event{Kind: WasErasedOutside, At: at, Target: target, Call: call, Outside: e, Texts: map[string]string{TextName: name, TextActor: actor}}
}

// NewErases are the erases whose audit events are not known, each once. A store calls it before it writes.
func NewErases(erases []Event, known map[string]bool) (fresh []Event) {
	seen := map[string]bool{}
	for _, e := range erases {
		if id := e.Outside.Event; !known[id] && !seen[id] {
			seen[id] = true
			fresh = append(fresh, e)
		}
	}
	return fresh
}
