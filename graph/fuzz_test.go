package graph

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Whatever Graph, or something between, answers is read without a panic, and an error of it shows
// no more than fits a log line.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		`{"id":"b0a9cde2-e170-4dd9-97c3-ad1d3328a711","displayName":"CPC-ada","status":"provisioned","lastRemoteActionResult":{"actionName":"Reprovision","actionState":"done"}}`,
		`{"id":7,"status":[],"statusDetail":{"code":{},"message":null}}`, `{"error":{"code":"A","message":"m","innerError":{"code":"B","request-id":"r"}}}`,
		`{"error":{"message":"{\"error\":{\"code\":\"deep\"}}"}}`, `{"error":"text"}`, `<html>`, ``, `[]`, `null`,
		`{"TotalRowCount":1,"Schema":[{"Column":"SignInStatus"},{"Column":"DaysSinceLastSignIn"},{"Column":"LastActiveTime"}],"Values":[["SignedIn","3","2026-11-23T10:00:00"]]}`,
		`{"TotalRowCount":0,"Schema":[],"Values":[]}`, `{"Values":[[],null,[7]],"Schema":[{"Column":7},null]}`,
		`{"id":"a","status":"supported","endDate":"2026-10-14","expirationDate":"2027-04-14T00:00:00Z"}`, `{"id":"p","imageType":"gallery","domainJoinConfigurations":[{}]}`,
	} {
		f.Add(409, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		var m machine
		if json.Unmarshal(body, &m) == nil {
			_ = m.cloudPC(beta)
			_ = m.cloudPC(v1)
		}
		var r row
		if json.Unmarshal(body, &r) == nil {
			_ = r.entry(beta, map[string]string{}).matches("CPC-ada", Fields("CPC-ada"))
		}
		var use report
		if json.Unmarshal(body, &use) == nil {
			if u, err := use.usage(pcID); u.DaysSince < -1 || u.SignedIn && u.NeverSignedIn || err != nil && u != (Usage{}) {
				t.Errorf("the usage is %+v, %v", u, err)
			}
		}
		var i wireImage
		if json.Unmarshal(body, &i) == nil {
			_ = i.image()
		}
		var p wirePolicy
		if json.Unmarshal(body, &p) == nil {
			_ = p.policy()
		}
		k := &call{op: opRead, name: "CPC-ada", id: "c1"}
		resp := &http.Response{StatusCode: status, Header: http.Header{"Request-Id": {"r1"}}, Body: io.NopCloser(bytes.NewReader(body))}
		k.last = &attempt{answer: resp}
		e := k.failure(resp, nil, time.Now())
		if text := e.Error(); strings.ContainsAny(text, "\n\r") || len(text) > 2000 {
			t.Errorf("the error is %q", text)
		}
	})
}
