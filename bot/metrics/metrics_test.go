package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/metrics"
)

var (
	noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	ada  = auth.Person{Org: "T1", ID: "U_ADA"}
	ben  = auth.Person{Org: "T1", ID: "U_BEN"}
)

// scrape is what Prometheus gets, by name, and the lines of it that are about the bot.
func scrape(t *testing.T, m *metrics.Metrics) (map[string]*dto.MetricFamily, string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil || w.Code != 200 {
		t.Fatalf("%d, %v:\n%s", w.Code, err, text)
	}
	var ours []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, "cloudpcbot_") {
			ours = append(ours, line)
		}
	}
	return families, strings.Join(ours, "")
}

// has fails unless the scrape has each of these lines.
func has(t *testing.T, m *metrics.Metrics, lines ...string) {
	t.Helper()
	_, text := scrape(t, m)
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("no line %s in:\n%s", line, text)
		}
	}
}

// store is a ledger with these totals.
type store struct {
	totals ledger.Totals
	err    error
}

func (s store) Totals(context.Context) (ledger.Totals, error) { return s.totals, s.err }

func TestARequestIsCountedInEachState(t *testing.T) {
	m := metrics.New("v1.2.3")
	var r ledger.Request
	change := func(at time.Duration, do func(*ledger.Revision, time.Time) error) {
		t.Helper()
		changed := r.Revise()
		if err := do(changed, noon.Add(at)); err != nil {
			t.Fatal(err)
		}
		m.Changed(r.State, changed.Next(), changed.NewEvents)
		r = changed.Next()
	}
	asked := ledger.New(command.Order{PC: "CPC-ada"}, ada, "C1", ledger.Interaction{Envelope: "e1"}, 1, noon)
	m.Changed("", asked.Next(), asked.NewEvents)
	r = asked.Next()
	change(time.Second, func(r *ledger.Revision, at time.Time) error {
		return errors.Join(r.Locate(ledger.Target{ID: "pc-1", Name: "CPC-ada"}), r.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, at, time.Hour))
	})
	change(time.Minute, func(r *ledger.Revision, at time.Time) error { return r.Remind(at) })
	change(90*time.Second, func(r *ledger.Revision, at time.Time) error { return r.Approve(ben, at, time.Hour) })
	has(t, m,
		`cloudpcbot_request_state_changes_total{outcome="",state="resolving"} 1`, `cloudpcbot_request_state_changes_total{outcome="",state="pending"} 1`,
		`cloudpcbot_request_state_changes_total{outcome="",state="approved"} 1`, `cloudpcbot_request_state_changes_total{outcome="",state="denied"} 0`,
		`cloudpcbot_request_state_changes_total{outcome="unproven",state="failed"} 0`,
		`cloudpcbot_time_to_approval_seconds_sum 90`, `cloudpcbot_time_to_approval_seconds_count 1`, `cloudpcbot_time_to_ready_seconds_count 0`)

	r.Submission.At = noon.Add(2 * time.Minute)
	r.Ended, r.State = noon.Add(42*time.Minute), ledger.Succeeded
	m.Changed(ledger.Provisioning, r, []ledger.Event{{Kind: ledger.HasSucceeded, To: ledger.Succeeded, At: r.Ended}})
	r.State, r.Failure = ledger.Failed, ledger.ByBuild
	m.Changed(ledger.Provisioning, r, []ledger.Event{{Kind: ledger.HasFailed, To: ledger.Failed, At: r.Ended}})
	m.Changed(ledger.Failed, r, []ledger.Event{{Kind: ledger.CameLate, To: ledger.Failed, At: r.Ended}})
	has(t, m,
		`cloudpcbot_request_state_changes_total{outcome="",state="succeeded"} 1`, `cloudpcbot_request_state_changes_total{outcome="build",state="failed"} 1`,
		`cloudpcbot_time_to_ready_seconds_sum 2400`, `cloudpcbot_time_to_ready_seconds_count 1`)
}

