package ops

import (
	"encoding/json"
	"io"
)

// PrintDashboard prints a dashboard for Grafana, which asks for a data source of the kind Prometheus when it
// is imported (grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model).
func PrintDashboard(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(dashboard())
}

// object is one of JSON.
type object = map[string]any

// width is how wide the dashboard is, in Grafana's columns.
const width = 24

func dashboard() object {
	return object{
		"title": "cloudpc-bot", "uid": "cloudpc-bot", "tags": []string{"cloudpc-bot"}, "schemaVersion": 39, "editable": true,
		"time": object{"from": "now-24h", "to": "now"}, "refresh": "1m", "timezone": "browser",
		"templating": object{"list": []object{{"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}}},
		"panels":     drawn(panels),
	}
}

// drawn places panels from left to right in rows.
func drawn(panels []panel) (all []object) {
	x, y, height := 0, 0, 0
	for i, p := range panels {
		w, h := width/2, 8
		if p.kind == "stat" {
			w, h = width/4, 4
		}
		if x+w > width {
			x, y, height = 0, y+height, 0
		}
		source := object{"type": "prometheus", "uid": "${datasource}"}
		var targets []object
		for n, q := range p.queries {
			targets = append(targets, object{"refId": string(rune('A' + n)), "datasource": source, "expr": q.expr, "legendFormat": q.legend})
		}
		all = append(all, object{
			"id": i + 1, "type": p.kind, "title": p.title, "description": p.about, "datasource": source, "targets": targets,
			"gridPos":     object{"x": x, "y": y, "w": w, "h": h},
			"fieldConfig": object{"defaults": object{"unit": p.unit, "min": 0}, "overrides": []object{}},
		})
		x, height = x+w, max(height, h)
	}
	return all
}
