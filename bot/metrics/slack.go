package metrics

import (
	"strings"
	"time"
)

// methods are what the bot calls of Slack's Web API, and the answers that it posts to response_url.
var methods = values(strings.Fields(`apps.connections.open auth.test bots.info chat.postEphemeral chat.postMessage chat.update
	conversations.info conversations.open response_url usergroups.users.list users.info users.lookupByEmail views.open views.update`))

// refused is the status of an answer that says ok: false.
const refused = "refused"

// envelopes are the types of what Slack delivers (docs.slack.dev/apis/events-api/using-socket-mode).
var envelopes = values{"slash_commands", "interactive", "events_api"}

// reasons are why a socket is replaced: Slack's own words, and dropped, planned and not_opened.
var reasons = values{"warning", "refresh_requested", "link_disabled", "too_many_websockets", "planned", "dropped", "not_opened"}

// ackBuckets, in seconds. Slack waits three seconds for an acknowledgement
// (docs.slack.dev/interactivity/handling-user-interaction).
var ackBuckets = []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3}

func (m *Metrics) countSlack() {
	m.slackCalls = m.counter("cloudpcbot_slack_calls_total", "Calls of Slack's Web API by the HTTP status of the answer; refused: 200 with ok false, none: no answer.", "method", "status")
	m.acks = m.histogram("cloudpcbot_slack_ack_seconds", "Time from the arrival of an envelope until its acknowledgement was written.", ackBuckets, "type")
	m.unacked = m.counter("cloudpcbot_slack_unacknowledged_total", "Envelopes that the bot did not acknowledge, so that Slack says that it does not answer.", "type")
	for _, t := range envelopes {
		m.acks.WithLabelValues(t)
	}
	envelopes.start(m.unacked)
	m.reconnects = m.counter("cloudpcbot_slack_reconnects_total", "Sockets to Slack that had to be opened again.", "reason")
	reasons.start(m.reconnects)
	m.foreign = m.gauge("cloudpcbot_slack_foreign_sockets", "Sockets of this Slack app that are held by a process on another ledger, when Slack last counted.", nil)
}

// CalledSlack counts a call of a method; status is the HTTP status, 0 = no answer, and ok what the body says.
func (m *Metrics) CalledSlack(method string, status int, ok bool) {
	text := statusOf(status)
	if status == 200 && !ok {
		text = refused
	}
	m.slackCalls.WithLabelValues(methods.of(method), text).Inc()
}

// Acknowledged counts an envelope whose handling took as long; written = it was acknowledged.
func (m *Metrics) Acknowledged(envelope string, took time.Duration, written bool) {
	if !written {
		m.unacked.WithLabelValues(envelopes.of(envelope)).Inc()
		return
	}
	m.acks.WithLabelValues(envelopes.of(envelope)).Observe(seconds(took))
}

// Reconnected counts a socket that has to be replaced, or that could not be opened.
func (m *Metrics) Reconnected(reason string) { m.reconnects.WithLabelValues(reasons.of(reason)).Inc() }

// ForeignSockets stores how many sockets of the app belong to no bot on this ledger.
func (m *Metrics) ForeignSockets(n int) { m.foreign.Set(float64(n)) }
