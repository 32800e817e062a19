package execute

import (
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// exactly is how far the time of an event with the id of one of our calls may be from the call. The id
// settles it; an event from another day with it is somebody else's, who has read the id in a log.
const exactly = time.Hour

// attribution says which of the tenant's audit events are about calls of ours, by what the ledger knows of
// the calls. It does not look at the actor.
type attribution struct {
	exact map[string]graph.AuditEvent // by call: an event that carries its id
	split map[string]bool             // calls of whose events some say that they succeeded and some that they did not
	by    map[string]bool             // events that some call explains
	near  map[ledger.ID][]string      // by request: events that its calls explain by machine and time alone
	of    map[string][]ledger.ID      // by event: requests that explain it so
}

// attribute compares audit events, each there once, with the calls that may have caused them. An event belongs
// to a call by its correlation id if that is the client-request-id that was sent. Any other belongs to the calls
// for its machine that were under way at its time, if no event carries their id.
func attribute(events []graph.AuditEvent, calls []ledger.Call) attribution {
	a := attribution{exact: map[string]graph.AuditEvent{}, split: map[string]bool{}, by: map[string]bool{}, near: map[ledger.ID][]string{}, of: map[string][]ledger.ID{}}
	byID := map[string]ledger.Call{}
	for _, c := range calls {
		byID[strings.ToLower(c.ID)] = c
	}
	for _, e := range events {
		c, ok := byID[strings.ToLower(e.CorrelationID)]
		if ok && about(e, c.Target, true) && (e.At.IsZero() || during(e.At, c, exactly)) {
			if other, twice := a.exact[c.ID]; twice && other.Result != e.Result {
				a.split[c.ID] = true
			}
			a.exact[c.ID], a.by[e.ID] = e, true
		}
	}
	for _, e := range events {
		if a.by[e.ID] {
			continue
		}
		for _, c := range calls {
			_, known := a.exact[c.ID]
			if known || !about(e, c.Target, false) || !during(e.At, c, skew) {
				continue
			}
			if id := c.Request; len(a.of[e.ID]) == 0 || a.of[e.ID][len(a.of[e.ID])-1] != id {
				a.of[e.ID], a.near[id] = append(a.of[e.ID], id), append(a.near[id], e.ID)
			}
		}
	}
	for id := range a.of {
		a.by[id] = true
	}
	return a
}

// proof is why Graph acted on the submission of an unconfirmed request, in words for people; empty if nothing
// proves it. Among several events that could be the call's, none does.
func (a attribution) proof(r ledger.Request, events []graph.AuditEvent) string {
	if e, ok := a.exact[r.Submission.CallID]; ok {
		if e.Result != graph.AuditSuccess || a.split[r.Submission.CallID] {
			return ""
		}
		return "the tenant's audit log has this very call"
	}
	near := a.near[r.ID]
	if len(near) != 1 || len(a.of[near[0]]) != 1 {
		return ""
	}
	for _, e := range events {
		if e.ID == near[0] && e.Result == graph.AuditSuccess && during(e.At, ledger.Call{At: r.Submission.At, Deadline: r.Submission.Deadline}, skew) {
			return "the tenant's audit log has one reprovision of it at that time, and no other"
		}
	}
	return ""
}

// about reports whether an event is about this machine. One with our id is if it names the machine, whatever else it
// names, because what Microsoft lists beside a Cloud PC, such as its device, is not documented; or if it names none.
// One without has to name this machine and no other.
func about(e graph.AuditEvent, target string, ours bool) bool {
	is := func(of graph.AuditResource) bool { return strings.EqualFold(of.ID, target) }
	isNot := func(of graph.AuditResource) bool { return !is(of) }
	if ours {
		return len(e.Resources) == 0 || slices.ContainsFunc(e.Resources, is)
	}
	return len(e.Resources) > 0 && !slices.ContainsFunc(e.Resources, isNot)
}

// during reports whether a time is from when a call was submitted to its deadline, give or take.
func during(at time.Time, c ledger.Call, give time.Duration) bool {
	return !at.Before(c.At.Add(-give)) && !at.After(c.Deadline.Add(give))
}
