package graph

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

func TestARecheckOnTheWire(t *testing.T) {
	policy := strings.ReplaceAll(onPolicy, "\n", "")
	s := serve(t, true, says(200, `{"responses":[{"id":"1","status":200,"headers":{},"body":`+policy+`},{"id":"0","status":200,"headers":{},"body":`+onBeta+`}]}`))
	pc, p, missing, err := s.client(t, nil).Recheck(t.Context(), pcID, policyID)
	if err != nil || missing || pc != ada || p.Image != "Windows 11" {
		t.Errorf("%v, %+v, %+v", err, pc, p)
	}
	got := s.arrivals()
	var sent struct{ Requests []part }
	if len(got) != 1 || got[0].path != "/beta/$batch" || json.Unmarshal([]byte(got[0].body), &sent) != nil || len(sent.Requests) != 2 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []struct{ path, fields string }{
		{"/deviceManagement/virtualEndpoint/cloudPCs/" + pcID, selectBeta},
		{"/deviceManagement/virtualEndpoint/provisioningPolicies/" + policyID, selectPolicy},
	} {
		u, err := url.Parse(sent.Requests[i].URL)
		if err != nil || u.Path != want.path || u.Query().Get("$select") != want.fields || sent.Requests[i].Headers["Prefer"] != newMembers || sent.Requests[i].Method != "GET" {
			t.Errorf("%+v", sent.Requests[i])
		}
	}
}

func TestARecheckThatMakesNoSenseIsAnError(t *testing.T) {
	other := strings.ReplaceAll(onPolicy, "1D164206", "2d164206")
	for _, body := range []string{
		``, `{}`, `[]`, `<html>`, `{"responses":[null]}`, `{"responses":[{"id":"0","status":200,"body":` + onBeta + `}]}`,
		`{"responses":[{"id":"0","status":200,"body":` + onBeta + `},{"id":"1","status":200,"body":` + other + `}]}`,
		`{"responses":[{"id":"0","status":200,"body":` + onBeta + `},{"id":"1","status":200,"body":{"id":"` + policyID + `","imageId":7}}]}`,
		`{"responses":[{"id":"1","status":200,"body":` + onBeta + `},{"id":"0","status":200,"body":` + onPolicy + `}]}`,
	} {
		s := serve(t, true, says(200, body))
		if _, p, missing, err := s.client(t, nil).Recheck(t.Context(), pcID, policyID); err == nil || missing || p != (Policy{}) || OutcomeOf(err) != NotActed || len(s.arrivals()) != 1 {
			t.Errorf("%s: %v, %+v", body, err, p)
		}
	}
}
