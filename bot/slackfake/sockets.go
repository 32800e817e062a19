package slackfake

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// For Slack's side of these numbers see docs.slack.dev/apis/events-api/using-socket-mode.
const (
	maxSockets     = 10 // per app
	ticketLife     = 30 * time.Second
	missedPongs    = 3                 // unanswered pings after which the connection counts as dead
	debugLife      = 360 * time.Second // lifetime of a connection opened with debug_reconnects=true
	closeHandshake = time.Second
	stalledWrite   = 10 * time.Second
)

// socket is one Socket Mode connection of the app.
type socket struct {
	w     *Workspace
	n     int // number of the connection in this workspace, from 1
	conn  *websocket.Conn
	spy   *frameSpy
	out   chan parcel
	gone  chan struct{} // closed when reading has ended
	pings int           // unanswered; guarded by w.mu
	deaf  bool          // receives no more envelopes; guarded by w.mu
}

// parcel is a frame to write, and what to do with the connection afterwards.
type parcel struct {
	text  []byte // nil = no frame
	event string // reported to OnSocket once the frame is written; "" = nothing
	split bool
	then  ending
}

type ending int

const (
	stay    ending = iota
	goodbye        // websocket close handshake, then TCP close
	cut            // TCP close without a close frame
)

// Sockets returns the number of connections that receive envelopes.
func (w *Workspace) Sockets() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.listening())
}

// The events that OnSocket reports.
const (
	SocketOpened = "opened"
	SocketHello  = "hello"
	EnvelopeSent = "envelope sent"
	SocketAcked  = "acked"
	SocketClosed = "closed"
)

// OnSocket adds a hook that runs in the connection's own goroutine, with the workspace unlocked.
func (w *Workspace) OnSocket(f func(event string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onSocket = append(w.onSocket, f)
}

func (w *Workspace) tellSocket(event string) {
	if event == "" {
		return
	}
	w.mu.Lock()
	hooks := w.onSocket[:len(w.onSocket):len(w.onSocket)]
	w.mu.Unlock()
	for _, f := range hooks {
		f(event)
	}
}

func (w *Workspace) listening() []*socket {
	return slices.DeleteFunc(slices.Clone(w.sockets), func(s *socket) bool { return s.deaf })
}

func (w *Workspace) serveLink(rw http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	good := w.tickets[ticket].After(w.cfg.Now())
	delete(w.tickets, ticket)
	refused := w.wire.refuse
	w.mu.Unlock()
	switch {
	case refused:
		http.Error(rw, "no websocket today", http.StatusServiceUnavailable)
		return
	case !good:
		http.Error(rw, "unknown, used or expired ticket", http.StatusForbidden)
		return
	}
	spy := &frameSpy{}
	up := websocket.Upgrader{ReadBufferSize: 4096, WriteBufferSize: splitAt, CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(spyingWriter{rw, spy}, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	s := &socket{w: w, conn: conn, spy: spy, out: make(chan parcel, 4096), gone: make(chan struct{})}
	life := w.cfg.ConnectionTime
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = debugLife
	}
	w.change(func() { w.welcome(s, life) })
	select {
	case <-w.done: // Close may have run before this socket was registered
		s.reset()
	default:
	}
	go s.write()
	w.tellSocket(SocketOpened)
	s.read()
	w.change(func() { w.sockets = slices.DeleteFunc(w.sockets, func(o *socket) bool { return o == s }) })
	w.tellSocket(SocketClosed)
}

// welcome registers s and sends a hello, or turns s away if the app already has maxSockets.
func (w *Workspace) welcome(s *socket, life time.Duration) {
	w.opened++
	s.n = w.opened
	if len(w.sockets) >= maxSockets {
		s.deaf = true
		s.post(parcel{text: s.disconnectFrame("too_many_websockets"), then: goodbye})
		return
	}
	w.sockets = append(w.sockets, s)
	hello := parcel{event: SocketHello, text: encode(answer{
		"type": "hello", "num_connections": len(w.sockets), "connection_info": answer{"app_id": appID},
		"debug_info": answer{"host": s.host(), "build_number": 54, "approximate_connection_time": int(life.Seconds())},
	})}
	if w.wire.cutHellos > 0 {
		w.wire.cutHellos--
		s.deaf, hello.then = true, cut
	}
	s.post(hello)
	timer := time.AfterFunc(life, func() { w.change(func() { w.warn(s) }) })
	go func() {
		select {
		case <-s.gone:
		case <-w.done:
		}
		timer.Stop()
	}()
}

func (s *socket) host() string { return fmt.Sprintf("applink-%d", s.n) }

// post queues p for the writer. If the queue is full, because the client has stopped reading, the connection is reset.
func (s *socket) post(p parcel) {
	select {
	case s.out <- p:
	default:
		go s.reset()
	}
}

// write is the only writer of frames: parcels in order, and pings between them.
func (s *socket) write() {
	ping := time.NewTicker(s.w.cfg.PingEvery)
	defer ping.Stop()
	for {
		select {
		case p := <-s.out:
			if !s.deliver(p) {
				return
			}
		case <-ping.C:
			s.ping()
		case <-s.gone:
			return
		}
	}
}

// deliver writes p and reports whether the connection stays open.
func (s *socket) deliver(p parcel) bool {
	if p.text != nil {
		if s.frame(p) != nil {
			_ = s.conn.Close()
			return false
		}
		s.w.tellSocket(p.event)
	}
	switch p.then {
	case goodbye:
		_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(s.w.cfg.Farewell))
		select {
		case <-s.gone:
		case <-s.w.done:
		case <-time.After(s.w.cfg.Farewell):
		}
		fallthrough
	case cut:
		_ = s.conn.Close()
		return false
	}
	return true
}

func (s *socket) frame(p parcel) error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(stalledWrite))
	if !p.split {
		return s.conn.WriteMessage(websocket.TextMessage, p.text)
	}
	w, err := s.conn.NextWriter(websocket.TextMessage)
	if err != nil {
		return err
	}
	if _, err := w.Write(p.text); err != nil {
		return err
	}
	return w.Close()
}

func (s *socket) ping() {
	s.w.mu.Lock()
	mute := s.w.wire.mute
	if !mute {
		s.pings++
	}
	dead := s.pings > missedPongs
	s.w.mu.Unlock()
	switch {
	case dead:
		s.reset()
	case !mute:
		_ = s.conn.WriteControl(websocket.PingMessage, []byte("Ping from "+s.host()), time.Now().Add(stalledWrite))
	}
}

// read handles acks and pongs until the connection ends.
func (s *socket) read() {
	defer close(s.gone)
	defer s.conn.Close()
	s.conn.SetPongHandler(func(payload string) error {
		if payload == "Ping from "+s.host() {
			s.w.mu.Lock()
			s.pings = 0
			s.w.mu.Unlock()
		}
		return nil
	})
	for {
		_, data, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		s.w.handleFrame(s, data, s.spy.fragmented())
	}
}

// reset closes the TCP connection so that the client sees it reset.
func (s *socket) reset() {
	if spied, ok := s.conn.NetConn().(*spiedConn); ok {
		if tcp, ok := spied.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
	_ = s.conn.Close()
}
