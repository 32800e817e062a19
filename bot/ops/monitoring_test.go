package ops_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// dashboard is what the test reads of one.
type dashboard struct {
	Title, UID    string
	SchemaVersion int
	Panels        []struct {
		ID                       int
		Title, Description, Type string
		GridPos                  struct{ X, Y, W, H int }
		Targets                  []struct{ RefID, Expr, LegendFormat string }
	}
}

func printedDashboard(t *testing.T) (d dashboard) {
	t.Helper()
	if err := json.Unmarshal([]byte(manifest(t, nil, "grafana")), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// printedAlerts are the rules, which Prometheus' own reader accepts.
func printedAlerts(t *testing.T) (all []rulefmt.Rule) {
	t.Helper()
	groups, errs := rulefmt.Parse([]byte(manifest(t, nil, "alerts")), false)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, g := range groups.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// expressions are all that the dashboard and the alerts ask Prometheus, by where they do.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, p := range printedDashboard(t).Panels {
		for _, q := range p.Targets {
			all[p.Title+" "+q.RefID] = strings.ReplaceAll(q.Expr, "$__rate_interval", "5m") // as Grafana does
		}
	}
	for _, r := range printedAlerts(t) {
		all[r.Alert] = r.Expr
	}
	return all
}

// asksForWhatIsThere parses an expression as Prometheus does. Each metric in it must be in a scrape, with the
// labels that the expression names and values that it looks for; used gets their names.
func asksForWhatIsThere(t *testing.T, scrape map[string]*dto.MetricFamily, used map[string]bool, where, text string) {
	t.Helper()
	expr, err := parser.ParseExpr(text)
	if err != nil {
		t.Errorf("%s: %v\n%s", where, err, text)
		return
	}
	known := []string{"le", "job", "instance"} // of histograms, and Prometheus' own of a target
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		name := strings.TrimSuffix(v.Name, "_bucket")
		used[name] = true
		f := scrape[name]
		if f == nil {
			t.Errorf("%s asks for %s, which the bot does not have", where, v.Name)
			return nil
		}
		if !slices.ContainsFunc(f.Metric, func(m *dto.Metric) bool { return matches(m, v.LabelMatchers) }) {
			t.Errorf("%s asks for a series that the bot does not have: %s", where, v)
		}
		for _, m := range f.Metric {
			for _, l := range m.Label {
				known = append(known, l.GetName())
			}
		}
		return nil
	})
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, l := range a.Grouping {
				if !slices.Contains(known, l) {
					t.Errorf("%s groups by %s, which is no label", where, l)
				}
			}
		}
		return nil
	})
}

// matches reports whether a series is one that matchers look for.
func matches(m *dto.Metric, matchers []*labels.Matcher) bool {
	for _, want := range matchers {
		value := ""
		for _, l := range m.Label {
			if l.GetName() == want.Name {
				value = l.GetValue()
			}
		}
		if want.Name != labels.MetricName && !want.Matches(value) {
			return false
		}
	}
	return true
}

func TestEveryAlertSaysWhatToDo(t *testing.T) {
	t.Parallel()
	names := ""
	for _, r := range printedAlerts(t) {
		names += r.Alert + " "
		if severity := r.Labels["severity"]; severity != "critical" && severity != "warning" {
			t.Errorf("%s has the severity %q", r.Alert, severity)
		}
		if r.Annotations["summary"] == "" || len(r.Annotations["description"]) < 60 {
			t.Errorf("%s: %v", r.Alert, r.Annotations)
		}
	}
	for _, of := range []string{"NotReady", "Absent", "QueueOld", "Unconfirmed", "OutsideErase", "CredentialUsedElsewhere", "ForeignSockets", "TooManySockets"} {
		if !strings.Contains(names, "CloudPCBot"+of+" ") {
			t.Errorf("no alert %s: %s", of, names)
		}
	}
}

func TestNoPanelLiesOnAnother(t *testing.T) {
	t.Parallel()
	d := printedDashboard(t)
	if d.Title != "cloudpc-bot" || d.UID == "" || d.SchemaVersion == 0 || len(d.Panels) < 15 {
		t.Errorf("%+v", d)
	}
	cells, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range d.Panels {
		if p.Title == "" || p.Description == "" || ids[p.ID] || p.Type != "stat" && p.Type != "timeseries" || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.H == 0 {
			t.Errorf("%+v", p)
		}
		ids[p.ID] = true
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				cell := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if other, taken := cells[cell]; taken {
					t.Fatalf("%s lies on %s", p.Title, other)
				}
				cells[cell] = p.Title
			}
		}
	}
}
