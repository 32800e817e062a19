package slackio

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"cloudpc-bot/bot/slackfake"
)

// A refresh for ever needs no pauses: what keeps it sane is how often sockets are asked for.
func TestAPeerThatFailsIsLeftInPeaceUntilItIsWell(t *testing.T) {
	t.Parallel()
	type row struct {
		spoil  func(w *ill)
		pauses bool
	}
	allAtOnce(t, map[string]row{
		"hangs up before the handshake": {func(w *ill) { w.leads(w.hangsUp()) }, true},
		"hangs up before hello":         {func(w *ill) { w.leads(w.greets(func(*websocket.Conn) {})) }, true},
		"hangs up after hello":          {func(w *ill) { w.DropAfterHello(1000) }, true},
		"refreshes for ever": {func(w *ill) {
			w.leads(w.greets(func(conn *websocket.Conn) {
				says := func(frame string) { _ = conn.WriteMessage(websocket.TextMessage, []byte(frame)) }
				says(`{"type":"hello"}`)
				says(`{"type":"disconnect","reason":"refresh_requested"}`)
				_ = conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
				_, _, _ = conn.ReadMessage() // until it is left
			}))
		}, false},
		"429 without a time":   {func(w *ill) { w.Fail("apps.connections.open", slackfake.Fault{Status: 429}) }, true},
		"500":                  {func(w *ill) { w.Fail("apps.connections.open", slackfake.Fault{Status: 500}) }, true},
		"garbage":              {func(w *ill) { w.Fail("apps.connections.open", slackfake.Fault{Garbage: true}) }, true},
		"closes the line":      {func(w *ill) { w.Fail("apps.connections.open", slackfake.Fault{Drop: true}) }, true},
		"no address":           {func(w *ill) { w.leads("") }, true},
		"no address of theirs": {func(w *ill) { w.leads("ws://[nowhere?" + ticket) }, true},
		"not a socket":         {func(w *ill) { w.leads(w.URL() + "?" + ticket) }, true},
	}, func(t *testing.T, r row) {
		w := openIll(t)
		r.spoil(w)
		w.start(handler{ask: says("I have it.")})
		w.tried(5)
		if n := strings.Count(w.logs.String(), "pause="); n > 0 != r.pauses {
			t.Errorf("%d pauses are in the log:\n%s", n, w.logs)
		}
		w.heals()
	})
}

// It is given up after ten seconds each time: what it costs is two attempts in that time.
func TestAPeerThatIsSilentIsGivenUp(t *testing.T) {
	t.Parallel()
	allAtOnce(t, map[string]func(w *ill){
		"when asked for a socket": func(w *ill) {
			over := make(chan struct{})
			w.t.Cleanup(func() { close(over) })
			w.OnCall(func(c slackfake.Call, phase string) {
				if c.Method == "apps.connections.open" && phase == slackfake.Arrived && len(w.called(c.Method)) <= 2 {
					<-over
				}
			})
		},
		"at the handshake": func(w *ill) { w.leads(w.silent()) },
		"instead of a hello": func(w *ill) {
			w.leads(w.greets(func(conn *websocket.Conn) {
				go func() {
					for conn.WriteControl(websocket.PingMessage, []byte("Ping from applink-1"), time.Now().Add(time.Second)) == nil {
						time.Sleep(time.Second)
					}
				}()
				_, _, _ = conn.ReadMessage() // until it is left
			}))
		},
	}, func(t *testing.T, spoil func(w *ill)) {
		w := openIll(t)
		spoil(w)
		w.start(handler{ask: says("I have it.")})
		w.tried(2)
		if w.Ready(w.within()) == nil {
			t.Error("ready without a hello")
		}
		w.heals()
		tries := w.tried(4)
		if took := tries[2].Sub(tries[0]); took < 9*time.Second {
			t.Errorf("given up after %v", took)
		}
		if n := len(tries); n != 4 {
			t.Errorf("%d sockets were asked for", n)
		}
	})
}

// What one socket's successor was told goes for that of the other too.
func TestRetryAfterHoldsForAllSockets(t *testing.T) {
	t.Parallel()
	const wish = 3 * time.Second
	w := openIll(t)
	w.receive(handler{ask: says("I have it.")})
	w.Fail("apps.connections.open", slackfake.Fault{RetryAfter: wish, Times: 1})
	refused := make(chan time.Time, 1)
	w.OnCall(func(c slackfake.Call, phase string) {
		if phase == slackfake.Answered && c.Status == http.StatusTooManyRequests {
			refused <- time.Now()
		}
	})
	w.DropOne()
	asked := wait(t, "the wish", refused)
	w.logs.await(t, "Slack did not open a socket", 1)
	w.DropOne()
	if waited := w.tried(5)[3].Sub(asked); waited < wish {
		t.Errorf("the next socket was asked for after %v", waited)
	}
	w.heals()
}

