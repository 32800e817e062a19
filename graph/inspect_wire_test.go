package graph

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// inspected is a Graph that answers an inspection; report is the body of the part that has it.
func inspected(t *testing.T, report string) *service {
	t.Helper()
	machine := strings.ReplaceAll(onBeta, `"p1"`, `"`+policyID+`"`)
	part := func(id, body string) string {
		return `{"id":"` + id + `","status":200,"headers":{},"body":` + body + `}`
	}
	return serve(t, true, says(200, `{"responses":[`+strings.Join([]string{
		part("others", `{"value":[`+machine+`,{"id":"2","displayName":"CPC-2","userPrincipalName":"ADA@example.com"},{"id":"3","userPrincipalName":"ben@example.com"}]}`),
		part("policy", strings.ReplaceAll(onPolicy, "\n", "")),
		`{"id":"usage","status":200,"headers":{"Content-Type":"application/octet-stream"},"body":` + report + `}`,
		part("machine", machine),
	}, ",")+`]}`))
}

func TestAnInspectionOnTheWire(t *testing.T) {
	const report = `{"TotalRowCount":1,"Schema":[{"Column":"CloudPcId"},{"Column":"SignInStatus"},{"Column":"Note"}],"Values":[["` + pcID + `","SignedIn","?>?>~~~ÿÿ"]]}`
	text := func(s string) string { return strconv.Quote(s) }
	want := ada
	want.PolicyID = policyID
	for name, body := range map[string]string{
		"JSON": report, "base64": text(base64.StdEncoding.EncodeToString([]byte(report))), "without padding": text(base64.RawStdEncoding.EncodeToString([]byte(report))),
		"base64url": text(base64.URLEncoding.EncodeToString([]byte(report))), "base64url without padding": text(base64.RawURLEncoding.EncodeToString([]byte(report))),
	} {
		s := inspected(t, body)
		in, err := s.client(t, nil).Inspect(t.Context(), Match{CloudPC: CloudPC{ID: pcID, PolicyID: policyID, UserPrincipalName: ada.UserPrincipalName}})
		if err != nil || in.CloudPC != want || in.Policy.Image != "Windows 11" || in.Usage != (Usage{Known: true, SignedIn: true, DaysSince: -1}) || len(in.Others) != 1 || in.Others[0].Name != "CPC-2" {
			t.Errorf("%s: %v, %+v", name, err, in)
		}
		got := s.arrivals()
		var sent struct{ Requests []part }
		if len(got) != 1 || got[0].path != "/beta/$batch" || json.Unmarshal([]byte(got[0].body), &sent) != nil || len(sent.Requests) != 4 {
			t.Fatalf("%+v", got)
		}
		for i, part := range []struct{ id, path, query, accept string }{
			{"machine", "/cloudPCs/" + pcID, "$select=" + selectBeta, ""},
			{"usage", "/reports/getRealTimeRemoteConnectionStatus(cloudPcId='" + pcID + "')", "", "application/octet-stream, application/json"},
			{"policy", "/provisioningPolicies/" + policyID, "$select=" + selectPolicy, ""},
			{"others", "/cloudPCs", "$filter=userPrincipalName eq 'ada@example.com'&$select=" + selectEntryBeta, ""},
		} {
			p := sent.Requests[i]
			u, err := url.Parse(p.URL)
			if err != nil {
				t.Fatal(err)
			}
			query, _ := url.QueryUnescape(u.RawQuery)
			if p.ID != part.id || p.Method != "GET" || u.Path != "/deviceManagement/virtualEndpoint"+part.path || query != part.query || p.Headers["Accept"] != part.accept || p.Headers["Prefer"] != newMembers {
				t.Errorf("%+v", p)
			}
		}
	}
}

func TestAReportInABatchThatMakesNoSenseIsLeftOut(t *testing.T) {
	for _, body := range []string{`null`, `7`, `[]`, `{}`, `""`, `"PGh0bWw+"`, `"<html>"`, `"` + base64.StdEncoding.EncodeToString([]byte(`{"Values":[7]}`)) + `"`} {
		s := inspected(t, body)
		in, err := s.client(t, nil).Inspect(t.Context(), Match{CloudPC: CloudPC{ID: pcID, PolicyID: policyID}})
		if err != nil || in.Policy.ID == "" || in.UsageErr == nil || in.Usage != (Usage{}) || OutcomeOf(in.UsageErr) != NotActed {
			t.Errorf("%s: %v, %+v", body, err, in)
		}
	}
}
