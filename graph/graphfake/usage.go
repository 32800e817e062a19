package graphfake

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

var usageCall = regexp.MustCompile(`(?i)^getRealTimeRemoteConnectionStatus\(cloudPcId='((?:[^']|'')*)'\)$`)

// placeReport works out which report is wanted; beta alone has them.
func (c *call) placeReport(segment string) {
	m := usageCall.FindStringSubmatch(segment)
	if m == nil || c.Version != beta {
		return
	}
	c.Form, c.PC = Admin, strings.ReplaceAll(m[1], "''", "'")
	c.is(GetUsage, http.MethodGet)
}

// reportColumns are the columns of the usage report and their types, in the order of
// learn.microsoft.com/graph/api/cloudpcreports-getrealtimeremoteconnectionstatus.
var reportColumns = [][2]string{
	{"ManagedDeviceName", "String"}, {"CloudPcId", "String"}, {"SignInStatus", "String"},
	{"DaysSinceLastSignIn", "Int64"}, {"LastActiveTime", "DateTime"},
}

// usage answers with the report of who uses a machine: one row, or none if nobody ever has. The
// answer is JSON that is called a stream of octets, as in the real service.
func (t *Tenant) usage(c *call) *reply {
	if rep := t.authorize(c, false); rep != nil {
		return rep
	}
	if _, rep := t.query(c); rep != nil {
		return rep
	}
	if !isGUID(c.PC) {
		return t.badRequest(c, "Cloud PC id '%s' is not a valid GUID.", c.PC)
	}
	m := t.find(c.PC)
	if m == nil {
		return t.refuse(c, http.StatusNotFound, "ResourceNotFound", fmt.Sprintf("Cloud PC '%s' was not found.", c.PC))
	}
	row, now := map[string]any{"ManagedDeviceName": text(m.ManagedDeviceName), "CloudPcId": m.ID, "SignInStatus": "NotSignedIn"}, t.now()
	last := m.LastSignIn
	if m.SignedIn {
		row["SignInStatus"], last = "SignedIn", now
	}
	row["DaysSinceLastSignIn"] = int(now.Sub(last) / (24 * time.Hour))
	row["LastActiveTime"] = last.UTC().Format("2006-01-02T15:04:05") // without a zone
	schema, values := []any{}, []any{}
	for _, column := range t.columns() {
		schema = append(schema, map[string]any{"Column": column[0], "PropertyType": column[1]})
		values = append(values, row[column[0]])
	}
	rows := []any{values}
	if !m.SignedIn && (m.NeverSignedIn || last.IsZero()) {
		rows = []any{}
	}
	return answer(http.StatusOK, map[string]any{"TotalRowCount": len(rows), "Schema": schema, "Values": rows}).
		with("Content-Type", "application/octet-stream")
}

func (t *Tenant) columns() [][2]string {
	if t.cfg.ReportColumns == nil {
		return reportColumns
	}
	var some [][2]string
	for _, name := range t.cfg.ReportColumns {
		if i := slices.IndexFunc(reportColumns, func(c [2]string) bool { return c[0] == name }); i >= 0 {
			some = append(some, reportColumns[i])
		}
	}
	return some
}
