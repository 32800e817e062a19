package slackio

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

const patience = 20 * time.Second // nobody waits that long unless something is broken

// world is a workspace, and the client that is tested in it.
type world struct {
	*slackfake.Workspace
	*Client
	t     *testing.T
	logs  *logs
	clock *clock // the workspace's; the client has the real one unless a test says otherwise
}

// ada and ben are in #ops with the bot, and ada in a lobby that the bot is not in. Eve is a
// stranger in #ops.
func open(t *testing.T, fake slackfake.Config, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, logs: newLogs(), clock: &clock{at: time.Now()}}
	fake.Now = w.clock.now
	var err error
	if w.Workspace, err = slackfake.New(fake); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Workspace.Close)
	w.AddPerson(slackfake.Person{ID: "U0ADA", Name: "ada"})
	w.AddPerson(slackfake.Person{ID: "U0BEN", Name: "ben"})
	w.AddPerson(slackfake.Person{ID: "U0EVE", Name: "eve", Team: "T0AWAY", Stranger: true})
	w.AddChannel(slackfake.Channel{ID: "C0OPS", Name: "ops", BotIn: true, Members: []string{"U0ADA", "U0BEN", "U0EVE"}})
	w.AddChannel(slackfake.Channel{ID: "C0LOBBY", Name: "lobby", Members: []string{"U0ADA"}})
	if w.Client, err = Open(t.Context(), w.config(change...)); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) config(change ...func(*Config)) Config {
	transport := &http.Transport{}
	w.t.Cleanup(transport.CloseIdleConnections)
	c := Config{
		AppToken: auth.NewSecret(w.Workspace.AppToken()), BotToken: auth.NewSecret(w.Workspace.BotToken()), APIURL: w.URL(),
		HTTP: &http.Client{Transport: transport, Timeout: patience}, Log: w.logs.logger(),
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

// receive lets the client receive for h until stop is called, which returns what Receive
// did. It comes back once all sockets are open.
func (w *world) receive(h handler) (stop func() error) {
	w.t.Helper()
	stop = w.start(h)
	w.await("sockets", func() bool { return w.Sockets() == w.Connections })
	return stop
}

func (w *world) start(h handler) (stop func() error) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Receive(ctx, h) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return wait(w.t, "the end of Receive", ended)
	})
	w.t.Cleanup(func() { _ = stop() })
	return stop
}

func (w *world) within() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w.t.Cleanup(cancel)
	return ctx
}

func (w *world) await(what string, cond func() bool) {
	w.t.Helper()
	if err := w.Wait(w.within(), cond); err != nil {
		w.t.Fatalf("waiting for %s: %v", what, err)
	}
}

// acked is the acknowledgement of g, which Slack must have no fault to find with.
func (w *world) acked(g *slackfake.Interaction) slackfake.Ack {
	w.t.Helper()
	ack, err := g.WaitAck(w.within())
	if err != nil {
		w.t.Fatal(err)
	}
	if ack.Problem != "" {
		w.t.Fatalf("ack of %s: %s", g.Kind, ack.Problem)
	}
	return ack
}

// posted is a card in #ops with these buttons.
func (w *world) posted(actions ...words.Action) slackfake.Message {
	w.t.Helper()
	c := words.Card{Request: "R-7K3F", Title: "Reprovision CPC-ada", Notice: "Reprovision CPC-ada", Status: "Waiting."}
	for _, a := range actions {
		c.Buttons = append(c.Buttons, words.Button{Action: a, Text: string(a)})
	}
	at, err := w.Post(w.within(), "C0OPS", c, words.Mentions{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range w.Messages(at.Channel) {
		if m.TS == at.TS {
			return m
		}
	}
	w.t.Fatalf("no message stands at %v", at)
	return slackfake.Message{}
}

// called are the calls of a method so far.
func (w *world) called(method string) []slackfake.Call {
	var list []slackfake.Call
	for _, c := range w.Calls() {
		if c.Method == method {
			list = append(list, c)
		}
	}
	return list
}

// hold stops calls of a method on arrival until release is called; each tells of itself.
func (w *world) hold(method string) (arrived chan struct{}, release func()) {
	arrived, gate := make(chan struct{}, 100), make(chan struct{})
	release = sync.OnceFunc(func() { close(gate) })
	w.t.Cleanup(release)
	w.OnCall(func(c slackfake.Call, phase string) {
		if c.Method == method && phase == slackfake.Arrived {
			arrived <- struct{}{}
			<-gate
		}
	})
	return arrived, release
}

// sources are where a person's whispers came from, Slack's own left out.
func (w *world) sources(person string) []string {
	var list []string
	for _, e := range w.Ephemerals(person) {
		if e.Source != "slack" {
			list = append(list, e.Source)
		}
	}
	return list
}

// handler takes in interactions as its functions say; without one there is nothing to answer.
type handler struct {
	ask     func(intake.Ask) intake.Response
	click   func(intake.Click) intake.Response
	submit  func(intake.Form) intake.Response
	confirm func(intake.Confirmation) intake.Response

	shortcut func(intake.Shortcut) intake.Response
	search   func(intake.Search) []intake.Choice
	request  func(intake.Submission) intake.Response
}

func (h handler) Ask(_ context.Context, a intake.Ask) intake.Response         { return or(h.ask, a) }
func (h handler) Click(_ context.Context, c intake.Click) intake.Response     { return or(h.click, c) }
func (h handler) DenyReason(_ context.Context, f intake.Form) intake.Response { return or(h.submit, f) }

func (h handler) Confirm(_ context.Context, c intake.Confirmation) intake.Response {
	return or(h.confirm, c)
}

func (h handler) Shortcut(_ context.Context, s intake.Shortcut) intake.Response {
	return or(h.shortcut, s)
}
func (h handler) Submit(_ context.Context, s intake.Submission) intake.Response {
	return or(h.request, s)
}
func (h handler) Search(_ context.Context, s intake.Search) []intake.Choice {
	if h.search == nil {
		return nil
	}
	return h.search(s)
}

func or[T any](f func(T) intake.Response, interaction T) intake.Response {
	if f == nil {
		return intake.Response{}
	}
	return f(interaction)
}

func says(l words.Line) func(intake.Ask) intake.Response {
	return func(intake.Ask) intake.Response { return intake.Response{Line: l} }
}

// wait is what comes out of a channel.
func wait[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Errorf("waited in vain for %s", what)
		panic(errors.New("waited in vain for " + what))
	}
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

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

// logs is everything that was logged, as text, and whoever waits for it.
type logs struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func newLogs() *logs { return &logs{changed: make(chan struct{})} }

func (l *logs) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await comes back when the words stand in the log n times.
func (l *logs) await(t *testing.T, words string, n int) {
	t.Helper()
	end := time.After(patience)
	for {
		l.mu.Lock()
		text, changed := l.text.String(), l.changed
		l.mu.Unlock()
		if strings.Count(text, words) >= n {
			return
		}
		select {
		case <-changed:
		case <-end:
			t.Fatalf("%q is not %d times in the log:\n%s", words, n, text)
		}
	}
}
