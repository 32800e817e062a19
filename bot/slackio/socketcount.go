package slackio

import (
	"sync"
	"time"

	"cloudpc-bot/bot/intake"
)

// socketCounts counts this process's sockets, and keeps Slack's count of all sockets of the app.
type socketCounts struct {
	mu   sync.Mutex
	open int                // this process's sockets now
	most int                // this process's sockets at once, at most, since SocketCount was last called
	said intake.SocketCount // Slack's latest count
}

// opened counts a new socket of this process until closed is called.
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

// greeted records num_connections from a hello: how many sockets the app has, across all processes. Slack
// may count a socket that was dropped only just before.
func (c *socketCounts) greeted(known int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = intake.SocketCount{Known: known, At: time.Now()}
}

// OpenSockets returns how many sockets this process holds now, and how many the whole app had when Slack last
// counted; 0 = Slack has not yet.
func (s *Client) OpenSockets() (open, app int) {
	c := &s.socketCounts
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open, c.said.Known
}

// SocketCount returns how many sockets this process and the whole app have. Held is the maximum since
// the previous call.
func (s *Client) SocketCount() intake.SocketCount {
	c := &s.socketCounts
	c.mu.Lock()
	defer c.mu.Unlock()
	count := c.said
	count.MaxSockets = c.most
	c.most = c.open
	return count
}
