package slackfake

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// method is one Web API method. run is called with the workspace locked.
type method struct {
	scope    string // scope that the bot's token needs; "" = none, or run checks by itself
	json     bool   // accepts its arguments as a JSON body
	appToken bool   // requires the app-level token, in the header
	tier2    bool   // is limited by Config.Tier2
	run      func(w *Workspace, a args) (answer, error)
	runApp   func(w *Workspace) (answer, error) // run for the app-level token, if the method accepts both kinds
}

type answer map[string]any

var methods = map[string]method{
	"apps.connections.open": {appToken: true, json: true, run: (*Workspace).connectionsOpen},
	"auth.test":             {json: true, run: (*Workspace).authTest, runApp: (*Workspace).authTestApp},
	"bots.info":             {scope: "users:read", run: (*Workspace).botsInfo},
	"chat.delete":           {scope: "chat:write", json: true, run: (*Workspace).chatDelete},
	"chat.getPermalink":     {run: (*Workspace).chatGetPermalink},
	"chat.postEphemeral":    {scope: "chat:write", json: true, run: (*Workspace).chatPostEphemeral},
	"chat.postMessage":      {scope: "chat:write", json: true, run: (*Workspace).chatPostMessage},
	"chat.update":           {scope: "chat:write", json: true, run: (*Workspace).chatUpdate},
	"conversations.info":    {run: (*Workspace).conversationsInfo},
	"conversations.members": {run: (*Workspace).conversationsMembers},
	"conversations.open":    {scope: "im:write", json: true, run: (*Workspace).conversationsOpen},
	"usergroups.list":       {scope: "usergroups:read", tier2: true, run: (*Workspace).usergroupsList},
	"usergroups.users.list": {scope: "usergroups:read", tier2: true, run: (*Workspace).usergroupsUsersList},
	"users.info":            {scope: "users:read", run: (*Workspace).usersInfo},
	"users.lookupByEmail":   {scope: "users:read.email", run: (*Workspace).usersLookupByEmail},
	"views.open":            {json: true, run: (*Workspace).viewsOpen},
	"views.update":          {json: true, run: (*Workspace).viewsUpdate},
}

// refusal is the error of a request that Slack answers with ok:false.
type refusal struct {
	code     string
	messages []string // response_metadata.messages
	extra    answer
}

func (r *refusal) Error() string { return r.code }

func refuse(code string, messages ...string) error { return &refusal{code: code, messages: messages} }

func missing(field string) error {
	return refuse("invalid_arguments", "[ERROR] missing required field: "+field)
}

// throttled is the error of a request that Slack answers with 429.
type throttled struct{ after time.Duration }

func (t *throttled) Error() string { return "ratelimited" }

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	m, known := methods[name]
	token, inHeader, a, problem := readRequest(r, m)
	c := &Call{Method: name, Args: a, Token: prefix(token), sign: func(rep reply) { w.sign(rep, token) }}
	w.serve(rw, c, func() reply {
		var out answer
		err := problem
		switch {
		case !known:
			err = &refusal{code: "unknown_method", extra: answer{"req_method": name}}
		case m.appToken && r.Method != http.MethodPost:
			err = refuse("insecure_request")
		case err == nil:
			if err = w.admit(m, token, inHeader); err == nil && m.tier2 {
				err = w.tier2(name)
			}
			switch {
			case err != nil:
			case token == w.appToken && m.runApp != nil:
				out, err = m.runApp(w)
			default:
				out, err = m.run(w, a)
			}
		}
		return apiReply(out, err)
	})
}

// args are the arguments of a call by name. A JSON value other than a string is kept as its compact JSON text.
type args map[string]string

func (a args) yes(name string) bool { return a[name] == "true" || a[name] == "1" }

// readRequest reads the token and the arguments of a request from the places where Slack looks for them.
func readRequest(r *http.Request, m method) (token string, inHeader bool, a args, err error) {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token, inHeader = bearer, true
	}
	a = args{}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == "application/json" && r.Method == http.MethodPost:
		if !m.json {
			return token, inHeader, a, nil // like Slack, ignore such a body
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || len(bytes.TrimSpace(body)) == 0 {
			return token, inHeader, a, err
		}
		if a, err = readJSON(body); err != nil {
			return token, inHeader, args{}, refuse("invalid_json")
		}
		delete(a, "token") // Slack accepts a token in a form body, not in a JSON body
		return token, inHeader, a, nil
	case kind == "" && r.Method == http.MethodPost && r.ContentLength > 0:
		return token, inHeader, a, refuse("missing_post_type")
	case kind == "multipart/form-data":
		err = r.ParseMultipartForm(1 << 20)
	case kind == "" || kind == "application/x-www-form-urlencoded":
		err = r.ParseForm()
	default:
		return token, inHeader, a, refuse("invalid_post_type")
	}
	if err != nil {
		return token, inHeader, a, refuse("invalid_form_data")
	}
	for name := range r.Form {
		a[name] = r.Form.Get(name)
	}
	if !inHeader {
		token = r.PostForm.Get("token") // never from the query string
	}
	delete(a, "token")
	return token, inHeader, a, nil
}

func readJSON(body []byte) (args, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	a := args{}
	for name, raw := range fields {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			if string(raw) != "null" {
				a[name] = text
			}
			continue
		}
		var flat bytes.Buffer
		_ = json.Compact(&flat, raw) // raw has been parsed already
		a[name] = flat.String()
	}
	return a, nil
}

// reply is an HTTP answer.
type reply struct {
	status int // 0 = drop the connection without an answer
	header http.Header
	body   []byte
	err    string // the code in the body, for the log
}

func jsonReply(status int, body any) reply {
	return reply{status: status, header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body: encode(body)}
}

func apiReply(out answer, err error) reply {
	var late *throttled
	var no *refusal
	switch {
	case err == nil:
		if out == nil {
			out = answer{}
		}
		out["ok"] = true
		return jsonReply(http.StatusOK, out)
	case errors.As(err, &late):
		rep := jsonReply(http.StatusTooManyRequests, answer{"ok": false, "error": "ratelimited"})
		rep.header.Set("Retry-After", seconds(late.after))
		rep.err = "ratelimited"
		return rep
	case errors.As(err, &no):
		body := answer{"ok": false, "error": no.code}
		for k, v := range no.extra {
			body[k] = v
		}
		if len(no.messages) > 0 {
			body["response_metadata"] = answer{"messages": no.messages}
		}
		rep := jsonReply(http.StatusOK, body)
		rep.err = no.code
		return rep
	}
	rep := jsonReply(http.StatusOK, answer{"ok": false, "error": "internal_error"})
	rep.err = err.Error()
	return rep
}

// encode returns v as JSON the way Slack writes it, with & < > unescaped.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("slackfake: " + err.Error()) // cannot happen: v is one of our own maps or parsed JSON
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
