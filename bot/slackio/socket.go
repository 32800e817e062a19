package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"cloudpc-bot/bot/intake"
)

// Slack's side of these numbers: docs.slack.dev/apis/events-api/using-socket-mode. The ping interval and
// the size limit of acknowledgements are not documented; they come from logs of slack-go and from its
// maintainers' measurements.
const (
	dialTimeout  = 10 * time.Second
	helloTimeout = 10 * time.Second // a socket that is open but has not received Slack's hello by then is dead
	silence      = 30 * time.Second // a socket that receives no ping and no frame for this long is dead; Slack pings every 10 s
	ackTimeout   = 3 * time.Second  // for writing one acknowledgement; Slack itself waits 3 s for it
	closeTimeout = time.Second      // how long close waits for the peer to hang up
	drainTimeout = 30 * time.Second // how long a socket is read, at most, after its successor's hello
	maxInFlight  = 256              // envelopes in flight on one socket; at the limit, reading waits
	maxAck       = 20_000           // bytes; Slack silently drops acknowledgements of 20 KB or more

	itsTime = "its connection time is nearly over" // our own reason to replace a socket, beside Slack's
)

// socket is one connection of Socket Mode.
type socket struct {
	s       *Client
	conn    *websocket.Conn
	stream  *stream       // the connection under conn
	hand    chan struct{} // one token for each envelope in flight
	onClose func()        // called when the socket has been closed

	greeted  atomic.Bool     // Slack's hello has arrived
	quiet    *time.Timer     // fires when Slack has been silent for too long
	closing  atomic.Bool     // our close frame is being sent
	replaces []*socket       // retired when this one has received its hello
	stopping <-chan struct{} // closed when the bot is being stopped

	leaving chan struct{} // closed when this socket needs a successor
	leave   sync.Once
	reading context.Context    // ends when the socket is no longer read
	end     context.CancelFunc // ends reading

	mu   sync.Mutex     // guards why, and lets acknowledgements be written one at a time, each with its full ackTimeout
	why  string         // why a successor is needed: the reason of Slack's disconnect frame, itsTime, or ""
	busy sync.WaitGroup // envelopes in flight
}

// frame is a frame from Slack: an envelope, or a hello or disconnect.
type frame struct {
	Type       string          `json:"type"`
	Reason     string          `json:"reason"`
	EnvelopeID string          `json:"envelope_id"`
	Payload    json.RawMessage `json:"payload"`
	DebugInfo  struct {
		ApproximateConnectionTime int `json:"approximate_connection_time"`
	} `json:"debug_info"`
	NumConnections int `json:"num_connections"`
	ConnectionInfo struct {
		AppID string `json:"app_id"`
	} `json:"connection_info"`
}

// extendDeadline restarts the silence timer. Before the hello it does nothing, so that helloTimeout
// holds.
func (c *socket) extendDeadline() {
	if c.greeted.Load() {
		c.quiet.Reset(silence)
	}
}

// pinged reports whether a ping is to be answered. After our close frame nothing more may be sent.
func (c *socket) pinged() bool {
	c.extendDeadline()
	return !c.closing.Load()
}

// askSuccessor asks the supervisor for a successor. The reason is Slack's, ours or empty; only the first
// call counts.
func (c *socket) askSuccessor(reason string) {
	c.leave.Do(func() {
		c.mu.Lock()
		c.why = reason
		c.mu.Unlock()
		close(c.leaving)
	})
}

// retire is called when the successor by has received its hello, so that Slack can deliver envelopes there.
// It ends this socket after the drain time, unless by has ended by then. Without a living successor a
// socket is read for as long as it stays open, even if Slack has asked for it to be replaced.
func (c *socket) retire(by *socket) {
	time.AfterFunc(c.s.drain, func() {
		if !by.ended() {
			c.end()
		}
	})
}

func (c *socket) ended() bool { return c.reading.Err() != nil }

func (c *socket) reason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why
}

// serve reads the socket until it ends, the bot is stopped, or its successor has been up for the drain
// time. Then it waits for the envelopes in flight, whose acknowledgements still go out on this socket, and
// closes it.
func (c *socket) serve(h intake.Handler) {
	defer c.end()
	c.quiet = time.NewTimer(helloTimeout)
	arrivals, left := make(chan arrival), make(chan struct{})
	go c.pump(arrivals, left)
	err := c.read(c.reading, h, arrivals)
	close(left)
	c.s.Log.Debug("a socket to Slack ended", "error", err)
	c.askSuccessor("")
	c.busy.Wait()
	c.close()
}

// arrival is one message, or the error after which there are no more.
type arrival struct {
	raw []byte
	err error
}