// The long run is too long for the wire: this is the part that decides.
func TestSocketsAreAskedForTenTimesAMinuteInTheLongRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := &Client{}, newOpens()
		var mu sync.Mutex
		var turns []time.Time
		var keepers sync.WaitGroup
		end := time.Now().Add(2 * time.Hour)
		for range 2 {
			keepers.Go(func() {
				for time.Now().Before(end) {
					if err := s.turn(t.Context(), o); err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					turns = append(turns, time.Now())
					mu.Unlock()
				}
			})
		}
		keepers.Wait()
		keptToTwoASecond(t, turns)
		if n := len(turns); n < 2*600 || n > 2*600+110 {
			t.Errorf("%d sockets in two hours", n)
		}
	})
}

// allAtOnce is t.Run for each. They wait most of the time; t.Parallel would have them do so
// in turns.
func allAtOnce[R any](t *testing.T, rows map[string]R, do func(t *testing.T, row R)) {
	var all sync.WaitGroup
	for name, row := range rows {
		all.Go(func() { t.Run(name, func(t *testing.T) { do(t, row) }) })
	}
	all.Wait()
}

// ill is a workspace whose sockets do not come up.
type ill struct {
	*world
	way *way

	mu    sync.Mutex
	tries []time.Time // when sockets were asked for
	more  chan struct{}
}

func openIll(t *testing.T) *ill {
	t.Helper()
	w := &ill{way: &way{}, more: make(chan struct{}, 1)}
	w.world = open(t, slackfake.Config{}, func(c *Config) { w.way.RoundTripper, c.HTTP.Transport = c.HTTP.Transport, w.way })
	w.OnCall(func(c slackfake.Call, phase string) {
		if c.Method != "apps.connections.open" || phase != slackfake.Arrived {
			return
		}
		w.mu.Lock()
		w.tries = append(w.tries, time.Now())
		w.mu.Unlock()
		select {
		case w.more <- struct{}{}:
		default:
		}
	})
	return w
}

// tried waits until sockets were asked for so many times, never more often than twice in a
// second, and tells when.
func (w *ill) tried(n int) []time.Time {
	w.t.Helper()
	for {
		w.mu.Lock()
		tries := w.tries[:len(w.tries):len(w.tries)]
		w.mu.Unlock()
		if len(tries) >= n {
			keptToTwoASecond(w.t, tries)
			return tries
		}
		wait(w.t, "a try", w.more)
	}
}

func keptToTwoASecond(t *testing.T, tries []time.Time) {
	t.Helper()
	for i := range max(0, len(tries)-2) {
		if d := tries[i+2].Sub(tries[i]); d < time.Second {
			t.Errorf("three sockets were asked for within %v", d)
		}
	}
}

// heals makes the peer well. The bot finds that out by itself.
func (w *ill) heals() {
	w.t.Helper()
	w.Heal()
	w.DropAfterHello(0)
	w.way.leads.Store(nil)
	w.await("sockets", func() bool { return w.Sockets() == 2 })
	for range 2 {
		w.acked(w.Type("U0ADA", "C0OPS", "help"))
	}
	w.tried(0)
	if strings.Contains(w.logs.String(), ticket) {
		w.t.Errorf("an address is in the log:\n%s", w.logs)
	}
}

// leads has sockets promised at another address.
func (w *ill) leads(address string) { w.way.leads.Store(&address) }

const ticket = "ticket=what-nobody-may-read"

// way is the one to Slack.
type way struct {
	http.RoundTripper
	leads atomic.Pointer[string] // where a socket is promised, if that is elsewhere
}

func (w *way) RoundTrip(r *http.Request) (*http.Response, error) {
	address := w.leads.Load()
	resp, err := w.RoundTripper.RoundTrip(r)
	if err == nil && address != nil && strings.HasSuffix(r.URL.Path, "/apps.connections.open") {
		_ = resp.Body.Close()
		body, _ := json.Marshal(map[string]any{"ok": true, "url": *address})
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return resp, err
}

// greets is the address of a socket whose far end serve holds.
func (w *ill) greets(serve func(*websocket.Conn)) string {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if conn, err := (&websocket.Upgrader{}).Upgrade(rw, r, nil); err == nil {
			defer conn.Close()
			serve(conn)
		}
	}))
	w.t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http") + "/?" + ticket
}

// silent is the address of a server that accepts and says nothing.
func (w *ill) silent() string {
	return "ws://" + w.listener().Addr().String() + "/?" + ticket
}

// hangsUp is that of one that accepts and hangs up.
func (w *ill) hangsUp() string {
	l := w.listener()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	return "ws://" + l.Addr().String() + "/?" + ticket
}

func (w *ill) listener() net.Listener {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { l.Close() })
	return l
}
