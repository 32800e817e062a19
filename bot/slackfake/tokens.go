package slackfake

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// SetScopes replaces the scopes of the bot's token. Initially it has those that the bot's manifest asks for.
func (w *Workspace) SetScopes(scopes ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scopes = map[string]bool{}
	for _, s := range scopes {
		w.scopes[s] = true
	}
}

// Scopes are the scopes of the bot's token.
func (w *Workspace) Scopes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.scopes))
}

// HideScopes removes the X-OAuth-Scopes header from every answer while on, as a proxy may.
func (w *Workspace) HideScopes(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noScopes = on
}

// RevokeToken makes every call with that token fail with reason as its error code, for instance token_revoked,
// token_expired, account_inactive or invalid_auth. Open sockets stay open.
func (w *Workspace) RevokeToken(token, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.revoked[token] = reason
}

// RestoreToken undoes RevokeToken.
func (w *Workspace) RestoreToken(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.revoked, token)
}

// SetMessagesTab switches the app's messages tab on or off. While it is off, posting to the bot's DMs fails with
// messages_tab_disabled.
func (w *Workspace) SetMessagesTab(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noTab = !on
}

// admit checks whether a call with this token may use m. The workspace is locked.
func (w *Workspace) admit(m method, token string, inHeader bool) error {
	switch {
	case token == "", m.appToken && !inHeader:
		return refuse("not_authed")
	case w.revoked[token] != "":
		return refuse(w.revoked[token])
	case token == w.appToken:
		if !m.appToken && m.runApp == nil {
			return refuse("not_allowed_token_type")
		}
		return nil
	case token != w.botToken:
		return refuse("invalid_auth")
	case m.appToken:
		return refuse("not_allowed_token_type")
	}
	return w.need(m.scope)
}

// need fails with missing_scope if the bot's token lacks scope. The scope "" is never missing.
func (w *Workspace) need(scope string) error {
	if scope == "" || w.scopes[scope] {
		return nil
	}
	return &refusal{code: "missing_scope", extra: answer{"needed": scope, "provided": w.scopeList()}}
}

func (w *Workspace) scopeList() string {
	return strings.Join(slices.Sorted(maps.Keys(w.scopes)), ",")
}

// sign adds the scopes of the token to an answer. Slack does that with all of its JSON answers, including refusals, but
// not with the HTML page of an outage.
func (w *Workspace) sign(rep reply, token string) {
	if w.noScopes || rep.header == nil || !strings.HasPrefix(rep.header.Get("Content-Type"), "application/json") {
		return
	}
	switch token {
	case w.botToken:
		rep.header.Set("X-OAuth-Scopes", w.scopeList())
	case w.appToken:
		rep.header.Set("X-OAuth-Scopes", "connections:write")
	}
}

func (w *Workspace) authTest(args) (answer, error) {
	out := answer{
		"url": "https://" + domain + ".slack.com/", "team": "Home", "user": w.people[botUser].Name,
		"team_id": w.cfg.Team, "user_id": botUser, "bot_id": botID, "is_enterprise_install": w.cfg.OrgInstall,
	}
	if w.cfg.BotApp != "" && !w.cfg.NoAppID {
		out["app_id"] = w.cfg.BotApp
	}
	if w.cfg.Enterprise != "" {
		out["enterprise_id"] = w.cfg.Enterprise
	}
	return out, nil
}

// botsInfo describes the bot by its bot_id (docs.slack.dev/reference/methods/bots.info).
func (w *Workspace) botsInfo(a args) (answer, error) {
	if a["bot"] != botID {
		return nil, refuse("bot_not_found")
	}
	return answer{"bot": answer{
		"id": botID, "deleted": false, "name": w.people[botUser].Name, "updated": 1700000000,
		"app_id": cmp.Or(w.cfg.BotApp, appID), "user_id": botUser, "icons": answer{},
	}}, nil
}

func (w *Workspace) authTestApp() (answer, error) {
	return answer{"app_id": appID, "app_name": "Reprovision Bot"}, nil
}

func (w *Workspace) connectionsOpen(args) (answer, error) {
	ticket := secret(16)
	w.tickets[ticket] = w.cfg.Now().Add(ticketLife)
	q := url.Values{"ticket": {ticket}, "app_id": {appID}}
	return answer{"url": w.root("ws") + "/link/?" + q.Encode()}, nil
}
