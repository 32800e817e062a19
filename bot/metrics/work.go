package metrics

import "cloudpc-bot/bot/ledger"

var jobs = words(ledger.JobKinds())

// actors are in whose name a machine was erased past the bot.
var actors = values{"own_application", "others"}

func (m *Metrics) countWork() {
	m.lostClaims = m.counter("cloudpcbot_lost_claims_total", "Jobs that another worker or a person had gone on with by the time this one was done.", "kind")
	jobs.start(m.lostClaims)
	m.outside = m.counter("cloudpcbot_outside_erases_total", "Reprovisions that no request explains; own_application: somebody else holds this bot's credential.", "actor")
	actors.start(m.outside)
}

// LostClaim counts a job whose claim was lost.
func (m *Metrics) LostClaim(kind ledger.JobKind) {
	m.lostClaims.WithLabelValues(jobs.of(string(kind))).Inc()
}

// OutsideErase counts a reprovision that no request of the ledger explains. own says that it was made under
// the bot's own application.
func (m *Metrics) OutsideErase(own bool) {
	actor := "others"
	if own {
		actor = "own_application"
	}
	m.outside.WithLabelValues(actor).Inc()
}
