package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const onBeta = `{"id":"4B5AD5E0-6a0b-4ffc-818d-36bb23cf4dbd","displayName":"Ada's PC","managedDeviceName":"CPC-ada",
"managedDeviceId":"m1","aadDeviceId":"a1","userPrincipalName":"ada@example.com","provisioningPolicyId":"p1",
"provisioningPolicyName":"Engineers","servicePlanId":"s1","servicePlanName":"Cloud PC 2vCPU","imageDisplayName":"Windows 11",
"onPremisesConnectionName":null,"provisioningType":"sharedByUser","lastModifiedDateTime":"2026-11-23T10:00:00Z",
"gracePeriodEndDateTime":null,"status":"failed","statusDetail":{"code":"intuneEnrollFailed","message":"No.","additionalInformation":[]},
"connectivityResult":{"status":"inUse","failedHealthCheckItems":[]},"lastLoginResult":{"time":"2026-11-21T10:00:00Z"},
"powerState":"running","provisionedDateTime":"2026-11-22T10:00:00.1234567Z","somethingNew":{"a":1},
"lastRemoteActionResult":{"actionName":"reprovision","actionState":"failed","startDateTime":"2026-11-22T09:00:00+01:00",
"lastUpdatedDateTime":"2026-11-22T10:00:00Z","statusDetail":{"code":"c","message":"m"}}}`

var ada = CloudPC{
	ID: "4B5AD5E0-6a0b-4ffc-818d-36bb23cf4dbd", Name: "Ada's PC", DeviceName: "CPC-ada", ManagedDeviceID: "m1", AADDeviceID: "a1",
	UserPrincipalName: "ada@example.com", PolicyID: "p1", PolicyName: "Engineers", PlanID: "s1", PlanName: "Cloud PC 2vCPU",
	Image: "Windows 11", ProvisioningType: "sharedByUser", LastModified: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
	Beta: true, Status: Failed, StatusDetail: Detail{Code: "intuneEnrollFailed", Message: "No."}, PowerState: "running",
	Provisioned:  time.Date(2026, 11, 22, 10, 0, 0, 123456700, time.UTC),
	LastAction:   RemoteAction{Name: "reprovision", State: ActionFailed, Started: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), Detail: Detail{Code: "c", Message: "m"}},
	Connectivity: "inUse", LastSignIn: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC),
}

func TestCloudPCFromBeta(t *testing.T) {
	s := serve(t, true, says(200, onBeta))
	pc, err := s.client(t, nil).CloudPC(t.Context(), pcID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ada, pc); diff != "" {
		t.Error(diff)
	}
	if !pc.LastAction.Reprovision() || !pc.LastAction.State.Ended() {
		t.Error("its last action is a reprovision that failed")
	}
	got := s.arrivals()[0]
	query, _ := url.ParseQuery(got.query)
	if got.method != "GET" || got.path != "/beta/deviceManagement/virtualEndpoint/cloudPCs/"+pcID || query.Get("$select") != selectBeta ||
		got.header.Get("Prefer") != "include-unknown-enum-members" || got.header.Get("Authorization") != "Bearer "+secret ||
		len(got.header.Get("client-request-id")) != 36 || got.header.Get("User-Agent") != "cloudpc-bot" {
		t.Errorf("%+v", got)
	}
}

// Graph writes its word on another try among other pairs, as a text in any case.
func TestADetailSaysWhetherAnotherTryHelps(t *testing.T) {
	for written, want := range map[string]string{
		`[{"name":"failedAction","value":"Provision"},{"name":"retriable","value":"true"}]`: "true",
		`[{"name":"Retriable","value":"False"}]`:                                            "false", `[{"name":"retriable","value":true}]`: "true", `[{"name":"retriable","value":"maybe"}]`: "",
		`[7,{"name":"retriable","value":"true"}]`: "true", `[{"name":"other","value":"true"}]`: "", `[]`: "", `null`: "", `"no list"`: "", `[{"name":"retriable","value":null}]`: "",
	} {
		var d detail
		if err := json.Unmarshal([]byte(`{"code":"c","message":"m","additionalInformation":`+written+`}`), &d); err != nil {
			t.Errorf("%s: %v", written, err)
		}
		if got := d.detail(); got != (Detail{Code: "c", Message: "m", Retriable: want}) {
			t.Errorf("%s: %+v", written, got)
		}
	}
}

func TestCloudPCFromV1HasNoStatus(t *testing.T) {
	want := ada
	want.Beta, want.Status, want.StatusDetail, want.PowerState = false, "", Detail{}, ""
	want.Provisioned, want.LastAction = time.Time{}, RemoteAction{}
	want.Connectivity, want.LastSignIn = "", time.Time{}

	s := serve(t, true, says(200, onBeta))
	pc, err := s.client(t, func(c *Config) { c.Beta = false }).CloudPC(t.Context(), pcID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, pc); diff != "" {
		t.Error(diff)
	}
	if got := s.arrivals(); len(got) != 1 || got[0].path != "/v1.0/deviceManagement/virtualEndpoint/cloudPCs/"+pcID || got[0].query != "" {
		t.Errorf("%+v", got)
	}
	if pc.Status.AllowsReprovision() || pc.Status.Passes() || pc.Status.Ready() {
		t.Error("no status allows nothing")
	}
}

