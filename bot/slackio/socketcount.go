package slackio

import (
	"sync"
	"time"

	"cloudpc-bot/bot/intake"
)

// socketCounts counts sockets, ours and those that Slack speaks of.
type socketCounts struct {
	mu   sync.Mutex
	open int // of ours
	most int // of ours at once, since it was last told
	said intake.SocketCount
}

// opened counts a socket of ours, until closed is called.
func (c *socketCounts) opened() (closed func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	c.most = max(c.most, c.open)
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.open--
	})
}

// greeted takes down what Slack says in a hello: how many sockets the app has.
func (c *socketCounts) greeted(known int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = intake.SocketCount{Known: known, At: time.Now()}
}

// SocketCount tells of the sockets of this process and of the app.
func (s *Client) SocketCount() intake.SocketCount {
	c := &s.socketCounts
	c.mu.Lock()
	defer c.mu.Unlock()
	told := c.said
	told.Held = c.most
	c.most = c.open
	return told
}