// pump reads for as long as the connection lives, because coder/websocket answers pings only during a
// Read. What arrives after serve has stopped reading is neither handled nor acknowledged. Read gets a
// context that never ends, since the end of its context would close the connection while acknowledgements
// are still to be written.
func (c *socket) pump(arrivals chan<- arrival, left <-chan struct{}) {
	for {
		_, raw, err := c.conn.Read(context.Background())
		select {
		case arrivals <- arrival{raw, err}:
		case <-left:
		}
		if err != nil {
			return
		}
	}
}

// close sends a close frame and waits up to closeTimeout for the peer to hang up. Hanging up first could
// reset the connection while the last acknowledgements are still on their way.
func (c *socket) close() {
	c.closing.Store(true)
	late := time.AfterFunc(closeTimeout, func() { _ = c.stream.Close() }) // coder/websocket would wait for 5 s, twice
	_ = c.conn.Close(websocket.StatusNormalClosure, "")
	late.Stop()
	c.onClose()
}

var (
	errSilent  = errors.New("no frame from Slack for too long")
	errGoodbye = errors.New("closed by Slack")
)

// read handles what arrives until the socket or ctx ends, and returns the reason.
func (c *socket) read(ctx context.Context, h intake.Handler, arrivals <-chan arrival) error {
	for ctx.Err() == nil {
		var a arrival
		select {
		case a = <-arrivals:
		case <-c.stream.goodbye:
			return errGoodbye
		case <-c.quiet.C:
			return errSilent
		case <-ctx.Done():
			return ctx.Err()
		}
		if a.err != nil {
			return a.err
		}
		c.extendDeadline()
		var f frame
		if err := json.Unmarshal(a.raw, &f); err != nil {
			c.ackUnreadable(a.raw)
			continue
		}
		switch {
		case f.Type == "hello" && !c.greeted.Swap(true):
			c.extendDeadline()
			c.s.socketCounts.greeted(f.NumConnections)
			c.s.greetedFor(f.ConnectionInfo.AppID)
			c.s.live.Add(1)
			defer c.s.live.Add(-1)
			for _, old := range c.replaces {
				old.retire(c)
			}
			c.replaces = nil
			c.s.Log.Info("a socket to Slack is open", "app_sockets", f.NumConnections)
			if life := time.Duration(f.DebugInfo.ApproximateConnectionTime) * time.Second; life > 0 {
				early := time.AfterFunc(life-life/10-jitter(life/20), func() { c.askSuccessor(itsTime) })
				defer early.Stop()
			}
		case f.Type == "disconnect":
			c.s.Log.Info("Slack is closing a socket", "service_reason", f.Reason)
			c.askSuccessor(f.Reason)
		case f.EnvelopeID != "":
			c.hand <- struct{}{}
			c.extendDeadline() // the wait for a free slot does not count as silence of Slack's
			c.busy.Go(func() {
				defer func() { <-c.hand }()
				c.handle(ctx, h, f)
			})
		}
	}
	return ctx.Err()
}

// envelopeID finds the id in a frame that is not valid JSON. Text that a person typed cannot match, because
// its quotes are escaped.
var envelopeID = regexp.MustCompile(`"envelope_id"\s*:\s*"([0-9A-Za-z_.:-]{1,100})"`)

// ackUnreadable acknowledges a frame that cannot be decoded, if it contains an envelope id; otherwise Slack
// would only deliver it again. It logs the number of such frames but not their contents, which may hold
// what people typed.
func (c *socket) ackUnreadable(raw []byte) {
	id := envelopeID.FindSubmatch(raw)
	c.s.Log.Warn("the bot cannot decode a frame from Slack", "bytes", len(raw), "acknowledged", id != nil, "count", c.s.unreadable.Add(1))
	if id != nil {
		c.acknowledge(frame{Type: "undecodable", EnvelopeID: string(id[1])}, reaction{})
	}
}

// handle passes one envelope to the handler and acknowledges it, unless the response says not to. A request
// form is opened beside the acknowledgement, which has no part in its trigger's three seconds. A form for a
// reason, and a line that the acknowledgement could not carry, follow in a goroutine of their own.
func (c *socket) handle(ctx context.Context, h intake.Handler, f frame) {
	defer c.s.recoverPanic(f.Type)
	arrived, ctx := time.Now(), context.WithoutCancel(ctx)
	r := c.s.open(ctx, h, f)
	if r.Opening != nil && !r.Unacked {
		c.s.after.Go(func() { c.s.openRequestForm(ctx, r, arrived, c.stopping) })
	}
	carried, written := false, false
	if !r.Unacked {
		carried, written = c.acknowledge(f, r)
	}
	c.s.observer().Acknowledged(f.Type, time.Since(arrived), written)
	if carried {
		r.Line = ""
	}
	if r.Line != "" || r.Form != nil || r.Confirm != nil {
		c.s.after.Go(func() { c.s.follow(ctx, r, arrived) })
	}
}
