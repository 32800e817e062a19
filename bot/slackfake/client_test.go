package slackfake

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// The tests talk to the workspace as an app does: plain HTTP, and gorilla for the socket.

const patience = 20 * time.Second // nobody waits that long unless something is broken

type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Unix(1_800_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// open is a workspace with ada and ben in #ops with the bot, cleo outside, and a private room without the bot.
func open(t *testing.T, cfg Config) *Workspace {
	t.Helper()
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.AddPerson(Person{ID: "U0ADA", Name: "ada", RealName: "Ada Lovelace", Email: "ada@contoso.com"})
	w.AddPerson(Person{ID: "U0BEN", Name: "ben", RealName: "Ben", Email: "ben@contoso.com"})
	w.AddPerson(Person{ID: "U0CLEO", Name: "cleo", RealName: "Cleo"})
	w.AddPerson(Person{ID: "U0EVE", Name: "eve", Team: "T0AWAY", Stranger: true})
	w.AddChannel(Channel{ID: "C0OPS", Name: "ops", BotIn: true, Members: []string{"U0ADA", "U0BEN", "U0EVE"}})
	w.AddChannel(Channel{ID: "C0LOBBY", Name: "lobby", Members: []string{"U0ADA"}})
	w.AddChannel(Channel{ID: "G0BOARD", Name: "board", Private: true, Members: []string{"U0ADA"}})
	w.AddChannel(Channel{ID: "D0TWO", IM: true, Members: []string{"U0ADA", "U0BEN"}})
	w.AddGroup(Group{ID: "S0ADMINS", Handle: "it-admins", Users: []string{"U0ADA", "U0BEN"}})
	return w
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func await(t *testing.T, w *Workspace, what string, cond func() bool) {
	t.Helper()
	if err := w.Wait(within(t), cond); err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}

type response struct {
	status int
	header http.Header
	raw    string
	body   struct {
		OK        bool   `json:"ok"`
		Error     string `json:"error"`
		Needed    string `json:"needed"`
		Provided  string `json:"provided"`
		TS        string `json:"ts"`
		MessageTS string `json:"message_ts"`
		URL       string `json:"url"`
		Channel   any    `json:"channel"`
		Message   struct {
			ThreadTS string `json:"thread_ts"`
			Text     string `json:"text"`
		} `json:"message"`
		Metadata struct {
			Messages []string `json:"messages"`
			Cursor   string   `json:"next_cursor"`
		} `json:"response_metadata"`
		Members []string         `json:"members"`
		Users   []string         `json:"users"`
		Groups  []map[string]any `json:"usergroups"`
		User    map[string]any   `json:"user"`
		View    struct {
			ID, Hash string
		} `json:"view"`
	}
}

func send(t *testing.T, r *http.Request) response {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	if _, err := io.Copy(&b, res.Body); err != nil {
		t.Fatal(err)
	}
	out := response{status: res.StatusCode, header: res.Header, raw: b.String()}
	_ = json.Unmarshal([]byte(out.raw), &out.body)
	return out
}

// call makes a form-encoded call with the bot's token; args are name=value.
func call(t *testing.T, w *Workspace, method string, args ...string) response {
	t.Helper()
	return callAs(t, w, w.BotToken(), method, args...)
}

func callAs(t *testing.T, w *Workspace, token, method string, args ...string) response {
	t.Helper()
	form := url.Values{"token": {token}}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		form.Set(name, value)
	}
	r, _ := http.NewRequestWithContext(within(t), http.MethodPost, w.URL()+method, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(t, r)
}

func callJSON(t *testing.T, w *Workspace, token, method, body string) response {
	t.Helper()
	r, _ := http.NewRequestWithContext(within(t), http.MethodPost, w.URL()+method, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return send(t, r)
}

func respondTo(t *testing.T, link, body string) response {
	t.Helper()
	r, _ := http.NewRequestWithContext(within(t), http.MethodPost, link, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return send(t, r)
}

func (r response) wants(t *testing.T, code string) response {
	t.Helper()
	if r.body.Error != code || r.body.OK != (code == "") {
		t.Fatalf("answer is %d %s, want error %q", r.status, r.raw, code)
	}
	return r
}

// app is a socket of the app.
type app struct {
	t    *testing.T
	conn *websocket.Conn
}

type frame struct {
	Type       string `json:"type"`
	Reason     string `json:"reason"`
	EnvelopeID string `json:"envelope_id"`
	Accepts    bool   `json:"accepts_response_payload"`
	Attempt    *int   `json:"retry_attempt"`
	Sockets    int    `json:"num_connections"`
	Info       struct {
		AppID string `json:"app_id"`
	} `json:"connection_info"`
	Payload map[string]any `json:"payload"`
}

func connectURL(t *testing.T, w *Workspace) string {
	t.Helper()
	return callJSON(t, w, w.AppToken(), "apps.connections.open", "").wants(t, "").body.URL
}

// connect opens a socket. An ack longer than the buffer goes out in pieces; without one that is gorilla's, 4096 bytes.
func connect(t *testing.T, w *Workspace, buffer ...int) *app {
	t.Helper()
	dialer := *websocket.DefaultDialer
	for _, n := range buffer {
		dialer.WriteBufferSize = n
	}
	conn, _, err := dialer.Dial(connectURL(t, w), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &app{t, conn}
}

// online is connect, with the hello read.
func online(t *testing.T, w *Workspace, buffer ...int) *app {
	t.Helper()
	a := connect(t, w, buffer...)
	if f := a.next(); f.Type != "hello" {
		t.Fatalf("first frame is %+v", f)
	}
	return a
}

func (a *app) next() frame {
	a.t.Helper()
	var f frame
	_ = a.conn.SetReadDeadline(time.Now().Add(patience))
	if err := a.conn.ReadJSON(&f); err != nil {
		a.t.Fatalf("next frame: %v", err)
	}
	return f
}

func (a *app) ended() error {
	a.t.Helper()
	_ = a.conn.SetReadDeadline(time.Now().Add(patience))
	_, data, err := a.conn.ReadMessage()
	if err == nil {
		a.t.Fatalf("got %s, want the end of the connection", data)
	}
	if e, ok := err.(interface{ Timeout() bool }); ok && e.Timeout() {
		a.t.Fatal("the connection does not end")
	}
	return err
}

func (a *app) ack(id string, payload string) {
	a.t.Helper()
	text := `{"envelope_id":"` + id + `"}`
	if payload != "" {
		text = `{"envelope_id":"` + id + `","payload":` + payload + `}`
	}
	if err := a.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		a.t.Fatal(err)
	}
}

// buttons is a message's blocks with Approve and Deny.
const buttons = `[{"type":"section","block_id":"what","text":{"type":"mrkdwn","text":"Reprovision *CPC-ada*, asked by <@U0ADA>"}},
 {"type":"actions","block_id":"decision","elements":[
  {"type":"button","action_id":"approve","text":{"type":"plain_text","text":"Approve"},"style":"primary","value":"R-7K3F"},
  {"type":"button","action_id":"deny","text":{"type":"plain_text","text":"Deny"},"style":"danger","value":"R-7K3F"}]}]`

// card posts buttons to #ops.
func card(t *testing.T, w *Workspace) Message {
	t.Helper()
	ts := call(t, w, "chat.postMessage", "channel=C0OPS", "text=card", "blocks="+buttons).wants(t, "").body.TS
	for _, m := range w.Messages("C0OPS") {
		if m.TS == ts {
			return m
		}
	}
	t.Fatal("the card is not there")
	return Message{}
}
