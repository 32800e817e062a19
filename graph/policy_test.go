package graph

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	policyID = "1d164206-bf41-4fd2-8424-a3192d39ffff"
	onPolicy = `{"@odata.context":"x","id":"1D164206-bf41-4fd2-8424-a3192d39ffff","displayName":"Engineers","imageId":"pub_offer_sku","imageType":"Gallery",
"imageDisplayName":"Windows 11","provisioningType":"dedicated","domainJoinConfigurations":[
{"domainJoinType":"hybridAzureADJoin","onPremisesConnectionId":"c1","regionName":null,"regionGroup":null},
{"domainJoinType":"azureADJoin","onPremisesConnectionId":null,"regionName":"westeurope","regionGroup":"europeUnion","new":1}]}`
)

func TestPolicyFromV1(t *testing.T) {
	s := serve(t, true, says(200, onPolicy))
	got, err := s.client(t, nil).Policy(t.Context(), policyID)
	want := Policy{
		ID: "1D164206-bf41-4fd2-8424-a3192d39ffff", Name: "Engineers", ImageID: "pub_offer_sku", ImageType: "gallery", Image: "Windows 11",
		Region: "-, westeurope (europeUnion)", Join: "hybridAzureADJoin (c1), azureADJoin",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	seen := s.arrivals()
	if len(seen) != 1 {
		t.Fatalf("%d requests", len(seen))
	}
	query, _ := url.ParseQuery(seen[0].query)
	if seen[0].method != "GET" || seen[0].path != "/v1.0/deviceManagement/virtualEndpoint/provisioningPolicies/"+policyID ||
		len(query) != 1 || query.Get("$select") != "id,displayName,imageId,imageType,imageDisplayName,domainJoinConfigurations" ||
		seen[0].header.Get("Prefer") != "include-unknown-enum-members" || len(seen[0].header.Get("client-request-id")) != 36 {
		t.Errorf("%+v", seen[0])
	}
}

func TestEverySettingShowsInRegionOrJoin(t *testing.T) {
	const a, b = `{"domainJoinType":"azureADJoin","regionName":"westeurope","regionGroup":"europeUnion"}`, `{"domainJoinType":"hybridAzureADJoin","onPremisesConnectionId":"c1"}`
	seen := map[[2]string]string{}
	for _, row := range []struct{ joins, region, join string }{
		{``, "", ""},
		{a, "westeurope (europeUnion)", "azureADJoin"},
		{b, "", "hybridAzureADJoin (c1)"},
		{a + `,` + b, "westeurope (europeUnion), -", "azureADJoin, hybridAzureADJoin (c1)"},
		{b + `,` + a, "-, westeurope (europeUnion)", "hybridAzureADJoin (c1), azureADJoin"},
		{b + `,` + b, "", "hybridAzureADJoin (c1), hybridAzureADJoin (c1)"},
		{`{"domainJoinType":"azureADJoin","regionName":"westeurope"}`, "westeurope", "azureADJoin"},
		{`{"domainJoinType":"azureADJoin","regionGroup":"europeUnion"}`, "(europeUnion)", "azureADJoin"},
		{`{"domainJoinType":"azureADJoin","regionName":"northeurope","regionGroup":"europeUnion"}`, "northeurope (europeUnion)", "azureADJoin"},
		{`{"domainJoinType":"azureADJoin","onPremisesConnectionId":"c1"}`, "", "azureADJoin (c1)"},
		{`{"domainJoinType":"hybridAzureADJoin","onPremisesConnectionId":"c2"}`, "", "hybridAzureADJoin (c2)"},
	} {
		s := serve(t, true, says(200, `{"id":"`+policyID+`","domainJoinConfigurations":[`+row.joins+`]}`))
		p, err := s.client(t, nil).Policy(t.Context(), policyID)
		if err != nil || p.Region != row.region || p.Join != row.join {
			t.Errorf("%s: %v, region %q, join %q", row.joins, err, p.Region, p.Join)
		}
		if other, taken := seen[[2]string{p.Region, p.Join}]; taken {
			t.Errorf("looks the same: %s and %s", row.joins, other)
		}
		seen[[2]string{p.Region, p.Join}] = row.joins
	}
	s := serve(t, true, says(200, `{"id":"`+policyID+`","imageId":null,"domainJoinConfigurations":null}`))
	if p, err := s.client(t, nil).Policy(t.Context(), policyID); err != nil || p != (Policy{ID: policyID}) {
		t.Errorf("nulls: %v, %+v", err, p)
	}
}

func TestPolicyErrorsAreTyped(t *testing.T) {
	for status, kind := range map[int]error{400: ErrInvalid, 401: ErrUnauthorized, 403: ErrForbidden, 404: ErrNotFound, 410: ErrNotFound, 409: ErrConflict} {
		s := serve(t, true, says(status, `{"error":{"code":"Some","message":"No."}}`))
		_, err := s.client(t, nil).Policy(t.Context(), policyID)
		if !errors.Is(err, kind) || OutcomeOf(err) != NotActed || errors.Is(err, ErrUnknownOutcome) || len(s.arrivals()) != 1 {
			t.Errorf("%d: %v after %d requests", status, err, len(s.arrivals()))
		}
		if !strings.HasPrefix(err.Error(), `graph: read policy "`+policyID+`": `) || !strings.Contains(err.Error(), "7f3c0000") {
			t.Errorf("%d: %v", status, err)
		}
		if status == 403 && !strings.Contains(err.Error(), "needs CloudPC.Read.All with admin consent") {
			t.Error(err)
		}
	}
	s := serve(t, true, inTurn(says(503, ""), says(200, onPolicy)))
	if _, err := s.client(t, nil).Policy(t.Context(), policyID); err != nil || len(s.arrivals()) != 2 {
		t.Errorf("a read is repeated: %v after %d requests", err, len(s.arrivals()))
	}
	s = serve(t, true, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "60"); w.WriteHeader(429) })
	_, err := s.client(t, nil).Policy(t.Context(), policyID)
	if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, ErrThrottled) || e.RetryAfter.Seconds() != 60 {
		t.Error(err)
	}
}

func TestOnePolicyIsNeverTakenForAnother(t *testing.T) {
	for _, body := range []string{
		strings.ReplaceAll(onPolicy, "1D164206", "2d164206"), ``, `{}`, `[]`, `<html>`, `{"value":[` + onPolicy + `]}`,
		onPolicy[:len(onPolicy)-1], `{"id":"` + policyID + `","domainJoinConfigurations":{}}`,
	} {
		s := serve(t, true, says(200, body))
		if p, err := s.client(t, nil).Policy(t.Context(), policyID); err == nil || OutcomeOf(err) != NotActed || p != (Policy{}) {
			t.Errorf("%s: %v, %+v", body, err, p)
		}
	}
	s := serve(t, true, says(200, onPolicy))
	for _, id := range []string{"", ".", "..", "a\nb", strings.Repeat("x", 257)} {
		if _, err := s.client(t, nil).Policy(t.Context(), id); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if n := len(s.arrivals()); n != 0 {
		t.Errorf("%d requests", n)
	}
	_, _ = s.client(t, nil).Policy(t.Context(), "a/b?c")
	if p := s.arrivals()[0].path; p != "/v1.0/deviceManagement/virtualEndpoint/provisioningPolicies/a%2Fb%3Fc" {
		t.Error(p)
	}
}
