package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkPage decodes a page of 100 machines, alone and as a part of a batch.
func BenchmarkPage(b *testing.B) {
	var rows []string
	for i := range 100 {
		rows = append(rows, fmt.Sprintf(`{"id":"aaaaaaaa-0000-4000-8000-%012d","displayName":"CPC-%d","managedDeviceName":"DEV-%d","managedDeviceId":"bbbbbbbb-0000-4000-8000-%012d",`+
			`"aadDeviceId":"cccccccc-0000-4000-8000-%012d","userPrincipalName":"person%d@example.com","provisioningPolicyId":"dddddddd-0000-4000-8000-%012d",`+
			`"provisioningPolicyName":"Engineering","servicePlanName":"Cloud PC Enterprise 2vCPU/8GB/128GB","lastModifiedDateTime":"2026-11-20T08:30:00Z","status":"provisioned"}`, i, i, i, i, i, i, i%7))
	}
	body := []byte(`{"@odata.context":"https://graph.microsoft.com/beta/$metadata","value":[` + strings.Join(rows, ",") + `]}`)
	c := &Client{}
	take := func(b *testing.B, body []byte) {
		var got page
		p := c.pages(opList, all, listKey, beta, "")
		if json.Unmarshal(body, &got) != nil || p.take(c, got) != nil || len(p.found) != 100 || p.found[99].User != "person99@example.com" {
			b.Fatal("it cannot be read")
		}
	}
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			take(b, body)
		}
	})
	whole := []byte(`{"responses":[{"id":"0","status":200,"headers":{"Content-Type":"application/json"},"body":` + string(body) + `}]}`)
	b.Run("in a batch", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			var answer struct{ Responses []*partAnswer }
			if err := json.Unmarshal(whole, &answer); err != nil {
				b.Fatal(err)
			}
			take(b, answer.Responses[0].content(""))
		}
	})
}

func TestATextIsWhatItsJSONSays(t *testing.T) {
	for _, wire := range []string{`""`, `"CPC-ada"`, `"Zo\u00eb"`, `"Zoë"`, `"a\\b"`, `"\""`, "\"bro\xffken\"", `"\ud83d\ude00"`, `"<&>"`, `null`, `7`, `true`, `[]`, `{"a":"b"}`} {
		var want string
		if json.Unmarshal([]byte(wire), &want) != nil {
			want = ""
		}
		got := struct{ V text }{V: text{"of before"}}
		if err := json.Unmarshal([]byte(`{"V":`+wire+`}`), &got); err != nil || got.V.v != want {
			t.Errorf("%s: %v, %q, want %q", wire, err, got.V.v, want)
		}
	}
}
