package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

// Slack's last envelopes come behind its word that the socket will go.
func TestEnvelopeBehindADisconnectIsAcknowledgedOnItsConnection(t *testing.T) {
	for _, reason := range []string{"warning", "refresh_requested", "something_new"} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			w.receive(handler{ask: says("I have it.")})
			w.DisconnectBeforeEnvelope(reason)
			w.acked(w.Type("U0ADA", "C0OPS", "help")) // another connection would be a problem
			w.DisconnectAfterEnvelope(reason)
			w.acked(w.Type("U0ADA", "C0OPS", "help"))
			w.await("successors", func() bool { return w.Sockets() == 2 })
		})
	}
}

// coder/websocket would answer the close frame and hang up, and let nothing out behind it.
func TestAcknowledgementGoesOutAfterSlackSaidGoodbye(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{}, func(c *Config) { c.Connections = 1 })
	w.receive(handler{ask: func(intake.Ask) intake.Response {
		w.logs.await(t, "a socket to Slack ended", 1)
		return intake.Response{Line: "I have it."}
	}})
	w.DisconnectBeforeEnvelope("refresh_requested")
	if ack := w.acked(w.Type("U0ADA", "C0OPS", "help")); ack.Connection != 1 {
		t.Errorf("acknowledged on connection %d", ack.Connection)
	}
}

func TestSuccessorIsMadeBeforeASocketIsLeft(t *testing.T) {
	for name, leave := range map[string]func(w *world){
		"warning":           func(w *world) { w.Disconnect("warning") },
		"refresh_requested": func(w *world) { w.SendFrame(`{"type":"disconnect","reason":"refresh_requested"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			events := w.socketEvents()
			w.receive(handler{})
			leave(w)
			w.await("successors", func() bool { return w.Sockets() == 4 })
			if n := events(slackfake.SocketClosed); n != 0 {
				t.Errorf("%d sockets were closed before", n)
			}
			seen := map[int]bool{}
			for range 4 {
				seen[w.acked(w.Type("U0ADA", "C0OPS", "help")).Connection] = true
			}
			if len(seen) != 4 {
				t.Errorf("only the connections %v are served", seen)
			}
		})
	}
}

// socketEvents counts what happens to sockets from now on.
func (w *world) socketEvents() func(event string) int {
	var mu sync.Mutex
	seen := map[string]int{}
	w.OnSocket(func(event string) {
		mu.Lock()
		defer mu.Unlock()
		seen[event]++
	})
	return func(event string) int {
		mu.Lock()
		defer mu.Unlock()
		return seen[event]
	}
}

// Its hello says how long Slack lets a socket live; the client does not wait for the end.
func TestSocketIsReplacedBeforeItsTimeIsOver(t *testing.T) {
	t.Parallel()
	opened := make(chan struct{}, 10)
	w := wire(t, func(conn *websocket.Conn) {
		opened <- struct{}{}
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello","debug_info":{"approximate_connection_time":1}}`))
		_, _, _ = conn.ReadMessage() // until it is left
	})
	w.start(handler{})
	wait(t, "the first", opened)
	wait(t, "the successor", opened)
}

// A socket whose time is nearly over is better than none: while no successor comes, it is read.
func TestASocketStaysUntilItsSuccessorIsThere(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{ConnectionTime: time.Second, WarningGrace: time.Hour})
	w.drain = time.Millisecond
	events := w.socketEvents()
	w.receive(handler{ask: says("I have it.")})
	w.Fail("apps.connections.open", slackfake.Fault{Status: 500})
	w.logs.await(t, "Slack did not open a socket", 3) // both are left by now, and nobody comes after them
	for range 2 {
		w.acked(w.Type("U0ADA", "C0OPS", "help"))
	}
	if n := events(slackfake.SocketClosed); n != 0 {
		t.Errorf("%d sockets are closed", n)
	}
	w.Heal()
	w.await("the old ones to go", func() bool { return !slices.Contains(w.SocketNumbers(), 1) && !slices.Contains(w.SocketNumbers(), 2) })
	w.acked(w.Type("U0ADA", "C0OPS", "help"))
}

