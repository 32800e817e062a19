package graph

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"cloudpc-bot/bot/causes"
)

func TestErrorsAreOneLineForOperators(t *testing.T) {
	for _, row := range []struct {
		status int
		body   string
		retry  string
		want   string
	}{
		{409, ``, "", `graph: reprovision "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd": 409 Conflict (request-id 7f3c0000-0000-4000-8000-000000000000)`},
		{409, `{"error":{"code":"Conflict","message":"Not in this state.\r\nReally."}}`, "",
			`graph: reprovision "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd": 409 Conflict: Not in this state. Really. (request-id 7f3c0000-0000-4000-8000-000000000000)`},
		{403, `{"error":{"code":"Forbidden","message":"No."}}`, "",
			`graph: reprovision "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd": 403 Forbidden: the app needs CloudPC.ReadWrite.All with admin consent: No. (request-id 7f3c0000-0000-4000-8000-000000000000)`},
		{503, `<html>`, "", `graph: reprovision "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd": 503 Service Unavailable; it may have been carried out (request-id 7f3c0000-0000-4000-8000-000000000000)`},
	} {
		s := serve(t, false, says(row.status, row.body))
		err := s.client(t, nil).Reprovision(t.Context(), pcID, Build{})
		if err == nil || err.Error() != row.want {
			t.Errorf("got  %v\nwant %s", err, row.want)
		}
	}
	s := serve(t, false, says(403, `{}`))
	if _, err := s.client(t, nil).CloudPC(t.Context(), pcID); err == nil || !strings.Contains(err.Error(), "needs CloudPC.Read.All with admin consent") {
		t.Errorf("a read: %v", err)
	}
}

func TestErrorsKeepCodeAndIDs(t *testing.T) {
	s := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "17")
		says(429, `{"error":{"code":"TooManyRequests","message":"slow down","innerError":{"code":"tenantLimit","request-id":"other"}}}`)(w, r)
	})
	err := s.client(t, nil).Reprovision(WithCallID(t.Context(), "the-call"), pcID, Build{})
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatal(err)
	}
	want := Error{Op: "reprovision", Name: pcID, Status: 429, Code: "tenantLimit", Message: "slow down", CallID: "the-call",
		RequestID: "7f3c0000-0000-4000-8000-000000000000", RetryAfter: 17 * time.Second, Outcome: NotActed}
	if *e != want {
		t.Errorf("got  %+v\nwant %+v", *e, want)
	}
}

func TestBodiesOfErrors(t *testing.T) {
	for _, row := range []struct{ body, code, message, id string }{
		{``, "", "", ""},
		{`null`, "", "", ""},
		{`[]`, "", "", ""},
		{`{"error":"invalid_token"}`, "", "", ""},
		{`{"error":{"code":7,"message":"m"}}`, "", "m", ""},
		{`{"error":{"code":"A","message":"m","innerError":{"request-id":"r"}}}`, "A", "m", "r"},
		{`{"error":{"code":"A","message":"m","innererror":{"code":"B","innererror":{"code":"C","message":"n"}}}}`, "C", "n", ""},
		{`{"error":{"code":"A","message":"m","innerError":"text"}}`, "A", "m", ""},
		{`{"error":{"code":"","message":"{\"errorCode\":\"PermissionScopeNotGranted\",\"message\":\"no scope\"}"}}`, "PermissionScopeNotGranted", "no scope", ""},
		{`{"error":{"code":"UnknownError","message":"{\"ErrorCode\":\"Bad\",\"Message\":\"{\\\"error\\\":{\\\"code\\\":\\\"Deep\\\",\\\"message\\\":\\\"d\\\"}}\"}"}}`, "Deep", "d", ""},
		{`{"error":{"code":"UnknownError","message":"{not json"}}`, "", "{not json", ""},
		{`{"error":{"code":"A","message":"{}"}}`, "A", "{}", ""},
	} {
		if got := readFault([]byte(row.body)); got != (fault{row.code, row.message, row.id, nil}) {
			t.Errorf("%s: %+v", row.body, got)
		}
	}
}

func FuzzReadFault(f *testing.F) {
	f.Add([]byte(`{"error":{"code":"A","message":"{\"errorCode\":\"B\"}","innerError":{"code":"C"}}}`))
	f.Add([]byte("{\"error\":{\"message\":\"\\u001b[31m\\u202e\xff\"}}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		got := readFault(body)
		text := (&Error{Op: "read", Name: string(body), Status: 400, Code: got.Code, Message: got.Message, RequestID: got.RequestID}).Error()
		if n := utf8.RuneCountInString(text); n > 700 || !utf8.ValidString(text) {
			t.Errorf("%d runes: %q", n, text)
		}
		for _, r := range text {
			if r != ' ' && (!unicode.IsPrint(r) || unicode.IsControl(r)) {
				t.Errorf("%q in %q", r, text)
			}
		}
	})
}

func TestRefusalsThatComeInSeveralWays(t *testing.T) {
	const justify = `{"error":{"code":"BadRequest","message":"{\"_version\":3,\"Message\":\"Request must contain the header 'x-msft-approval-justification'\"}"}}`
	for name, row := range map[string]struct {
		status  int
		header  string
		body    string
		kind    string
		outcome Outcome
	}{
		"G4: a justification is missing":     {400, "", justify, causes.SecondAdmin, Refused},
		"G4: the same as 403":                {403, "", `{"error":{"code":"ApprovalRequired","message":"no"}}`, causes.SecondAdmin, Refused},
		"G4: it is queued":                   {412, "x-msft-approval-code", `{"error":{"code":"BadRequest","message":"An approval is needed."}}`, causes.SecondAdmin, Refused},
		"412 for another reason":             {412, "", `{"error":{"code":"PreconditionFailed","message":"no"}}`, "", Refused},
		"G25: the segment is unknown":        {404, "", `{"error":{"code":"ResourceNotFound","message":"Resource not found for the segment 'reprovision'."}}`, causes.NoSuchCall, Refused},
		"G25: the same as 400":               {400, "", `{"error":{"code":"BadRequest","message":"Resource not found for the segment 'reprovision'."}}`, causes.NoSuchCall, Refused},
		"a machine that is gone":             {404, "", `{"error":{"code":"ResourceNotFound","message":"Cloud PC 'x' was not found."}}`, "", Refused},
		"G5: the reason lies in innerError":  {409, "", `{"error":{"code":"conflict","message":"generic","innerError":{"code":"InvalidCloudPcState","message":"The Cloud PC is being resized."}}}`, "", Refused},
		"something between, with Graph's id": {403, "html", `<html>blocked</html>`, causes.Foreign, Unknown},
	} {
		s := serve(t, true, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch row.header {
			case "html":
				w.Header().Set("Content-Type", "text/html")
			case "":
			default:
				w.Header().Set(row.header, "b1946ac9")
			}
			w.Header().Set("request-id", "r1")
			w.WriteHeader(row.status)
			_, _ = io.WriteString(w, row.body)
		})
		err := s.client(t, nil).Reprovision(t.Context(), pcID, Build{})
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != row.kind || e.Outcome != row.outcome {
			t.Errorf("%s: %+v", name, e)
			continue
		}
		if row.kind != "" && !strings.Contains(err.Error(), causes.Graph(row.status, row.kind).What) {
			t.Errorf("%s: the log does not say what people read: %v", name, err)
		}
		if strings.HasPrefix(name, "G5") && e.Message != "The Cloud PC is being resized." {
			t.Errorf("%s: %q", name, e.Message)
		}
	}
}
