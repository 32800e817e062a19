package bot_test

import (
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// What goes wrong. The fakes tell of a call before they look for a fault, so each call has
// its own chance of one.

var slackFaults = []slackfake.Fault{
	{Status: 500}, {Status: 503}, {RetryAfter: time.Second}, {Error: "internal_error"}, {Garbage: true},
	{Drop: true}, {Drop: true}, {DropAfter: true}, {DropAfter: true}, {Delay: 400 * time.Millisecond}, {Delay: 2 * time.Second},
}

func (w *stormWorld) onSlack(c slackfake.Call, phase string) {
	if phase != slackfake.Arrived || !w.raging.Load() {
		return
	}
	often := map[string]float64{"chat.postMessage": 0.2, "chat.update": 0.2, "chat.postEphemeral": 0.2, "conversations.open": 0.2,
		"views.open": 0.2, "response_url": 0.2, "users.info": 0.05, "conversations.info": 0.05, "apps.connections.open": 0.05}
	likely := often[c.Method]
	if w.slackFails > 0 {
		likely = w.slackFails
	}
	if w.chance(likely) {
		f := anyOf(w, slackFaults)
		if c.Method == "response_url" && (f.Garbage || f.Error != "") { // its errors have a status of their own
			f = slackfake.Fault{Status: 404}
		}
		f.Times = 1
		w.slack.Fail(c.Method, f)
		w.count("faults")
	}
}

func (w *stormWorld) onSocket(event string) {
	if event != slackfake.SocketAcked || !w.raging.Load() || !w.chance(0.1) {
		return
	}
	w.count("faults")
	anyOf(w, []func(){
		w.slack.DropSockets, w.slack.DropAfterEnvelope,
		func() { w.slack.Disconnect("warning") },
		func() { w.slack.DisconnectAfterEnvelope("refresh_requested") },
		func() { w.slack.DisconnectBeforeEnvelope("warning") },
		func() { w.slack.DuplicateEnvelopes(true) }, func() { w.slack.DuplicateEnvelopes(false) },
		func() { w.slack.SplitEnvelopes(true) }, func() { w.slack.SplitEnvelopes(false) },
	})()
}

var postFaults = []graphfake.Fault{
	{Status: 429, RetryAfter: time.Second}, {Status: 429, RetryAfter: time.Second}, {Status: 429, RetryAfter: time.Second},
	{DropAfter: true}, {DropAfter: true}, {ActThenStatus: 504}, {ActThenStatus: 504}, {ActThenStatus: 503},
	{DelayAfter: 900 * time.Millisecond}, {DelayAfter: 1500 * time.Millisecond}, {HangAfter: true}, {Garbage: true},
	{Status: 503}, {DropBefore: true}, {Hang: true}, {Delay: 1500 * time.Millisecond}, {Status: 409}, {FailLate: true},
}

var readFaults = []graphfake.Fault{
	{Status: 503}, {Status: 503, RetryAfter: time.Second}, {Status: 429, RetryAfter: time.Second}, {DropBefore: true}, {DropAfter: true}, {Garbage: true}, {Hang: true},
}

func (w *stormWorld) onGraph(c graphfake.Call, phase string) {
	if phase != graphfake.Arrived || !w.raging.Load() {
		return
	}
	often, faults := 0.04, readFaults
	switch c.Kind {
	case graphfake.Reprovision:
		often, faults = 0.5, postFaults
	case graphfake.Token, graphfake.Discovery:
		often, faults = 0.15, readFaults[:1]
	}
	if w.chance(often) {
		f := anyOf(w, faults)
		if f.FailLate && w.tenant.PC(c.PC).Status == "failed" { // Graph says nothing new then, for ten minutes
			return
		}
		f.Times = 1
		w.tenant.Fail(graphfake.Match{Kind: c.Kind, PC: c.PC}, f)
		w.count("faults")
	}
}
