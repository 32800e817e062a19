package slackfake

import (
	"io"
	"slices"
	"testing"
	"time"
)

func TestOneSocketAtATime(t *testing.T) {
	w := open(t, Config{})
	one, two, three := online(t, w), online(t, w), online(t, w)
	w.DisconnectOne("refresh_requested")
	if left := w.SocketNumbers(); !slices.Equal(left, []int{2, 3}) {
		t.Errorf("%v are left", left)
	}
	if f := one.next(); f.Type != "disconnect" || f.Reason != "refresh_requested" {
		t.Errorf("got %+v", f)
	}
	one.ended()
	w.DropOne()
	two.ended()
	if left := w.SocketNumbers(); !slices.Equal(left, []int{3}) {
		t.Errorf("%v are left", left)
	}
	g := w.Type("U0ADA", "C0OPS", "list")
	if f := three.next(); f.EnvelopeID != g.EnvelopeID() || g.Connection() != 3 {
		t.Errorf("connection %d got %+v", g.Connection(), f)
	}
	w.DropOne()
	three.ended()
	w.DisconnectOne("warning") // there is none
	if g := w.Type("U0ADA", "C0OPS", "list"); g.Connection() != 0 {
		t.Errorf("it went out on %d", g.Connection())
	}
}

func TestAWarnedSocketIsTheOnlyOne(t *testing.T) {
	w := open(t, Config{})
	one, two := online(t, w), online(t, w)
	w.DisconnectOne("warning")
	if there := w.SocketNumbers(); len(there) != 2 {
		t.Errorf("%v are there", there)
	}
	if f := one.next(); f.Reason != "warning" {
		t.Errorf("got %+v", f)
	}
	w.Type("U0ADA", "C0OPS", "list")
	w.Type("U0ADA", "C0OPS", "list")
	for _, a := range []*app{one, two} {
		if f := a.next(); f.Type != "slash_commands" {
			t.Errorf("got %+v", f)
		}
	}
}

func TestASocketIsReadAWhileBehindItsCloseFrame(t *testing.T) {
	w := open(t, Config{Farewell: 500 * time.Millisecond})
	a := online(t, w)
	a.conn.SetCloseHandler(func(int, string) error { return nil }) // it is not answered
	w.DisconnectBeforeEnvelope("refresh_requested")
	g := w.Type("U0ADA", "C0OPS", "list")
	a.next()
	f := a.next()
	a.ended()
	a.ack(f.EnvelopeID, "")
	if ack, err := g.WaitAck(within(t)); err != nil || ack.Problem != "" {
		t.Errorf("%+v, %v", ack, err)
	}
	_ = a.conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, a.conn.NetConn()); err != nil {
		t.Errorf("and then: %v", err)
	}
}
