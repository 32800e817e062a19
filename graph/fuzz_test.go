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
	} {
		f.Add(409, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		var m machine
		if json.Unmarshal(body, &m) == nil {
			_ = m.cloudPC(beta)
			_ = m.cloudPC(v1)
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