func TestWhereBetaIsGoneV1HasTheLastWord(t *testing.T) {
	for status, fallsBack := range map[int]bool{400: true, 404: true, 405: true, 410: true, 501: true, 401: false, 403: false, 409: false} {
		s := serve(t, true, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/beta/") {
				says(status, "")(w, r)
				return
			}
			body := onBeta
			if strings.HasSuffix(r.URL.Path, "/cloudPCs") {
				body = `{"value":[` + onBeta + `]}`
			}
			says(200, body)(w, r)
		})
		c := s.client(t, nil)
		pc, err := c.CloudPC(t.Context(), pcID)
		if fallsBack != (err == nil) || pc.Beta {
			t.Errorf("%d: %v, %+v", status, err, pc)
		}
		found, err := c.Find(t.Context(), "cpc-ada")
		if fallsBack != (err == nil && len(found) == 1) {
			t.Errorf("%d: find: %v, %v", status, err, found)
		}
	}
	s := serve(t, true, says(404, ""))
	_, err := s.client(t, nil).CloudPC(t.Context(), pcID)
	if !errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnknownOutcome) {
		t.Error(err)
	}
	if n := len(s.arrivals()); n != 2 {
		t.Errorf("%d arrived", n)
	}
}

func TestOneMachineIsNeverTakenForAnother(t *testing.T) {
	s := serve(t, true, says(200, `{"id":"11111111-1111-4111-8111-111111111111","displayName":"CPC-ben"}`))
	if pc, err := s.client(t, nil).CloudPC(t.Context(), pcID); err == nil {
		t.Errorf("%+v", pc)
	}
	for _, body := range []string{``, `{}`, `[]`, `<html>`, `{"id":7}`, onBeta[:len(onBeta)-1]} {
		s := serve(t, true, says(200, body))
		if pc, err := s.client(t, nil).CloudPC(t.Context(), pcID); err == nil {
			t.Errorf("%s: %+v", body, pc)
		}
	}
}

func TestReadsAreRepeatedALittle(t *testing.T) {
	once := func(retry string) http.HandlerFunc {
		return inTurn(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", retry)
			w.WriteHeader(429)
		}, says(200, onBeta))
	}
	s := serve(t, true, once("1"))
	if _, err := s.client(t, nil).CloudPC(t.Context(), pcID); err != nil {
		t.Error(err)
	}
	s = serve(t, true, once("60"))
	_, err := s.client(t, nil).CloudPC(t.Context(), pcID)
	if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, ErrThrottled) || e.RetryAfter != time.Minute || len(s.arrivals()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.arrivals()))
	}
	s = serve(t, true, says(503, ""))
	_, err = s.client(t, nil).CloudPC(t.Context(), pcID)
	if err == nil || OutcomeOf(err) != NotActed || len(s.arrivals()) != 3 {
		t.Errorf("%v after %d requests", err, len(s.arrivals()))
	}
}

func TestReadsDoNotFollowRedirects(t *testing.T) {
	other := serve(t, true, says(200, onBeta))
	s := serve(t, true, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	if _, err := s.client(t, nil).CloudPC(t.Context(), pcID); err == nil {
		t.Error("followed")
	}
	if n := len(other.arrivals()); n != 0 {
		t.Errorf("%d requests, with a token, at another host", n)
	}
}

func TestNamesAreQuoted(t *testing.T) {
	const name = `O'Hara's "PC" & so+on = 100% #1`
	s := serveParts(t, func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Has("$filter") && q.Get("$filter") != `displayName eq 'O''Hara''s "PC" & so+on = 100% #1'` && q.Get("$filter") != `managedDeviceName eq 'O''Hara''s "PC" & so+on = 100% #1'` {
			t.Errorf("filter %s", q.Get("$filter"))
		}
		fmt.Fprintf(w, `{"value":[{"id":"1","displayName":%q},{"id":"2","displayName":"x","managedDeviceName":%q},{"id":"3","displayName":"other"}]}`,
			name, strings.ToUpper(name))
	})
	found, err := s.client(t, nil).Find(t.Context(), name)
	if err != nil || len(found) != 2 || found[0].ID != "1" || found[1].ID != "2" {
		t.Errorf("%v, %+v", err, found)
	}
	filters := 0
	for _, a := range s.arrivals() {
		if strings.Contains(a.query, "filter") {
			filters++
		}
		if strings.ContainsAny(a.query, "+'#") {
			t.Errorf("query %s", a.query)
		}
	}
	if filters != 2 {
		t.Errorf("%d filters", filters)
	}
}

