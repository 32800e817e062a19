// Package metrics counts what the bot does, for Prometheus.
//
// Whoever changes a request, or talks to Slack or to Microsoft, tells it through a small interface of
// their own; [Metrics] is all of them. What is better read than counted, such as how long the queue is,
// is read while Prometheus scrapes: see [Sources].
//
// No label holds anything that people chose: no machine, no person, no channel, no reason. Every label
// has a fixed set of values, and what is not in it is counted as "other", so that a service which answers
// nonsense cannot make a series for each word.
//
// Counters begin at zero with the process, and belong to it: add them up over replicas. What is read from
// the ledger (cloudpcbot_live_requests, cloudpcbot_queue_…, cloudpcbot_frozen) is the same in all replicas: take
// the maximum. While the ledger does not answer, a scrape has none of it.
//
// Names follow prometheus.io/docs/practices/naming; a test has Prometheus' linter read a scrape.
package metrics

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the metrics of one process. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	changes, signIns    *prometheus.CounterVec
	toApproval, toReady prometheus.Histogram
	lostClaims          *prometheus.CounterVec
	outside             *prometheus.CounterVec
	slackCalls          *prometheus.CounterVec
	graphCalls          *prometheus.CounterVec
	cooldowns           *prometheus.CounterVec
	acks                *prometheus.HistogramVec
	unacked             *prometheus.CounterVec
	reconnects          *prometheus.CounterVec
	foreign             prometheus.Gauge

	sources atomic.Pointer[Sources]

	mu      sync.Mutex           // guards what follows
	resting map[string]time.Time // until when, by service
}

// New makes metrics that are all zero. version is what was built.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), resting: map[string]time.Time{}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.gauge("cloudpcbot_build_info", "What was built; always 1.", prometheus.Labels{"version": version}).Set(1)
	m.countRequests()
	m.countWork()
	m.countSlack()
	m.countMicrosoft()
	m.Watch(Sources{})
	m.registry.MustRegister(scrape{m})
	return m
}

// Handler answers a scrape. At most three are answered at once, since each asks the ledger.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 3, ErrorHandling: promhttp.ContinueOnError})
}

func (m *Metrics) gauge(name, help string, fixed prometheus.Labels) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: fixed})
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}
