package slackfake

import "time"

// wire holds the current faults of the sockets.
type wire struct {
	refuse    bool
	mute      bool
	split     bool
	duplicate bool
	cutHellos int
	next      nextEnvelope
}

// nextEnvelope is a fault around the next envelope, applied once.
type nextEnvelope struct {
	before, after string // disconnect reasons
	drop          bool
}

func (s *socket) disconnectFrame(reason string) []byte {
	return encode(answer{"type": "disconnect", "reason": reason, "debug_info": answer{"host": s.host()}})
}

// Disconnect sends a disconnect frame on every socket. With the reason "warning" the sockets keep receiving envelopes and
// are closed after Config.WarningGrace. With any other reason (refresh_requested, link_disabled, too_many_websockets, …)
// they are closed at once.
func (w *Workspace) Disconnect(reason string) {
	w.change(func() {
		for _, s := range w.listening() {
			w.part(s, reason)
		}
	})
}

func (w *Workspace) part(s *socket, reason string) {
	if reason == "warning" {
		w.warn(s)
		return
	}
	s.deaf = true
	s.post(parcel{text: s.disconnectFrame(reason), then: goodbye})
}

func (w *Workspace) warn(s *socket) {
	s.post(parcel{text: s.disconnectFrame("warning")})
	time.AfterFunc(w.cfg.WarningGrace, func() {
		w.change(func() {
			s.deaf = true
			s.post(parcel{then: goodbye})
		})
	})
}

// DisconnectAfterEnvelope sends a disconnect frame directly after the next envelope, on the same socket.
func (w *Workspace) DisconnectAfterEnvelope(reason string) { w.onNext(nextEnvelope{after: reason}) }

// DisconnectBeforeEnvelope sends a disconnect frame directly before the next envelope, on the same socket, and closes the
// socket after the envelope.
func (w *Workspace) DisconnectBeforeEnvelope(reason string) { w.onNext(nextEnvelope{before: reason}) }

// DropAfterEnvelope closes the TCP connection directly after the next envelope.
func (w *Workspace) DropAfterEnvelope() { w.onNext(nextEnvelope{drop: true}) }

func (w *Workspace) onNext(n nextEnvelope) { w.change(func() { w.wire.next = n }) }

// DropSockets resets every TCP connection. Data in flight may be lost.
func (w *Workspace) DropSockets() {
	w.change(func() {
		for _, s := range w.sockets {
			s.deaf = true
			go s.reset()
		}
	})
}

// RefuseSockets answers websocket handshakes with 503 while on; apps.connections.open still returns URLs.
func (w *Workspace) RefuseSockets(on bool) { w.change(func() { w.wire.refuse = on }) }

// DropAfterHello closes each of the next n connections directly after its hello.
func (w *Workspace) DropAfterHello(n int) { w.change(func() { w.wire.cutHellos = n }) }

// Mute stops the pings while on; the connections stay open.
func (w *Workspace) Mute(on bool) { w.change(func() { w.wire.mute = on }) }

// SplitEnvelopes sends envelopes in continuation frames of a few hundred bytes while on.
func (w *Workspace) SplitEnvelopes(on bool) { w.change(func() { w.wire.split = on }) }

// DuplicateEnvelopes sends each envelope twice while on, with the same envelope_id, on different sockets if there are two.
func (w *Workspace) DuplicateEnvelopes(on bool) { w.change(func() { w.wire.duplicate = on }) }

// SendFrame writes a raw text frame, JSON or not, to every socket.
func (w *Workspace) SendFrame(text string) {
	w.change(func() {
		for _, s := range w.listening() {
			s.post(parcel{text: []byte(text)})
		}
	})
}

// SocketNumbers returns the numbers of the sockets that receive envelopes, as in Ack.Connection.
func (w *Workspace) SocketNumbers() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []int
	for _, s := range w.listening() {
		list = append(list, s.n)
	}
	return list
}

// Connection returns the number of the socket on which g was sent, as in Ack.Connection: the last one if g was sent on
// several, 0 if it was not sent.
func (g *Interaction) Connection() int {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	if g.env == nil || len(g.env.sockets) == 0 {
		return 0
	}
	return g.env.sockets[len(g.env.sockets)-1]
}

// DisconnectOne is Disconnect for the socket that would get the next envelope.
func (w *Workspace) DisconnectOne(reason string) { w.hit(func(s *socket) { w.part(s, reason) }) }

// DropOne is DropSockets for the socket that would get the next envelope.
func (w *Workspace) DropOne() {
	w.hit(func(s *socket) {
		s.deaf = true
		go s.reset()
	})
}

// hit applies f to the socket that would get the next envelope, if there is one.
func (w *Workspace) hit(f func(s *socket)) {
	w.change(func() {
		if ready := w.listening(); len(ready) > 0 {
			f(ready[w.turn%len(ready)])
		}
	})
}