func TestAScrapeReadsTheLedgerAndTheParts(t *testing.T) {
	m := metrics.New("v1.2.3")
	has(t, m, `cloudpcbot_build_info{version="v1.2.3"} 1`)
	parts, started := map[string]error{"Slack": errors.New("it has not answered yet")}, false
	from := metrics.Sources{Parts: func() (map[string]error, bool) { return parts, started }}
	m.Watch(from)
	if _, text := scrape(t, m); strings.Contains(text, "cloudpcbot_part_ready{") || !strings.Contains(text, "\ncloudpcbot_ready 0\n") {
		t.Errorf("during the start:\n%s", text)
	}
	parts, started = map[string]error{"ledger": nil, "slack": nil}, true
	from.Sockets = func() (int, int) { return 2, 5 }
	from.Ledger = store{totals: ledger.Totals{
		Frozen: true, Live: map[ledger.State]int{ledger.Unconfirmed: 3}, Due: map[ledger.JobKind]ledger.DueJobs{ledger.JobThread: {Count: 7, Age: 90 * time.Second}},
	}}
	m.Watch(from)
	has(t, m, `cloudpcbot_ready 1`, `cloudpcbot_part_ready{part="slack"} 1`, `cloudpcbot_frozen 1`,
		`cloudpcbot_live_requests{state="unconfirmed"} 3`, `cloudpcbot_live_requests{state="pending"} 0`,
		`cloudpcbot_queue_jobs{kind="thread"} 7`, `cloudpcbot_queue_oldest_seconds{kind="thread"} 90`, `cloudpcbot_queue_oldest_seconds{kind="step"} 0`,
		`cloudpcbot_slack_open_sockets 2`, `cloudpcbot_slack_app_sockets 5`)

	// A ledger that does not answer costs the scrape nothing but what it knows.
	parts["ledger"], from.Ledger = errors.New("silent"), store{err: errors.New("silent")}
	m.Watch(from)
	has(t, m, `cloudpcbot_ready 0`, `cloudpcbot_part_ready{part="ledger"} 0`, `cloudpcbot_part_ready{part="slack"} 1`)
	if families, _ := scrape(t, m); families["cloudpcbot_frozen"] != nil || families["cloudpcbot_live_requests"] != nil {
		t.Error("it says what the ledger did not")
	}
}

func TestAWireIsCounted(t *testing.T) {
	m := metrics.New("v1.2.3")
	m.CalledSlack("chat.postMessage", 200, true)
	m.CalledSlack("chat.postMessage", 200, false)
	m.CalledSlack("chat.update", 0, false)
	m.CalledGraph("read policy", 503)
	m.CalledGraph("reprovision", 0)
	m.Cooldown("graph", time.Now().Add(time.Hour))
	m.Cooldown("graph", time.Now())
	m.Acknowledged("interactive", 300*time.Millisecond, true)
	m.Acknowledged("interactive", 3*time.Second, false)
	m.Reconnected("refresh_requested")
	m.LostClaim(ledger.JobThread)
	m.ForeignSockets(2)
	m.OutsideErase(true)
	m.OutsideErase(false)
	m.OutsideErase(false)
	has(t, m, `cloudpcbot_slack_calls_total{method="chat.postMessage",status="200"} 1`, `cloudpcbot_slack_calls_total{method="chat.postMessage",status="refused"} 1`,
		`cloudpcbot_slack_calls_total{method="chat.update",status="none"} 1`, `cloudpcbot_graph_calls_total{method="read policy",status="503"} 1`,
		`cloudpcbot_graph_calls_total{method="reprovision",status="none"} 1`, `cloudpcbot_cooldowns_total{service="graph"} 2`, `cloudpcbot_cooldowns_total{service="slack"} 0`,
		`cloudpcbot_slack_ack_seconds_sum{type="interactive"} 0.3`, `cloudpcbot_slack_unacknowledged_total{type="interactive"} 1`,
		`cloudpcbot_slack_reconnects_total{reason="refresh_requested"} 1`, `cloudpcbot_lost_claims_total{kind="thread"} 1`, `cloudpcbot_slack_foreign_sockets 2`,
		`cloudpcbot_outside_erases_total{actor="own_application"} 1`, `cloudpcbot_outside_erases_total{actor="others"} 2`)
	families, _ := scrape(t, m)
	for _, row := range families["cloudpcbot_cooldown_remaining_seconds"].Metric {
		if left := row.Gauge.GetValue(); row.Label[0].GetValue() == "graph" && (left < 3590 || left > 3600) || row.Label[0].GetValue() != "graph" && left != 0 {
			t.Errorf("%s: %v s", row.Label[0].GetValue(), left)
		}
	}
}

