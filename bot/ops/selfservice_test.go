package ops_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

const dansOID = "0d000000-0000-4000-8000-00000000da40"

// own is a world in which dan may reprovision his own Cloud PC.
func own(t *testing.T) *world {
	w := newWorld(t)
	w.slack.AddPerson(slackfake.Person{ID: "U_DAN", Name: "dan", Email: "dan@example.com"})
	w.slack.AddChannel(slackfake.Channel{ID: "C_OWN", Name: "own", BotIn: true, Members: []string{"U_ADA", "U_DAN"}})
	w.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-dan", UserID: dansOID, UserPrincipalName: "dan@example.com"})
	for name, value := range map[string]string{
		"SELF_SERVICE": "true", "SELF_SERVICE_CLIENT_ID": w.tenant.PublicClientID(), "HTTP_ADDR": "127.0.0.1:0", "LOG_LEVEL": "debug",
	} {
		w.env[name] = value
	}
	return w
}

// asksForTheirOwn has dan ask, sign in, choose his machine and confirm it.
func (w *world) asksForTheirOwn() {
	w.t.Helper()
	if _, err := w.slack.Type("U_DAN", "C_OWN", "mine").WaitAck(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	w.wait("a code", func() bool { return len(w.tenant.DeviceCodes()) == 1 })
	code := w.tenant.DeviceCodes()[0].UserCode
	w.wait("the code to be shown", func() bool { return strings.Contains(strings.Join(w.slack.Sees("U_DAN"), "\n"), code) })
	if err := w.tenant.EnterCode(code, graphfake.Browser{UserID: dansOID, UPN: "dan@example.com"}); err != nil {
		w.t.Fatal(err)
	}
	var offer slackfake.Message
	w.wait("the machine", func() bool {
		for _, e := range w.slack.Ephemerals("U_DAN") {
			if strings.Contains(e.Plain(), "CPC-dan") {
				offer = e.Message
			}
		}
		return offer.TS != ""
	})
	_, id, _ := strings.Cut(offer.Plain(), "R-")
	id, _, _ = strings.Cut(id, ":")
	if _, err := w.slack.PressValue("U_DAN", offer, "pick", "R-"+id+" 0").WaitAck(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	w.wait("the form", func() bool { return len(w.slack.Views("U_DAN")) == 1 })
	sent := w.slack.Submit("U_DAN", w.slack.Views("U_DAN")[0].ID, map[string]map[string]any{"name": {"name": "cpc-dan"}, "reason": {"reason": "slow"}})
	if ack, err := sent.WaitAck(w.ctx); err != nil || ack.Payload != nil {
		w.t.Fatal(err, string(ack.Payload))
	}
}

// TestPeopleReprovisionTheirOwn runs the program as it is shipped: with the two ways in which their own token makes the
// call, and nothing secret in what the program prints, stores and exports.
func TestPeopleReprovisionTheirOwn(t *testing.T) {
	for name, row := range map[string]struct {
		set  map[string]string
		path string
	}{
		"at once":       {map[string]string{"SELF_SERVICE_APPROVALS": "0", "SELF_SERVICE_TRUST_EMAIL": "true"}, "/v1.0/me/cloudPCs/"},
		"with approval": {map[string]string{"APPROVAL_CHANNEL": "C_OWN"}, "/v1.0/users/" + dansOID + "/cloudPCs/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := own(t)
			for name, value := range row.set {
				w.env[name] = value
			}
			w.launch()
			w.asksForTheirOwn()
			if name == "with approval" {
				w.wait("the card", func() bool { return len(w.slack.Messages("C_OWN")) == 1 })
				card := w.slack.Messages("C_OWN")[0]
				if !strings.Contains(card.Plain(), "who is signed in to Microsoft as dan@example.com") {
					t.Errorf("the card says:\n%s", card.Plain())
				}
				if _, err := w.slack.Press("U_ADA", card, "approve").WaitAck(w.ctx); err != nil {
					t.Fatal(err)
				}
			}
			w.wait("the call", func() bool { return len(w.tenant.Posts()) == 1 && w.tenant.Posts()[0].Answered })
			p := w.tenant.Posts()[0]
			if !strings.HasPrefix(p.Path, row.path) || p.Person != dansOID || p.Token != "delegated" || len(p.Body) > 0 || p.ContentType != "application/json" || !p.Acted {
				t.Errorf("%+v", p)
			}
			if wrong := w.tenant.MisusedTokens(); len(wrong) > 0 {
				t.Errorf("tokens are where they do not belong: %+v", wrong)
			}
			w.wait("the answer", func() bool {
				return strings.Contains(strings.Join(texts(w.slack.Messages("C_OWN")), "\n"), "Accepted by Microsoft")
			})
			_, metrics := w.probe("/metrics")
			if !strings.Contains(metrics, `cloudpcbot_sign_ins_total{outcome="signed-in"} 1`) || !strings.Contains(metrics, `cloudpcbot_graph_calls_total{method="reprovision own",status="204"} 1`) {
				t.Errorf("metrics say:\n%s", metrics)
			}
			_, export := start(t, w.env, "audit", "export")
			if !strings.Contains(export, `"signed_in_id":"`+dansOID+`"`) {
				t.Errorf("the export says:\n%s", export)
			}
			_, shown := start(t, w.env, "audit", "show", requestOf(export))
			file, err := os.ReadFile(strings.TrimPrefix(w.env["DATABASE_URL"], "sqlite:"))
			if err != nil {
				t.Fatal(err)
			}
			log, err := os.ReadFile(strings.TrimPrefix(w.env["DATABASE_URL"], "sqlite:") + "-wal")
			if err != nil {
				t.Fatal(err)
			}
			for where, text := range map[string]string{"log": w.logged(), "metrics": metrics, "export": export, "show": shown, "ledger": string(file) + string(log)} {
				if i := slices.IndexFunc(w.tenant.Secrets(), func(secret string) bool { return strings.Contains(text, secret) }); i >= 0 {
					t.Errorf("the %s has a secret of the tenant, number %d", where, i)
				}
			}
		})
	}
}

func texts(messages []slackfake.Message) (all []string) {
	for _, m := range messages {
		all = append(all, m.Plain())
	}
	return all
}

// requestOf is the request of the first event of an export.
func requestOf(export string) string {
	_, id, _ := strings.Cut(export, `"request":"`)
	id, _, _ = strings.Cut(id, `"`)
	return id
}

// TestSelfServiceIsOffUnlessItIsSwitchedOn asks nobody for a code.
func TestSelfServiceIsOffUnlessItIsSwitchedOn(t *testing.T) {
	t.Parallel()
	w := own(t)
	delete(w.env, "SELF_SERVICE")
	w.launch()
	if _, err := w.slack.Type("U_DAN", "C_OWN", "mine").WaitAck(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.wait("the answer", func() bool {
		return strings.Contains(strings.Join(w.slack.Sees("U_DAN"), "\n"), "Self-service is switched off")
	})
	if codes := w.tenant.DeviceCodes(); len(codes) > 0 {
		t.Errorf("%+v", codes)
	}
}
