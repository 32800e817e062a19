package slackfake

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestHelloCountsConnections(t *testing.T) {
	w := open(t, Config{})
	for n := 1; n <= 2; n++ {
		f := connect(t, w).next()
		if f.Type != "hello" || f.Sockets != n || f.Info.AppID != w.AppID() {
			t.Errorf("hello %d is %+v", n, f)
		}
	}
}

func TestTicketsAreForOneConnectionAndSoon(t *testing.T) {
	c := newClock()
	w := open(t, Config{Now: c.now})
	dial := func(url string) int {
		conn, res, err := websocket.DefaultDialer.Dial(url, nil)
		if err == nil {
			conn.Close()
		}
		return res.StatusCode
	}
	url := connectURL(t, w)
	if got := dial(url); got != http.StatusSwitchingProtocols {
		t.Fatalf("first use: %d", got)
	}
	if got := dial(url); got != http.StatusForbidden {
		t.Errorf("second use: %d", got)
	}
	url = connectURL(t, w)
	c.pass(time.Minute)
	if got := dial(url); got != http.StatusForbidden {
		t.Errorf("a minute later: %d", got)
	}
	w.RefuseSockets(true)
	if got := dial(connectURL(t, w)); got != http.StatusServiceUnavailable {
		t.Errorf("refused: %d", got)
	}
}

func TestTheEleventhSocketIsTurnedAway(t *testing.T) {
	w := open(t, Config{})
	for range 10 {
		online(t, w)
	}
	a := connect(t, w)
	if f := a.next(); f.Type != "disconnect" || f.Reason != "too_many_websockets" {
		t.Errorf("the eleventh got %+v", f)
	}
	a.ended()
	if n := w.Sockets(); n != 10 {
		t.Errorf("%d sockets", n)
	}
}

func TestEnvelopesGoRound(t *testing.T) {
	w := open(t, Config{})
	one, two := online(t, w), online(t, w)
	var sent []string
	for range 4 {
		sent = append(sent, w.Type("U0ADA", "C0OPS", "list").EnvelopeID())
	}
	got := []string{one.next().EnvelopeID, two.next().EnvelopeID, one.next().EnvelopeID, two.next().EnvelopeID}
	if strings.Join(got, " ") != strings.Join(sent, " ") {
		t.Errorf("got %v, sent %v", got, sent)
	}
}

func TestPingsAndSilence(t *testing.T) {
	w := open(t, Config{PingEvery: 10 * time.Millisecond})
	a := online(t, w)
	pings := make(chan string, 100)
	a.conn.SetPingHandler(func(text string) error {
		select {
		case pings <- text:
		default:
		}
		return nil // never a pong
	})
	if err := a.ended(); !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "EOF") {
		t.Errorf("a client without pongs sees %v", err)
	}
	if text := <-pings; !strings.HasPrefix(text, "Ping from applink-") {
		t.Errorf("ping %q", text)
	}
	if n := len(pings) + 1; n != missedPongs {
		t.Errorf("%d pings, want %d", n, missedPongs)
	}
	await(t, w, "the socket to be forgotten", func() bool { return w.Sockets() == 0 })
}

func TestPongsKeepTheSocket(t *testing.T) {
	w := open(t, Config{PingEvery: 25 * time.Millisecond})
	a := online(t, w)
	pings, seen := 0, make(chan struct{})
	pong := a.conn.PingHandler()
	a.conn.SetPingHandler(func(text string) error {
		if pings++; pings == 2*missedPongs {
			close(seen)
		}
		return pong(text)
	})
	go func() { <-seen; w.Type("U0ADA", "C0OPS", "list") }()
	if f := a.next(); f.Type != "slash_commands" {
		t.Errorf("got %+v", f)
	}
}

func TestMuteStopsPingsOnly(t *testing.T) {
	w := open(t, Config{PingEvery: time.Millisecond})
	w.Mute(true)
	a := online(t, w)
	a.conn.SetPingHandler(func(string) error { t.Error("a ping"); return nil })
	time.AfterFunc(20*time.Millisecond, func() { w.Type("U0ADA", "C0OPS", "list") })
	if f := a.next(); f.Type != "slash_commands" {
		t.Errorf("got %+v", f)
	}
}

func TestWarningLeavesTimeForEnvelopes(t *testing.T) {
	w := open(t, Config{WarningGrace: 300 * time.Millisecond})
	a := online(t, w)
	w.Disconnect("warning")
	g := w.Type("U0ADA", "C0OPS", "list")
	if f := a.next(); f.Type != "disconnect" || f.Reason != "warning" {
		t.Fatalf("got %+v", f)
	}
	a.ack(a.next().EnvelopeID, "")
	if _, err := g.WaitAck(within(t)); err != nil {
		t.Error(err)
	}
	a.ended()
}