// A predecessor goes only where its successor is still there by then.
func TestASocketIsRelievedByWhoOutlivesIt(t *testing.T) {
	for lives, goes := range map[bool]bool{true: true, false: false} {
		synctest.Test(t, func(t *testing.T) {
			s := &Client{drain: drainTimeout}
			made := func() *socket {
				c := &socket{s: s}
				c.reading, c.end = context.WithCancel(t.Context())
				return c
			}
			old, successor := made(), made()
			old.retire(successor)
			if !lives {
				successor.end()
			}
			time.Sleep(2 * drainTimeout)
			synctest.Wait()
			if old.ended() != goes {
				t.Errorf("the successor lives: %v, and the old one has ended: %v", lives, old.ended())
			}
		})
	}
}

// What is read on a socket that takes no acknowledgements would be done, and its sender told
// that it was not.
func TestASocketThatTakesNoAcknowledgementIsLeft(t *testing.T) {
	t.Parallel()
	w := wire(t, func(conn *websocket.Conn) {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`))
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"slash_commands","envelope_id":"e1","payload":{"user_id":"U0ADA","team_id":"T0HOME"}}`))
		_, _ = io.Copy(io.Discard, conn.NetConn())
	})
	c, err := w.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.stream.ReadWriteCloser = takesNothing{c.stream.ReadWriteCloser}
	go c.serve(handler{ask: says("I have it.")})
	wait(t, "the socket to be left", c.leaving)
}

type takesNothing struct{ io.ReadWriteCloser }

func (takesNothing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestGarbageIsSkipped(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.receive(handler{ask: says("I have it.")})
	for _, frame := range []string{"", "{", "[]", "null", `{"type":7}`, `{"type":"novelty"}`, `{"type":"hello"}`, "\x00\xff", `{"envelope_id":"e","type":"slash_commands"}`} {
		w.SendFrame(frame)
	}
	for range 2 {
		w.acked(w.Type("U0ADA", "C0OPS", "help"))
	}
	if n := len(w.called("apps.connections.open")); n != 2 {
		t.Errorf("%d sockets were asked for", n)
	}
	if n := w.live.Load(); n != 2 {
		t.Errorf("%d sockets count as open", n)
	}
}

// Slack would bring it again, and it would be no clearer.
func TestGarbageIsAcknowledgedCountedAndNotRepeated(t *testing.T) {
	t.Parallel()
	frames := make(chan string, 10)
	const private = "what nobody may read"
	w := wire(t, func(conn *websocket.Conn) {
		for _, f := range []string{
			`{"type":"hello"}`,
			`{"type":7,"envelope_id":"e1","payload":{"text":"` + private + `"}}`,
			`{"type":"slash_commands", "envelope_id" : "e2", "payload":{"text":"` + private,
			`{"type":"slash_commands","payload":{"text":"\"envelope_id\":\"e3\"` + private, // somebody's text
			private,
			`{"type":"slash_commands","envelope_id":"e4","payload":"` + private + `"}`,
		} {
			_ = conn.WriteMessage(websocket.TextMessage, []byte(f))
		}
		for {
			_, raw, err := conn.ReadMessage()
			if err != nil {
				return
			}
			frames <- string(raw)
		}
	})
	w.start(handler{ask: func(intake.Ask) intake.Response { t.Error("handed over"); return intake.Response{} }})
	for _, id := range []string{"e1", "e2", "e4"} {
		if got := wait(t, "an ack", frames); got != `{"envelope_id":"`+id+`"}` {
			t.Errorf("acknowledged %s, want %s", got, id)
		}
	}
	w.logs.await(t, `count=5`, 1)
	if strings.Contains(w.logs.String(), private) {
		t.Errorf("logged: %s", w.logs)
	}
}

func TestEnvelopesInPiecesAreRead(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.receive(handler{ask: says(words.Line(strings.Repeat("long ", 3000)))})
	w.SplitEnvelopes(true)
	if ack := w.acked(w.Type("U0ADA", "C0OPS", strings.Repeat("x", 3000))); len(ack.Payload) < 15000 {
		t.Errorf("payload is %d bytes", len(ack.Payload))
	}
}

func TestStoppingFinishesWhatIsInHand(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	begun, finish := make(chan struct{}, 2), make(chan struct{})
	stop := w.receive(handler{ask: func(intake.Ask) intake.Response {
		begun <- struct{}{}
		<-finish
		return intake.Response{Line: "I have it."}
	}})
	interactions := []*slackfake.Interaction{w.Type("U0ADA", "C0OPS", "one"), w.Type("U0ADA", "C0OPS", "two")}
	wait(t, "a handler", begun)
	wait(t, "a handler", begun)
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	w.logs.await(t, "a socket to Slack ended", 2)
	select {
	case err := <-ended:
		t.Errorf("Receive ended with work in hand: %v", err)
	default:
	}
	close(finish)
	for _, g := range interactions {
		w.acked(g)
	}
	if err := wait(t, "the end", ended); err != nil {
		t.Errorf("Receive: %v", err)
	}
	if diff := len(w.sources("U0ADA")); diff != 2 {
		t.Errorf("%d answers were shown", diff)
	}
}

// The order on the wire: the acknowledgement, then a close frame, then nothing.
func TestStoppingSaysGoodbyeBehindTheLastAcknowledgement(t *testing.T) {
	t.Parallel()
	frames := make(chan string, 10)
	w := wire(t, func(conn *websocket.Conn) {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`))
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"slash_commands","envelope_id":"e1","payload":{"user_id":"U0ADA","team_id":"T0HOME"}}`))
		for {
			_, raw, err := conn.ReadMessage()
			if err != nil {
				frames <- err.Error()
				return
			}
			frames <- string(raw)
		}
	})
	begun, finish := make(chan struct{}, 1), make(chan struct{})
	stop := w.start(handler{ask: func(intake.Ask) intake.Response {
		begun <- struct{}{}
		<-finish
		return intake.Response{}
	}})
	wait(t, "the handler", begun)
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	w.logs.await(t, "a socket to Slack ended", 1)
	close(finish)
	if err := wait(t, "the end", ended); err != nil {
		t.Errorf("Receive: %v", err)
	}
	if got := wait(t, "the ack", frames); got != `{"envelope_id":"e1"}` {
		t.Errorf("first came %s", got)
	}
	want := (&websocket.CloseError{Code: websocket.CloseNormalClosure}).Error()
	if got := wait(t, "the goodbye", frames); got != want {
		t.Errorf("then came %s, want %s", got, want)
	}
}

