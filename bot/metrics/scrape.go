package metrics

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudpc-bot/bot/ledger"
)

// Sources are what a scrape reads; a nil one is not there yet.
type Sources struct {
	Ledger ledger.Monitor
	// Parts are the parts of the bot that /readyz checks, and what is wrong with each; nil = nothing.
	// started is whether the start is over.
	Parts   func() (parts map[string]error, started bool)
	Sockets func() (open, app int) // to Slack: this process's, and all of the app when Slack last said
}

// scrapeTime is how long the sources of a scrape may take, all together. Prometheus waits for 10 s by default
// (prometheus.io/docs/prometheus/latest/configuration/configuration, scrape_timeout).
const scrapeTime = 5 * time.Second

// Watch has every scrape from now on read these sources.
func (m *Metrics) Watch(from Sources) { m.sources.Store(&from) }

// scrape reads the sources of the metrics.
type scrape struct{ *Metrics }

var (
	live        = prometheus.NewDesc("cloudpcbot_live_requests", "Requests in the ledger that have not ended.", []string{"state"}, nil)
	queueLength = prometheus.NewDesc("cloudpcbot_queue_jobs", "Jobs in the ledger that are due.", []string{"kind"}, nil)
	queueAge    = prometheus.NewDesc("cloudpcbot_queue_oldest_seconds", "For how long the job that is longest overdue has been due; 0 = none is.", []string{"kind"}, nil)
	frozen      = prometheus.NewDesc("cloudpcbot_frozen", "Whether the brakes are on: 1 = nothing is erased.", nil, nil)
	ready       = prometheus.NewDesc("cloudpcbot_ready", "What /readyz says: 1 = every part is well.", nil, nil)
	partReady   = prometheus.NewDesc("cloudpcbot_part_ready", "What /readyz says of a part: 1 = it is well.", []string{"part"}, nil)
	openSockets = prometheus.NewDesc("cloudpcbot_slack_open_sockets", "Sockets to Slack that this process holds.", nil, nil)
	appSockets  = prometheus.NewDesc("cloudpcbot_slack_app_sockets", "Sockets of the Slack app, of all processes, when Slack last counted.", nil, nil)
	resting     = prometheus.NewDesc("cloudpcbot_cooldown_remaining_seconds", "For how long a service wants to be left alone still.", []string{"service"}, nil)
)

// Describe sends nothing: what a scrape has depends on what answers.
func (s scrape) Describe(chan<- *prometheus.Desc) {}

// Collect reads the sources.
func (s scrape) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now := time.Now()
	for _, service := range services {
		send(resting, seconds(s.rest(service, now)), service)
	}
	from := s.sources.Load()
	if from.Sockets != nil {
		open, app := from.Sockets()
		send(openSockets, float64(open))
		send(appSockets, float64(app))
	}
	if from.Parts != nil {
		from.sendParts(send)
	}
	if from.Ledger == nil {
		return
	}
	totals, err := from.Ledger.Totals(ctx)
	if err != nil {
		return // the part ledger says so
	}
	for _, state := range ledger.LiveStates() {
		send(live, float64(totals.Live[state]), string(state))
	}
	for _, kind := range ledger.JobKinds() {
		send(queueLength, float64(totals.Due[kind].Count), string(kind))
		send(queueAge, seconds(totals.Due[kind].Age), string(kind))
	}
	send(frozen, number(totals.Frozen))
}

// sendParts sends what /readyz says. What it waits for during the start is in no label.
func (s *Sources) sendParts(send func(*prometheus.Desc, float64, ...string)) {
	parts, all := s.Parts()
	if all {
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			send(partReady, number(parts[name] == nil), name)
			all = all && parts[name] == nil
		}
	}
	send(ready, number(all))
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
