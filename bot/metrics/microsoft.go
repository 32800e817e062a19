package metrics

import "time"

// operations are what the bot calls Graph for.
var operations = values{"find", "list", "list own", "read", "read audit events", "read image", "read policy", "read usage", "reprovision", "reprovision own"}

// services are those that ask for a cooldown.
var services = values{"slack", "graph", "entra"}

func (m *Metrics) countMicrosoft() {
	m.graphCalls = m.counter("cloudpcbot_graph_calls_total", "Calls of Microsoft Graph by what they were for and the HTTP status of the answer; none: no answer.", "method", "status")
	m.cooldowns = m.counter("cloudpcbot_cooldowns_total", "How often a service asked to be left alone for a while.", "service")
	services.start(m.cooldowns)
}

// CalledGraph counts a call; status is the HTTP status of the answer, 0 = there was none.
func (m *Metrics) CalledGraph(operation string, status int) {
	m.graphCalls.WithLabelValues(operations.of(operation), statusOf(status)).Inc()
}

// Cooldown counts that a service asked to be left alone until then.
func (m *Metrics) Cooldown(service string, until time.Time) {
	service = services.of(service)
	m.cooldowns.WithLabelValues(service).Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	if until.After(m.resting[service]) {
		m.resting[service] = until
	}
}

// rest is for how long a service wants to be left alone still.
func (m *Metrics) rest(service string, now time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return max(m.resting[service].Sub(now), 0)
}
