package slackfake

import (
	"net/http"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	w := open(t, Config{})
	for _, c := range []struct{ name, token, method, code string }{
		{"none", "", "auth.test", "not_authed"},
		{"unknown", "xoxb-1-2-3", "auth.test", "invalid_auth"},
		{"bot", w.BotToken(), "auth.test", ""},
		{"app-level for auth.test", w.AppToken(), "auth.test", ""},
		{"app-level for another method", w.AppToken(), "users.info", "not_allowed_token_type"},
		{"app-level in the form", w.AppToken(), "apps.connections.open", "not_authed"},
		{"unknown method", w.BotToken(), "chat.shout", "unknown_method"},
	} {
		t.Run(c.name, func(t *testing.T) { callAs(t, w, c.token, c.method).wants(t, c.code) })
	}
	callJSON(t, w, w.BotToken(), "apps.connections.open", "").wants(t, "not_allowed_token_type")
	callJSON(t, w, "", "auth.test", `{"token":"`+w.BotToken()+`"}`).wants(t, "not_authed")
	callJSON(t, w, w.BotToken(), "auth.test", `{`).wants(t, "invalid_json")

	r, _ := http.NewRequest(http.MethodGet, w.URL()+"auth.test?token="+w.BotToken(), nil)
	send(t, r).wants(t, "not_authed")
	r, _ = http.NewRequest(http.MethodGet, w.URL()+"apps.connections.open", nil)
	r.Header.Set("Authorization", "Bearer "+w.AppToken())
	send(t, r).wants(t, "insecure_request")
}

func TestRevokedTokenSaysWhy(t *testing.T) {
	w := open(t, Config{})
	w.RevokeToken(w.BotToken(), "account_inactive")
	w.RevokeToken(w.AppToken(), "token_expired")
	call(t, w, "auth.test").wants(t, "account_inactive")
	callJSON(t, w, w.AppToken(), "apps.connections.open", "").wants(t, "token_expired")
	w.RestoreToken(w.BotToken())
	call(t, w, "auth.test").wants(t, "")
}

func TestMissingScopeNamesIt(t *testing.T) {
	w := open(t, Config{})
	w.SetScopes("commands", "users:read")
	res := call(t, w, "chat.postMessage", "channel=C0OPS", "text=hi").wants(t, "missing_scope")
	if res.body.Needed != "chat:write" || res.body.Provided != "commands,users:read" {
		t.Errorf("needed %q provided %q", res.body.Needed, res.body.Provided)
	}
	if got := res.header.Get("X-OAuth-Scopes"); got != "commands,users:read" {
		t.Errorf("X-OAuth-Scopes %q", got)
	}
	call(t, w, "conversations.info", "channel=C0OPS").wants(t, "missing_scope")
	w.Fail("chat.update", Fault{Error: "fatal_error", Times: 1})
	if got := call(t, w, "chat.update").wants(t, "fatal_error").header.Get("X-OAuth-Scopes"); got != "commands,users:read" {
		t.Errorf("a failed call carries X-OAuth-Scopes %q", got)
	}
	if got := callAs(t, w, w.AppToken(), "auth.test").header.Get("X-OAuth-Scopes"); got != "connections:write" {
		t.Errorf("the app-level token carries X-OAuth-Scopes %q", got)
	}
	w.HideScopes(true)
	if got := call(t, w, "auth.test").header.Values("X-OAuth-Scopes"); len(got) > 0 {
		t.Errorf("hidden and there: %q", got)
	}
	w.SetScopes("users:read")
	if email := call(t, w, "users.info", "user=U0ADA").wants(t, "").body.User["profile"].(map[string]any)["email"]; email != nil {
		t.Errorf("e-mail %v without users:read.email", email)
	}
}

func TestAuthTestTellsWhoAndWhere(t *testing.T) {
	w := open(t, Config{Enterprise: "E0HOME", OrgInstall: true})
	raw := call(t, w, "auth.test").wants(t, "").raw
	for _, part := range []string{`"team_id":"T0HOME"`, `"enterprise_id":"E0HOME"`, `"is_enterprise_install":true`, `"user_id":"` + w.BotUser() + `"`, `"bot_id":"B`} {
		if !strings.Contains(raw, part) {
			t.Errorf("%s lacks %s", raw, part)
		}
	}
}

func TestReadsTakeNoJSONBody(t *testing.T) {
	w := open(t, Config{})
	callJSON(t, w, w.BotToken(), "users.info", `{"user":"U0ADA"}`).wants(t, "invalid_arguments")
	callJSON(t, w, w.BotToken(), "chat.postMessage", `{"channel":"C0OPS","text":"hi"}`).wants(t, "")
}

func TestCallsKeepNoToken(t *testing.T) {
	w := open(t, Config{})
	call(t, w, "chat.postMessage", "channel=C0OPS", "text=hi").wants(t, "")
	callJSON(t, w, w.AppToken(), "apps.connections.open", "")
	callAs(t, w, "geheim", "auth.test").wants(t, "invalid_auth")
	calls := w.Calls()
	for i, want := range []Call{
		{Method: "chat.postMessage", Token: "xoxb-…", Status: 200},
		{Method: "apps.connections.open", Token: "xapp-…", Status: 200},
		{Method: "auth.test", Token: "…", Status: 200, Error: "invalid_auth"},
	} {
		got := calls[i]
		if got.N != i+1 || got.Method != want.Method || got.Token != want.Token || got.Status != want.Status || got.Error != want.Error {
			t.Errorf("call %d is %+v, want %+v", i, got, want)
		}
		if got.Args["token"] != "" {
			t.Errorf("call %d keeps the token", i)
		}
	}
	if got := calls[0].Args["text"]; got != "hi" {
		t.Errorf("text %q", got)
	}
}

func TestHookRunsBeforeActingAndAfterAnswering(t *testing.T) {
	w := open(t, Config{})
	var seen []string
	done := make(chan struct{})
	w.OnCall(func(c Call, phase string) {
		seen = append(seen, phase+" "+c.Error)
		if phase == Arrived && len(w.Messages("C0OPS")) != 0 {
			t.Error("it acted before it told")
		}
		if phase == Answered {
			if len(w.Messages("C0OPS")) != 1 {
				t.Error("it told before it acted")
			}
			close(done)
		}
	})
	call(t, w, "chat.postMessage", "channel=C0OPS", "text=hi").wants(t, "")
	<-done
	if strings.Join(seen, ",") != "arrived ,answered " {
		t.Errorf("phases %q", seen)
	}
}
