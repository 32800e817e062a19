package slackfake

import (
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestAckShowsItsPayloadToThePerson(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	g := w.Type("U0ADA", "C0OPS", "CPC-ada")
	f := a.next()
	if !f.Accepts || f.Attempt != nil {
		t.Errorf("a command takes an answer and is no retry: %+v", f)
	}
	a.ack(f.EnvelopeID, `{"text":"R-7K3F: looking for CPC-ada…"}`)
	ack, err := g.WaitAck(within(t))
	if err != nil || ack.Late || ack.Connection != 1 || ack.Problem != "" || g.Outcome() != Acked {
		t.Errorf("%+v, %v", ack, err)
	}
	if e := w.Ephemerals("U0ADA"); len(e) != 1 || e[0].Source != "ack" || e[0].Plain() != "R-7K3F: looking for CPC-ada…" {
		t.Errorf("ada was shown %+v", e)
	}
	if len(w.Messages("C0OPS")) != 0 {
		t.Error("the channel saw it")
	}
}

func TestAckInChannelShowsTheCommandToo(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	g := w.Type("U0ADA", "C0OPS", "list")
	a.ack(a.next().EnvelopeID, `{"response_type":"in_channel","text":"nothing is running"}`)
	if _, err := g.WaitAck(within(t)); err != nil {
		t.Fatal(err)
	}
	m := w.Messages("C0OPS")
	if len(m) != 2 || m[0].Plain() != "/reprovision list" || m[1].Plain() != "nothing is running" {
		t.Errorf("the channel has %+v", m)
	}
}

func TestAcksThatSlackDoesNotTake(t *testing.T) {
	for _, c := range []struct {
		name, problem string
		ack           func(w *Workspace, a *app, id string)
	}{
		{"too large", "too large", func(_ *Workspace, a *app, id string) { a.ack(id, `{"text":"`+strings.Repeat("x", maxAck)+`"}`) }},
		{"in pieces", "fragmented", func(_ *Workspace, a *app, id string) {
			w, _ := a.conn.NextWriter(websocket.TextMessage)
			_, _ = w.Write([]byte(`{"envelope_id":"` + id + `","payload":{"text":"` + strings.Repeat("x", 10_000) + `"}}`))
			_ = w.Close()
		}},
		{"not JSON", "not JSON", func(_ *Workspace, a *app, id string) { _ = a.conn.WriteMessage(websocket.TextMessage, []byte(id)) }},
		{"unknown", "unknown envelope_id", func(_ *Workspace, a *app, _ string) { a.ack("1b7b", "") }},
		{"on another connection", "other connection", func(w *Workspace, a *app, id string) { online(a.t, w).ack(id, "") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, Config{AckDeadline: 30 * time.Millisecond})
			a := online(t, w)
			g := w.Type("U0ADA", "C0OPS", "list")
			c.ack(w, a, a.next().EnvelopeID)
			await(t, w, "the deadline", func() bool { return g.Outcome() == TimedOut && len(w.Acks()) == 1 })
			if p := w.Acks()[0].Problem; p != c.problem {
				t.Errorf("recorded as %q", p)
			}
			if got := strings.Join(w.Sees("U0ADA"), ","); got != `/reprovision failed with the error "operation_timeout"` {
				t.Errorf("ada sees %s", got)
			}
		})
	}
}

func TestAckAnywhere(t *testing.T) {
	w := open(t, Config{AckAnywhere: true})
	a, b := online(t, w), online(t, w)
	g := w.Type("U0ADA", "C0OPS", "list")
	b.ack(a.next().EnvelopeID, "")
	if ack, err := g.WaitAck(within(t)); err != nil || ack.Connection != 2 {
		t.Errorf("%+v, %v", ack, err)
	}
}

func TestLateAckComesToNothing(t *testing.T) {
	w := open(t, Config{AckDeadline: 5 * time.Millisecond})
	a := online(t, w)
	g := w.Type("U0ADA", "C0OPS", "list")
	if _, err := g.WaitAck(within(t)); err == nil || err.Error() != "operation_timeout" {
		t.Errorf("WaitAck says %v", err)
	}
	a.ack(a.next().EnvelopeID, `{"text":"too late"}`)
	await(t, w, "the late ack", func() bool { return g.Outcome() == Late })
	if ack, err := g.WaitAck(within(t)); err != nil || !ack.Late || ack.Latency < 5*time.Millisecond {
		t.Errorf("%+v, %v", ack, err)
	}
	if n := len(w.Sees("U0ADA")); n != 1 {
		t.Errorf("ada sees %q", w.Sees("U0ADA"))
	}
}

func TestNobodyConnected(t *testing.T) {
	w := open(t, Config{})
	g := w.Type("U0ADA", "C0OPS", "list")
	if g.Outcome() != DispatchFailed {
		t.Errorf("outcome %q", g.Outcome())
	}
	if got := strings.Join(w.Sees("U0ADA"), ","); got != `/reprovision failed with the error "dispatch_failed"` {
		t.Errorf("ada sees %s", got)
	}
}

func TestAckWithBlocksThatBreakTheRules(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	g := w.Type("U0ADA", "C0OPS", "list")
	a.ack(a.next().EnvelopeID, `{"blocks":[{"type":"bogus"}]}`)
	ack, _ := g.WaitAck(within(t))
	if ack.Problem != "invalid_blocks" || !strings.Contains(strings.Join(w.Sees("U0ADA"), ","), "invalid_blocks") {
		t.Errorf("%+v; ada sees %q", ack, w.Sees("U0ADA"))
	}
}

func TestPressTakesNoPayload(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	g := w.Press("U0BEN", card(t, w), "approve")
	f := a.next()
	if f.Accepts {
		t.Error("a press says that it accepts a payload")
	}
	a.ack(f.EnvelopeID, `{"text":"nobody reads this"}`)
	ack, err := g.WaitAck(within(t))
	if err != nil || ack.Problem != "payload not accepted" {
		t.Errorf("%+v, %v", ack, err)
	}
	if len(w.Sees("U0BEN")) != 0 {
		t.Errorf("ben sees %q", w.Sees("U0BEN"))
	}
}

func TestBoltsEmptyPayloadIsNone(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	g := w.Press("U0BEN", card(t, w), "approve")
	a.ack(a.next().EnvelopeID, `{}`)
	if ack, err := g.WaitAck(within(t)); err != nil || ack.Problem != "" {
		t.Errorf("%+v, %v", ack, err)
	}
}
