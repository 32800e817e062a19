package graph

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestABatchOnTheWire(t *testing.T) {
	const other = "11111111-1111-4111-8111-111111111111"
	s := serve(t, true, says(200, `{"responses":[{"id":"1","status":404,"headers":{"request-id":"r1"},"body":{"error":{"code":"ResourceNotFound","message":"no"}}},
		{"id":"0","status":200,"headers":{},"body":`+onBeta+`}]}`))
	readings := s.client(t, func(c *Config) { c.Beta = false }).CloudPCs(t.Context(), []string{pcID, other})
	if readings[0].Err != nil || readings[0].CloudPC.Name != ada.Name || readings[0].CloudPC.Beta {
		t.Errorf("%+v", readings[0])
	}
	if err := readings[1].Err; err == nil || err.Error() != `graph: read "`+other+`": 404 ResourceNotFound: no (request-id r1)` {
		t.Error(err)
	}
	got := s.arrivals()
	if len(got) != 1 || got[0].method != "POST" || got[0].path != "/v1.0/$batch" || got[0].header.Get("Content-Type") != "application/json" {
		t.Fatalf("%+v", got)
	}
	var sent struct{ Requests []part }
	if err := json.Unmarshal([]byte(got[0].body), &sent); err != nil || len(sent.Requests) != 2 {
		t.Fatal(err, got[0].body)
	}
	p := sent.Requests[1]
	if p.Method != http.MethodGet || p.URL != "/deviceManagement/virtualEndpoint/cloudPCs/"+other || p.Headers["Prefer"] != newMembers {
		t.Errorf("%+v", p)
	}
}

func TestABatchThatMakesNoSenseIsNobodysReading(t *testing.T) {
	for _, body := range []string{
		``, `{}`, `[]`, `<html>`, `{"responses":[null]}`, `{"responses":[{"id":"7","status":200}]}`, `{"responses":[{"id":"0","status":200},{"id":"1","status":200}]}`,
		`{"responses":[{"id":"0","status":200,"body":"PGh0bWw+"},{"id":"1","status":200,"body":[]}]}`,
		`{"responses":[{"id":"0","status":0},{"id":"1","status":302,"headers":{"Location":"https://example.com"}}]}`,
		strings.ReplaceAll(`{"responses":[{"id":"0","status":200,"body":X},{"id":"1","status":200,"body":X}]}`, "X", `{"id":"11111111-1111-4111-8111-111111111111"}`),
	} {
		s := serve(t, true, says(200, body))
		for _, r := range s.client(t, nil).CloudPCs(t.Context(), []string{pcID, pcID}) {
			if r.Err == nil || r.CloudPC != (CloudPC{}) || OutcomeOf(r.Err) != NotActed {
				t.Errorf("%s: %+v", body, r)
			}
		}
	}
}

func TestABatchTellsNoToken(t *testing.T) {
	s := serve(t, true, says(200, `{"responses":[{"id":"0","status":403,"body":{"error":{"code":"`+secret+`","message":"`+secret+`"}}}]}`))
	for _, r := range s.client(t, nil).CloudPCs(t.Context(), []string{pcID, pcID}) {
		if r.Err == nil || strings.Contains(r.Err.Error(), secret) {
			t.Error(r.Err)
		}
	}
}