// fleetOf lists n machines, two to a page; with filters it does what refuse says.
func fleetOf(s **service, n int, filtered http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("$filter") {
			filtered(w, r)
			return
		}
		var from int
		fmt.Sscan(r.URL.Query().Get("$skiptoken"), &from)
		var values []string
		for i := from; i < min(from+2, n); i++ {
			values = append(values, fmt.Sprintf(`{"id":"%d","displayName":"CPC-%d"}`, i, i))
		}
		next := ""
		if from+2 < n {
			next = fmt.Sprintf(`,"@odata.nextLink":"%s%s?$skiptoken=%d"`, (*s).URL, r.URL.Path, from+2)
		}
		io.WriteString(w, `{"value":[`+strings.Join(values, ",")+`]`+next+`}`)
	}
}

func TestWithoutAFilterEverythingIsLookedThrough(t *testing.T) {
	for what, filtered := range map[string]http.HandlerFunc{"refuses": says(400, ""), "minds the case": says(200, `{"value":[]}`)} {
		var s *service
		s = serveParts(t, fleetOf(&s, 9, filtered))
		found, err := s.client(t, nil).Find(t.Context(), "cpc-8")
		if err != nil || len(found) != 1 || found[0].ID != "8" || found[0].Beta {
			t.Errorf("%s: %v, %+v", what, err, found)
		}
		if n, parts := s.requests(); n != 5 || parts != 3 { // five pages, and two filters with the first of them
			t.Errorf("%s: %d requests, %d parts", what, n, parts)
		}
	}
}

func TestHalfAListIsNoList(t *testing.T) {
	var s *service
	s = serveParts(t, fleetOf(&s, 2*maxPages+1, says(200, `{"value":[]}`)))
	if found, err := s.client(t, nil).Find(t.Context(), "CPC-0"); err == nil {
		t.Errorf("%+v", found)
	}
}

func TestPagesStayOnTheHost(t *testing.T) {
	other := serve(t, true, says(200, `{"value":[{"id":"evil","displayName":"CPC-1"}]}`))
	for _, next := range []string{
		other.URL + "/beta/deviceManagement/virtualEndpoint/cloudPCs",
		"http://HOST/beta/deviceManagement/virtualEndpoint/cloudPCs",
		"https://HOST@" + strings.TrimPrefix(other.URL, "https://") + "/x",
		"https://user@HOST/x",
		"//HOST/x", "/x", "::",
	} {
		var s *service
		s = serveParts(t, func(w http.ResponseWriter, r *http.Request) {
			link := strings.ReplaceAll(next, "HOST", strings.TrimPrefix(s.URL, "https://"))
			fmt.Fprintf(w, `{"value":[],"@odata.nextLink":%q}`, link)
		})
		if found, err := s.client(t, nil).Find(t.Context(), "CPC-1"); err == nil {
			t.Errorf("%s: %+v", next, found)
		}
		if n, parts := s.requests(); n != 2 || parts != 3 { // the first page of each filter and of the list, and the list anew
			t.Errorf("%s: %d requests, %d parts", next, n, parts)
		}
	}
	if n := len(other.arrivals()); n != 0 {
		t.Errorf("%d requests, with a token, at another host", n)
	}
}

func TestStatus(t *testing.T) {
	allowed := map[Status]bool{Provisioned: true, ProvisionedWithWarnings: true, Failed: true}
	passing := map[Status]bool{Provisioning: true, Resizing: true, Restoring: true, MovingRegion: true, UpdatingSingleSignOn: true,
		ModifyingSingleSignOn: true, RefreshPolicyConfiguration: true, Preparing: true, FailoverInProgress: true, FailbackInProgress: true}
	for _, s := range []Status{NotProvisioned, Provisioning, Provisioned, ProvisionedWithWarnings, Failed, InGracePeriod, Deprovisioning,
		Resizing, ResizePendingLicense, Restoring, PendingProvision, MovingRegion, UpdatingSingleSignOn, ModifyingSingleSignOn,
		RefreshPolicyConfiguration, Preparing, FailoverInProgress, FailbackInProgress, UnknownStatus, "", "new one", "Provisioned"} {
		if s.AllowsReprovision() != allowed[s] {
			t.Errorf("%q: AllowsReprovision %v", s, s.AllowsReprovision())
		}
		if s.Passes() != passing[s] {
			t.Errorf("%q: Passes %v", s, s.Passes())
		}
	}
	if Failed.Ready() || !ProvisionedWithWarnings.Ready() {
		t.Error("ready is wrong")
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	for _, bad := range []string{"", "graph.microsoft.com", "http://graph.microsoft.com", "https://", "https://u:p@graph.microsoft.com", "https://graph.microsoft.com?x", "ftp://x", ":"} {
		if _, err := New(Config{URL: bad, Credential: &entra{}}); err == nil {
			t.Errorf("%q was taken", bad)
		} else if strings.Contains(err.Error(), "u:p") {
			t.Errorf("%v repeats the value", err)
		}
	}
	if _, err := New(Config{URL: "https://graph.microsoft.com/"}); err == nil {
		t.Error("no credential was taken")
	}
	if _, err := New(Config{URL: "http://graph.microsoft.com", Credential: &entra{}}); !strings.Contains(err.Error(), "https") {
		t.Error(err)
	}
}
