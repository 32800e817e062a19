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
	"github.com/slack-go/slack"

	"cloudpc-bot/bot/intake"
)

const (
	dialTimeout  = 10 * time.Second
	helloTimeout = 10 * time.Second // a socket that is open and not greeted is none
	silence      = 30 * time.Second // without a ping or a frame the socket is dead; Slack pings every 10
	ackTimeout   = 3 * time.Second
	closeTimeout = time.Second
	drainTimeout = 30 * time.Second // how long a socket is read at most once its successor is greeted
	maxInFlight  = 256              // envelopes in hand on one socket; beyond it reading waits
	maxAck       = 20_000           // Slack drops longer frames without a word

	itsTime = "its time is nearly over" // our own reason to leave a socket, beside those of Slack's
)

// socket is one connection of Socket Mode.
type socket struct {
	s       *Client
	conn    *websocket.Conn
	stream  *stream       // under conn
	hand    chan struct{} // one token for each envelope in hand
	onClose func()        // to be called when it is closed

	greeted  atomic.Bool // by Slack's hello
	quiet    *time.Timer // ends when nothing was heard for too long
	parting  atomic.Bool // our close frame is on its way
	replaces []*socket   // go, once this one is greeted

	leaving chan struct{} // closed when a successor is wanted
	leave   sync.Once
	reading context.Context
	end     context.CancelFunc // ends reading

	mu   sync.Mutex // guards acknowledgements, which get their time one by one, and why
	why  string     // the reason of the disconnect frame
	busy sync.WaitGroup
}

// frame is what arrives.
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

// extendDeadline gives the socket another while to live, unless it was never greeted.
func (c *socket) extendDeadline() {
	if c.greeted.Load() {
		c.quiet.Reset(silence)
	}
}

// pinged reports whether the ping is to be answered: behind our close frame nothing may be sent.
func (c *socket) pinged() bool {
	c.extendDeadline()
	return !c.parting.Load()
}

// askSuccessor says that a successor is wanted, for a reason of Slack's, ours or none.
func (c *socket) askSuccessor(reason string) {
	c.leave.Do(func() {
		c.mu.Lock()
		c.why = reason
		c.mu.Unlock()
		close(c.leaving)
	})
}

// retire says that a successor is greeted: Slack has where else to send. Until then a socket
// is read for as long as it lives, whoever wants it gone; and also where the successor does not
// outlive it.
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

// serve reads the socket until it ends, or the bot is being stopped, or its successor has been
// there for long enough; then it waits for the envelopes in hand, whose acknowledgements still
// go out on it, and closes it.
func (c *socket) serve(h intake.Handler) {
	defer c.end()
	c.quiet = time.NewTimer(helloTimeout)
	arrivals, left := make(chan arrival), make(chan struct{})
	go c.pump(arrivals, left)
	err := c.read(c.reading, h, arrivals)
	close(left)
	c.s.Log.Debug("socket ended", "error", err)
	c.askSuccessor("")
	c.busy.Wait()
	c.close()
}

// arrival is a message, or why there are no more.
type arrival struct {
	raw []byte
	err error
}

// pump reads for as long as the connection lives, for pings are answered by whoever reads. What
// arrives once the socket is left is not acknowledged, and nobody's. A context that ends would
// close the connection, with acknowledgements still to be written.
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

// close says goodbye and waits a moment for the peer to hang up: hanging up first would
// reset the connection while the last acknowledgements are on their way.
func (c *socket) close() {
	c.parting.Store(true)
	late := time.AfterFunc(closeTimeout, func() { _ = c.stream.Close() }) // the library would wait for 5 s, twice
	_ = c.conn.Close(websocket.StatusNormalClosure, "")
	late.Stop()
	c.onClose()
}

var (
	errSilent  = errors.New("nothing was heard for too long")
	errGoodbye = errors.New("the peer closed it")
)

// read hands over what arrives until the socket ends, or ctx does.
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
			c.s.Log.Info("socket open", "app_sockets", f.NumConnections)
			if life := time.Duration(f.DebugInfo.ApproximateConnectionTime) * time.Second; life > 0 {
				early := time.AfterFunc(life-life/10-jitter(life/20), func() { c.askSuccessor(itsTime) })
				defer early.Stop()
			}
		case f.Type == "disconnect":
			c.s.Log.Info("socket to be replaced", "reason", f.Reason)
			c.askSuccessor(f.Reason)
		case f.EnvelopeID != "":
			c.hand <- struct{}{}
			c.extendDeadline() // that it took its time is not the peer's silence
			c.busy.Go(func() {
				defer func() { <-c.hand }()
				c.handle(ctx, h, f)
			})
		}
	}
	return ctx.Err()
}

// envelopeID finds the id in a frame that is not the JSON it should be. In a text of
// somebody's the quotes would be escaped.
var envelopeID = regexp.MustCompile(`"envelope_id"\s*:\s*"([0-9A-Za-z_.:-]{1,100})"`)

// ackUnreadable acknowledges a frame that cannot be read, if it can be told which: Slack would
// only bring the same once more. It is counted, and its contents are nobody's to log.
func (c *socket) ackUnreadable(raw []byte) {
	id := envelopeID.FindSubmatch(raw)
	c.s.Log.Warn("frame of Slack's not understood", "bytes", len(raw), "acknowledged", id != nil, "count", c.s.unreadable.Add(1))
	if id != nil {
		c.acknowledge(frame{Type: "not understood", EnvelopeID: string(id[1])}, reaction{})
	}
}

// handle hands one envelope over and acknowledges it, unless the response says not to; what
// is to be said besides comes behind.
func (c *socket) handle(ctx context.Context, h intake.Handler, f frame) {
	defer c.s.recoverPanic(f.Type)
	arrived, ctx := time.Now(), context.WithoutCancel(ctx)
	r := c.s.open(ctx, h, f)
	if !r.Unacked && c.acknowledge(f, r) {
		r.Line = ""
	}
	if r.Line != "" || r.Form != nil {
		c.s.after.Go(func() { c.s.follow(ctx, r, arrived) })
	}
}

// reply is the payload of an acknowledgement that whispers.
type reply struct {
	ResponseType string        `json:"response_type"`
	Text         string        `json:"text"`
	Blocks       []slack.Block `json:"blocks,omitempty"`
}

// written is the acknowledgement of an envelope, and whether it takes the line of r along.
func written(f frame, r reaction) (raw []byte, told bool) {
	type ack struct {
		EnvelopeID string `json:"envelope_id"`
		Payload    *reply `json:"payload,omitempty"`
	}
	if r.inAck && r.Line != "" {
		raw, _ = json.Marshal(ack{f.EnvelopeID, &reply{ResponseType: "ephemeral", Text: string(r.Line), Blocks: pages(r.Response)}})
		if len(raw) < maxAck {
			return raw, true
		}
	}
	raw, _ = json.Marshal(ack{EnvelopeID: f.EnvelopeID})
	return raw, false
}

// acknowledge reports whether the acknowledgement took the line of r along. A socket that takes
// none is of no use any more: what it brought would be done, and its sender told that it was not.
func (c *socket) acknowledge(f frame, r reaction) bool {
	raw, told := written(f, r)
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), ackTimeout) // which closes the connection if it ends too soon
	defer cancel()
	if err := c.conn.Write(ctx, websocket.MessageText, raw); err != nil {
		c.s.Log.Warn("acknowledgement not sent", "type", f.Type, "error", err)
		c.end()
		return false
	}
	return told
}
