package graphfake_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"cloudpc-bot/graph/graphfake"
)

func batchOf(parts ...string) string { return `{"requests":[` + strings.Join(parts, ",") + `]}` }

func getPart(id, url string) string {
	return fmt.Sprintf(`{"id":%q,"method":"GET","url":%q}`, id, url)
}

func TestABatchAnswersEachPartForItself(t *testing.T) {
	c := open(t, graphfake.Config{Build: -1})
	a, b := c.tenant.Add(graphfake.CloudPC{}), c.tenant.Add(graphfake.CloudPC{})
	c.tenant.Fail(graphfake.Match{Kind: graphfake.Get, PC: b.ID}, graphfake.Fault{Status: 429, RetryAfter: 3e9, Times: 1})
	const path = "/deviceManagement/virtualEndpoint/cloudPCs/"
	g := c.want(c.do("POST", "/beta/$batch", batchOf(
		getPart("1", path+a.ID+"?$select=id,status"), getPart("2", path+b.ID), getPart("3", path+"x"), getPart("4", "/me/cloudPCs"),
		`{"id":"5","method":"POST","url":"`+path+b.ID+`/reprovision","headers":{"Content-Type":"application/json"},"body":{}}`,
	), "Content-Type", "application/json"), 200)
	byID := map[any]map[string]any{}
	for i := range g.json("responses").([]any) {
		r := g.json("responses", i).(map[string]any)
		byID[r["id"]] = r
	}
	for id, want := range map[string]float64{"1": 200, "2": 429, "3": 400, "4": 403, "5": 204} {
		equal(t, "part "+id, byID[id]["status"], want)
	}
	equal(t, "status inside", byID["1"]["body"].(map[string]any)["status"], "provisioned")
	equal(t, "Retry-After", byID["2"]["headers"].(map[string]any)["Retry-After"], "3")
	if g.json("responses", 0, "id") == "1" {
		t.Error("answered in the order of the question: nobody would notice who relies on it")
	}
	equal(t, "wipes", c.tenant.Wipes(b.ID), 1)
	inside := 0
	for _, call := range c.tenant.Calls() {
		if call.InBatch {
			inside++
		}
	}
	equal(t, "parts in the log", inside, 5)
}

func TestABadBatchIsRefused(t *testing.T) {
	c := open(t, graphfake.Config{})
	var many []string
	for i := range 21 {
		many = append(many, getPart(fmt.Sprint(i), "/me/cloudPCs"))
	}
	c.want(c.do("POST", "/v1.0/$batch", batchOf(many[:20]...)), 200)
	for name, body := range map[string]string{
		"21 parts": batchOf(many...), "none": batchOf(), "garbage": "x", "same id": batchOf(many[0], many[0]),
		"absolute": batchOf(getPart("1", "https://graph.microsoft.com/v1.0/me")),
		"no body":  batchOf(`{"id":"1","method":"POST","url":"/me/cloudPCs"}`),
		"depends":  batchOf(`{"id":"1","method":"GET","url":"/me/cloudPCs","dependsOn":["2"]}`),
	} {
		if g := c.do("POST", "/v1.0/$batch", body); g.status != 400 {
			t.Errorf("%s: %d", name, g.status)
		}
	}
	c.want(c.as("").do("POST", "/v1.0/$batch", batchOf(many[0])), 401)
	c.want(c.get("/v1.0/$batch"), 405)
}

func TestABrokenConnectionInABatchIsATimeoutOfItsPart(t *testing.T) {
	c := open(t, graphfake.Config{Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-lost-answer"})
	g := c.want(c.do("POST", "/v1.0/$batch", batchOf(`{"id":"1","method":"POST","url":"/deviceManagement/virtualEndpoint/cloudPCs/`+
		pc.ID+`/reprovision","headers":{"content-type":"application/json"},"body":{}}`)), 200)
	equal(t, "status", g.json("responses", 0, "status"), 504.0)
	equal(t, "wipes", c.tenant.Wipes(pc.ID), 1)
}

func TestAReportInABatchIsCoded(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{NeverSignedIn: true})
	const path = "/deviceManagement/virtualEndpoint/reports/getRealTimeRemoteConnectionStatus"
	g := c.want(c.do("POST", "/beta/$batch", batchOf(getPart("1", path+"(cloudPcId='"+pc.ID+"')"), getPart("2", path+"(cloudPcId='x')"))), 200)
	equal(t, "the error", g.json("responses", 0, "body", "error", "code"), "BadRequest")
	report, err := base64.StdEncoding.DecodeString(g.json("responses", 1, "body").(string))
	if err != nil || !strings.Contains(string(report), `"TotalRowCount":0`) {
		t.Errorf("%v: %s", err, report)
	}
}
