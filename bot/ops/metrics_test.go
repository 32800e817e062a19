package ops_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"cloudpc-bot/bot/slackfake"
)

// scraped is what Prometheus gets from a bot.
func scraped(t *testing.T, address string) (map[string]*dto.MetricFamily, string) {
	t.Helper()
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", resp.StatusCode, err)
	}
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return families, string(body)
}

// A bot that has been asked, has asked Graph, and has lost a socket, has every metric that the alerts and
// the dashboard ask for, by the labels that they ask for.
func TestAlertsAndDashboardAskForWhatTheBotHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["HTTP_ADDR"] = unusedAddress(t)
	w.env["APPROVALS"], w.env["ADMINS"] = "1", "U_ADA,U_BEN"
	w.slack.AddPerson(slackfake.Person{ID: "U_BEN", Name: "ben"})
	w.launch()
	w.slack.Type("U_ADA", "C_IT", `CPC-ada os=windows11 reason="s3cr3t words"`)
	w.wait("the card", w.told("Needs 1 approval"))
	card := w.slack.Messages("C_IT")[0]
	w.slack.Press("U_BEN", card, "approve")
	w.wait("the end", w.told("Done."))

	families, text := scraped(t, w.env["HTTP_ADDR"])
	for name, value := range map[string]float64{
		`cloudpcbot_request_state_changes_total state=succeeded outcome=`: 1, `cloudpcbot_request_state_changes_total state=failed outcome=build`: 0,
		`cloudpcbot_time_to_approval_seconds`: 1, `cloudpcbot_time_to_ready_seconds`: 1, `cloudpcbot_frozen`: 0, `cloudpcbot_ready`: 1,
		`cloudpcbot_graph_calls_total method=reprovision status=204`: 1, `cloudpcbot_slack_calls_total method=auth.test status=200`: 1,
		`cloudpcbot_slack_open_sockets`: 2, `cloudpcbot_part_ready part=entra`: 1,
		`cloudpcbot_live_requests state=provisioning`: 0, `cloudpcbot_queue_jobs kind=step`: 0, `cloudpcbot_outside_erases_total actor=others`: 0,
	} {
		if got, ok := valueOf(families, name); !ok || got != value {
			t.Errorf("%s is %v, want %v", name, got, value)
		}
	}
	for _, word := range []string{"CPC-ada", pc, "dan@example.com", "U_ADA", "U_BEN", "C_IT", "s3cr3t", "T0", `"other"`} {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "cloudpcbot_") && strings.Contains(line, word) {
				t.Errorf("%s stands in %s", word, line)
			}
		}
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("Prometheus' linter: %v, %+v", err, problems)
	}
	used := map[string]bool{}
	for where, expr := range expressions(t) {
		asksForWhatIsThere(t, families, used, where, expr)
	}
	for name := range families {
		if strings.HasPrefix(name, "cloudpcbot_") && !used[name] {
			t.Errorf("neither an alert nor a panel shows %s", name)
		}
	}
}

// valueOf is the value of a series, or the count of a histogram. After its name stand labels, as in
// "name part=slack".
func valueOf(families map[string]*dto.MetricFamily, name string) (float64, bool) {
	name, rest, _ := strings.Cut(name, " ")
	f := families[name]
	if f == nil {
		return 0, false
	}
	for _, m := range f.Metric {
		found := true
		for pair := range strings.FieldsSeq(rest) {
			k, v, _ := strings.Cut(pair, "=")
			found = found && slices.ContainsFunc(m.Label, func(l *dto.LabelPair) bool { return l.GetName() == k && l.GetValue() == v })
		}
		switch {
		case !found:
		case m.Counter != nil:
			return m.Counter.GetValue(), true
		case m.Gauge != nil:
			return m.Gauge.GetValue(), true
		case m.Histogram != nil:
			return float64(m.Histogram.GetSampleCount()), true
		}
	}
	return 0, false
}