func TestOtherReasonsEndAtOnce(t *testing.T) {
	w := open(t, Config{})
	for _, reason := range []string{"refresh_requested", "link_disabled"} {
		a := online(t, w)
		w.Disconnect(reason)
		g := w.Type("U0ADA", "C0OPS", "list")
		if f := a.next(); f.Type != "disconnect" || f.Reason != reason {
			t.Errorf("got %+v", f)
		}
		a.ended()
		if g.Outcome() != DispatchFailed {
			t.Errorf("%s: a command after the frame is %q", reason, g.Outcome())
		}
	}
}

func TestEnvelopesAroundTheFrame(t *testing.T) {
	w := open(t, Config{})
	order := func() (kinds string) {
		a := online(t, w)
		w.Type("U0ADA", "C0OPS", "list")
		kinds = a.next().Type + " " + a.next().Type
		a.ended()
		return kinds
	}
	w.DisconnectAfterEnvelope("refresh_requested")
	if got := order(); got != "slash_commands disconnect" {
		t.Error(got)
	}
	w.DisconnectBeforeEnvelope("refresh_requested")
	if got := order(); got != "disconnect slash_commands" {
		t.Error(got)
	}
	w.DropAfterEnvelope()
	a := online(t, w)
	w.Type("U0ADA", "C0OPS", "list")
	if f := a.next(); f.Type != "slash_commands" {
		t.Errorf("got %+v", f)
	}
	if err := a.ended(); !websocket.IsUnexpectedCloseError(err) {
		t.Errorf("it ended with %v, want no close frame", err)
	}
}

func TestDrops(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	w.DropSockets()
	if w.Sockets() != 0 {
		t.Error("dropped sockets count")
	}
	a.ended()
	w.DropAfterHello(1)
	a = online(t, w)
	a.ended()
	online(t, w)
}

func TestLifeEndsWithAWarning(t *testing.T) {
	w := open(t, Config{ConnectionTime: 10 * time.Millisecond, WarningGrace: time.Millisecond})
	a := online(t, w)
	if f := a.next(); f.Reason != "warning" {
		t.Errorf("got %+v", f)
	}
	a.ended()
}

func TestSplitAndDuplicateEnvelopes(t *testing.T) {
	w := open(t, Config{})
	one, two := online(t, w), online(t, w)
	w.SplitEnvelopes(true)
	w.DuplicateEnvelopes(true)
	text := strings.Repeat("x", 4*splitAt)
	g := w.Type("U0ADA", "C0OPS", text)
	a, b := one.next(), two.next()
	if a.EnvelopeID != g.EnvelopeID() || b.EnvelopeID != g.EnvelopeID() || a.Payload["text"] != text {
		t.Errorf("got %s and %s", a.EnvelopeID, b.EnvelopeID)
	}
	one.ack(a.EnvelopeID, "")
	await(t, w, "the first ack", func() bool { return len(w.Acks()) == 1 })
	two.ack(b.EnvelopeID, "")
	await(t, w, "the second ack", func() bool { return len(w.Acks()) == 2 })
	if p := w.Acks()[1].Problem; p != "second ack" {
		t.Errorf("the second ack is %q", p)
	}
	w.SendFrame("{nonsense")
	if _, data, _ := one.conn.ReadMessage(); string(data) != "{nonsense" {
		t.Errorf("got %s", data)
	}
}

func TestSocketHooks(t *testing.T) {
	w := open(t, Config{})
	seen := make(chan string, 10)
	w.OnSocket(func(event string) { seen <- event })
	a := online(t, w)
	w.Type("U0ADA", "C0OPS", "list")
	a.ack(a.next().EnvelopeID, "")
	got := map[string]bool{}
	for range 4 {
		got[<-seen] = true
	}
	a.conn.Close()
	got[<-seen] = true
	for _, want := range []string{SocketOpened, SocketHello, EnvelopeSent, SocketAcked, SocketClosed} {
		if !got[want] {
			t.Errorf("nobody heard of %q", want)
		}
	}
}

func TestCloseEndsWaitsAndSockets(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	failed := make(chan error)
	go func() { failed <- w.Wait(within(t), func() bool { return false }) }()
	w.Close()
	w.Close()
	if err := <-failed; err == nil {
		t.Error("Wait ended without an error")
	}
	a.ended()
}