// Whatever services, people and callers say, a label has only the values that it is meant to have.
func TestNoLabelHoldsWhatSomebodyChose(t *testing.T) {
	m := metrics.New("v1.2.3")
	watched := metrics.Sources{Ledger: store{totals: ledger.Totals{
		Live: map[ledger.State]int{"CPC-ada": 1}, Due: map[ledger.JobKind]ledger.DueJobs{"CPC-ada": {Count: 1}},
	}}}
	m.Watch(watched)
	for i := range 200 {
		word := fmt.Sprint("CPC-ada ", i)
		r := ledger.Request{State: ledger.State(word), Failure: ledger.Failure(word), Order: command.Order{PC: word, Reason: word}, Requester: auth.Person{ID: word}}
		m.Changed("", r, []ledger.Event{{To: ledger.State(word), Kind: ledger.Kind(word), By: r.Requester}})
		r.State = ledger.Failed
		m.Changed("", r, []ledger.Event{{To: ledger.Failed, Kind: ledger.HasFailed}})
		m.CalledSlack(word, i-100, true)
		m.CalledSlack("chat.update", 600+i, true)
		m.CalledGraph(word, 1000+i)
		m.Cooldown(word, time.Now())
		m.Acknowledged(word, time.Second, i%2 == 0)
		m.Reconnected(word)
		m.LostClaim(ledger.JobKind(word))
	}
	families, text := scrape(t, m)
	if strings.Contains(text, "CPC") {
		t.Errorf("a label holds what somebody chose:\n%s", text)
	}
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if n := len(families[name].Metric); strings.HasPrefix(name, "cloudpcbot_") && n > 20 {
			t.Errorf("%s has %d series", name, n)
		}
	}
}

// What the bot calls, by its source, is counted under its name.
func TestEveryCallHasItsName(t *testing.T) {
	m := metrics.New("v1.2.3")
	for folder, row := range map[string]struct {
		name   string // regular expression
		least  int
		called func(string)
	}{
		"../../graph": {`\bop[A-Z][A-Za-z]* *= "([a-z ]+)"`, 7, func(op string) { m.CalledGraph(op, 200) }},
		"../slackio":  {`"((?:apps|auth|bots|chat|conversations|files|reactions|team|usergroups|users|views)\.[A-Za-z.]+)"`, 13, func(method string) { m.CalledSlack(method, 200, true) }},
	} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, path := range files {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range regexp.MustCompile(row.name).FindAllSubmatch(source, -1) {
				if !strings.HasSuffix(path, "_test.go") {
					names[string(found[1])] = true
				}
			}
		}
		if len(names) < row.least {
			t.Errorf("%s: only %v", folder, names)
		}
		for name := range names {
			row.called(name)
		}
	}
	if _, text := scrape(t, m); strings.Contains(text, `"other"`) {
		t.Errorf("a call has no name:\n%s", text)
	}
}

func TestPrometheusLintsNothing(t *testing.T) {
	m := metrics.New("v1.2.3")
	m.CalledSlack("chat.update", 200, true)
	m.CalledGraph("read", 200)
	m.Watch(metrics.Sources{
		Ledger:  store{},
		Sockets: func() (int, int) { return 2, 2 },
		Parts:   func() (map[string]error, bool) { return map[string]error{"slack": nil}, true },
	})
	_, text := scrape(t, m)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
