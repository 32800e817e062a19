package slackfake

// SocketNumbers tells which connections would get an envelope, as Ack counts them.
func (w *Workspace) SocketNumbers() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []int
	for _, s := range w.listening() {
		list = append(list, s.n)
	}
	return list
}

// Connection is the number of the socket that g went out on, as Ack counts them; of several the newest, 0 = none.
func (g *Gesture) Connection() int {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	if g.env == nil || len(g.env.sockets) == 0 {
		return 0
	}
	return g.env.sockets[len(g.env.sockets)-1]
}

// DisconnectOne is Disconnect for one socket.
func (w *Workspace) DisconnectOne(reason string) { w.hit(func(s *socket) { w.part(s, reason) }) }

// DropOne is DropSockets for one socket.
func (w *Workspace) DropOne() {
	w.hit(func(s *socket) {
		s.deaf = true
		go s.reset()
	})
}

// hit does it to the socket that the next envelope would take, if there is one.
func (w *Workspace) hit(f func(s *socket)) {
	w.change(func() {
		if ready := w.listening(); len(ready) > 0 {
			f(ready[w.turn%len(ready)])
		}
	})
}
