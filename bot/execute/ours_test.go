package execute

import (
	"fmt"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// TestWhatIsOursIsDecidedByTheLedger holds events beside calls: which are explained, and which settle the
// unconfirmed request R-1, whose call is the first.
func TestWhatIsOursIsDecidedByTheLedger(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	call := func(id string, request ledger.ID, target string, at time.Duration) ledger.Call {
		return ledger.Call{ID: id, Request: request, Target: target, At: noon.Add(at), Deadline: noon.Add(at + 30*time.Second)}
	}
	event := func(correlation, target string, at time.Duration, result graph.AuditResult) graph.AuditEvent {
		e := graph.AuditEvent{At: noon.Add(at), Result: result, CorrelationID: correlation, App: "ours"}
		if target != "" {
			e.Resources = []graph.AuditResource{{ID: target}}
		}
		return e
	}
	const ok, refused = graph.AuditSuccess, graph.AuditClientError
	ours := call("call-1", "R-1", "pc", 0)
	timeless := event("call-1", "pc", 0, ok)
	timeless.At = time.Time{}
	two := event("", "pc", 0, ok)
	two.Resources = append(two.Resources, graph.AuditResource{ID: "pc-2"})
	beside := event("call-1", "pc", 0, ok)
	beside.Resources = append(beside.Resources, graph.AuditResource{ID: "its device"})
	byNobody := event("", "pc", 0, ok)
	byNobody.App = "another"

	for name, row := range map[string]struct {
		calls     []ledger.Call
		events    []graph.AuditEvent
		explained string // y or n for each event
		settled   bool
	}{
		"nothing":                            {[]ledger.Call{ours}, nil, "", false},
		"its id":                             {[]ledger.Call{ours}, []graph.AuditEvent{event("call-1", "pc", 0, ok)}, "y", true},
		"its id in capitals":                 {[]ledger.Call{ours}, []graph.AuditEvent{event("CALL-1", "PC", 0, ok)}, "y", true},
		"its id, and no machine":             {[]ledger.Call{ours}, []graph.AuditEvent{event("call-1", "", 0, ok)}, "y", true},
		"its id, and no time":                {[]ledger.Call{ours}, []graph.AuditEvent{timeless}, "y", true},
		"its id, late":                       {[]ledger.Call{ours}, []graph.AuditEvent{event("call-1", "pc", 59*time.Minute, ok)}, "y", true},
		"its id on another day":              {[]ledger.Call{ours}, []graph.AuditEvent{event("call-1", "pc", 24*time.Hour, ok)}, "n", false},
		"its id on another machine":          {[]ledger.Call{ours}, []graph.AuditEvent{event("call-1", "pc-2", 0, ok)}, "n", false},
		"its id, refused":                    {[]ledger.Call{ours}, []graph.AuditEvent{event("call-1", "pc", 0, refused)}, "y", false},
		"its id, refused, and another's":     {[]ledger.Call{ours}, []graph.AuditEvent{event("call-1", "pc", 0, refused), event("", "pc", 0, ok)}, "yn", false},
		"its id, and another's at that time": {[]ledger.Call{ours}, []graph.AuditEvent{event("else", "pc", 0, ok), event("call-1", "pc", 0, ok)}, "ny", true},
		"its id, its device beside it":       {[]ledger.Call{ours}, []graph.AuditEvent{beside}, "y", true},
		"its id twice, once refused":         {[]ledger.Call{ours}, []graph.AuditEvent{event("call-1", "pc", 0, ok), event("call-1", "pc", 0, refused)}, "yy", false},
		"its id twice, once refused, before": {[]ledger.Call{ours}, []graph.AuditEvent{event("call-1", "pc", 0, refused), event("call-1", "pc", 0, ok)}, "yy", false},
		"no id":                              {[]ledger.Call{ours}, []graph.AuditEvent{event("", "pc", 0, ok)}, "y", true},
		"an id of the service's":             {[]ledger.Call{ours}, []graph.AuditEvent{event("else", "pc", 0, ok)}, "y", true},
		"no id, whoever the actor is":        {[]ledger.Call{ours}, []graph.AuditEvent{byNobody}, "y", true},
		"no id and no machine":               {[]ledger.Call{ours}, []graph.AuditEvent{event("", "", 0, ok)}, "n", false},
		"no id, another machine":             {[]ledger.Call{ours}, []graph.AuditEvent{event("", "pc-2", 0, ok)}, "n", false},
		"no id, another machine beside it":   {[]ledger.Call{ours}, []graph.AuditEvent{two}, "n", false},
		"two minutes before":                 {[]ledger.Call{ours}, []graph.AuditEvent{event("", "pc", -2*time.Minute, ok)}, "y", true},
		"more than two minutes before":       {[]ledger.Call{ours}, []graph.AuditEvent{event("", "pc", -2*time.Minute-time.Second, ok)}, "n", false},
		"two minutes after the deadline":     {[]ledger.Call{ours}, []graph.AuditEvent{event("", "pc", 150*time.Second, ok)}, "y", true},
		"later":                              {[]ledger.Call{ours}, []graph.AuditEvent{event("", "pc", 151*time.Second, ok)}, "n", false},
		"no id, refused":                     {[]ledger.Call{ours}, []graph.AuditEvent{event("", "pc", 0, refused)}, "y", false},
		"two candidates":                     {[]ledger.Call{ours}, []graph.AuditEvent{event("", "pc", 0, ok), event("else", "pc", time.Minute, ok)}, "yy", false},
		"two candidates, one refused":        {[]ledger.Call{ours}, []graph.AuditEvent{event("", "pc", 0, ok), event("", "pc", time.Minute, refused)}, "yy", false},
		"two requests at that time":          {[]ledger.Call{ours, call("call-2", "R-2", "pc", time.Minute)}, []graph.AuditEvent{event("", "pc", time.Minute, ok)}, "y", false},
		"the other request has its own":      {[]ledger.Call{ours, call("call-2", "R-2", "pc", time.Minute)}, []graph.AuditEvent{event("call-2", "pc", time.Minute, ok)}, "y", false},
		"the second time that it was sent":   {[]ledger.Call{call("call-0", "R-1", "pc", -time.Minute), ours}, []graph.AuditEvent{event("", "pc", 0, ok)}, "y", true},
		"only the first time":                {[]ledger.Call{call("call-0", "R-1", "pc", -4*time.Minute), ours}, []graph.AuditEvent{event("", "pc", -3*time.Minute, ok)}, "y", false},
		"no call":                            {nil, []graph.AuditEvent{event("call-1", "pc", 0, ok)}, "n", false},
	} {
		for i := range row.events {
			row.events[i].ID = fmt.Sprint("event-", i)
		}
		a, explained := attribute(row.events, row.calls), ""
		for _, e := range row.events {
			explained += map[bool]string{true: "y", false: "n"}[a.by[e.ID]]
		}
		r := ledger.Request{ID: "R-1", Target: ledger.Target{ID: "pc"}, Submission: ledger.Submission{CallID: "call-1", At: ours.At, Deadline: ours.Deadline}}
		if row.calls == nil {
			r.ID = "R-0"
		}
		if settled := a.proof(r, row.events) != ""; explained != row.explained || settled != row.settled {
			t.Errorf("%s: explained %q, want %q; settled %v, want %v", name, explained, row.explained, settled, row.settled)
		}
	}
}