// wire is a Slack of the test's own making, where serve holds the far end of the one socket.
func wire(t *testing.T, serve func(*websocket.Conn)) *world {
	t.Helper()
	var server *httptest.Server
	mux := http.NewServeMux()
	mux.HandleFunc("/auth.test", func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write([]byte(`{"ok":true,"team_id":"T0HOME","user_id":"U0BOT","url":"https://home.slack.com/"}`))
	})
	mux.HandleFunc("/apps.connections.open", func(rw http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(rw).Encode(map[string]any{"ok": true, "url": "ws" + strings.TrimPrefix(server.URL, "http") + "/link"})
	})
	mux.HandleFunc("/link", func(rw http.ResponseWriter, r *http.Request) {
		conn, err := (&websocket.Upgrader{}).Upgrade(rw, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		serve(conn)
	})
	server = httptest.NewServer(mux)
	t.Cleanup(server.Close)
	w := &world{t: t, logs: newLogs()}
	var err error
	w.Client, err = Open(t.Context(), Config{APIURL: server.URL + "/", HTTP: server.Client(), Log: w.logs.logger(), Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestReadyMeansASocketIsOpen(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	if w.Ready(t.Context()) == nil {
		t.Error("ready before anything is open")
	}
	w.cooldowns.Begin(opening, time.Second)
	if err := w.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "Slack asked to wait 1s") {
		t.Errorf("it does not name what it waits for: %v", err)
	}
	stop := w.receive(handler{})
	w.logs.await(t, "a socket to Slack is open", 2)
	if err := w.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if err := errors.Join(stop(), w.Ready(t.Context())); err == nil {
		t.Error("ready after the end")
	}
}
