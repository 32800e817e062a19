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

func (s *storm) onSlack(c slackfake.Call, phase string) {
	if phase != slackfake.Arrived || !s.raging.Load() {
		return
	}
	often := map[string]float64{"chat.postMessage": 0.2, "chat.update": 0.2, "chat.postEphemeral": 0.2, "conversations.open": 0.2,
		"views.open": 0.2, "response_url": 0.2, "users.info": 0.05, "conversations.info": 0.05, "apps.connections.open": 0.05}
	likely := often[c.Method]
	if s.slackFails > 0 {
		likely = s.slackFails
	}
	if s.chance(likely) {
		f := anyOf(s, slackFaults)
		if c.Method == "response_url" && (f.Garbage || f.Error != "") { // its errors have a status of their own
			f = slackfake.Fault{Status: 404}
		}
		f.Times = 1
		s.slack.Fail(c.Method, f)
		s.count("faults")
	}
}

func (s *storm) onSocket(event string) {
	if event != slackfake.SocketAcked || !s.raging.Load() || !s.chance(0.1) {
		return
	}
	s.count("faults")
	anyOf(s, []func(){
		s.slack.DropSockets, s.slack.DropAfterEnvelope,
		func() { s.slack.Disconnect("warning") },
		func() { s.slack.DisconnectAfterEnvelope("refresh_requested") },
		func() { s.slack.DisconnectBeforeEnvelope("warning") },
		func() { s.slack.DuplicateEnvelopes(true) }, func() { s.slack.DuplicateEnvelopes(false) },
		func() { s.slack.SplitEnvelopes(true) }, func() { s.slack.SplitEnvelopes(false) },
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

func (s *storm) onGraph(c graphfake.Call, phase string) {
	if phase != graphfake.Arrived || !s.raging.Load() {
		return
	}
	often, faults := 0.04, readFaults
	switch c.Kind {
	case graphfake.Reprovision:
		often, faults = 0.5, postFaults
	case graphfake.Token, graphfake.Discovery:
		often, faults = 0.15, readFaults[:1]
	}
	if s.chance(often) {
		f := anyOf(s, faults)
		if f.FailLate && s.tenant.PC(c.PC).Status == "failed" { // Graph says nothing new then, for ten minutes
			return
		}
		f.Times = 1
		s.tenant.Fail(graphfake.Match{Kind: c.Kind, PC: c.PC}, f)
		s.count("faults")
	}
}
