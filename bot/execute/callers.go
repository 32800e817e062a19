package execute

import (
	"slices"
	"sync"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// groupQuiet is for how long a user group is not called again in a channel.
const groupQuiet = time.Minute

// callers remembers which user groups this process called where, so that several cards at once
// call a group once.
type callers struct {
	mu   sync.Mutex
	last map[groupIn]call
}

type groupIn struct{ channel, group string }

// call is the newest call of a group in a channel.
type call struct {
	at   time.Time
	link string // the card that called
}

// of is whom the card of a request calls: the approvers without who asked, who does not approve it,
// and without the groups that were called in the channel a moment ago, by the card at earlier.
func (c *callers) of(r ledger.Request, approvers words.Mentions, channel string, now time.Time) (calls words.Mentions, earlier string) {
	if r.ApprovalsNeeded == 0 {
		return words.Mentions{}, ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	calls.People = slices.DeleteFunc(slices.Clone(approvers.People), func(p auth.Person) bool { return p == r.Requester })
	for _, g := range approvers.Groups {
		if last, ok := c.last[groupIn{channel, g}]; ok && now.Sub(last.at) < groupQuiet {
			earlier = last.link
			continue
		}
		calls.Groups = append(calls.Groups, g)
	}
	return calls, earlier
}

// called notes that a card called people in a channel.
func (c *callers) called(channel string, calls words.Mentions, link string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, v := range c.last {
		if now.Sub(v.at) >= groupQuiet {
			delete(c.last, k)
		}
	}
	if c.last == nil {
		c.last = map[groupIn]call{}
	}
	for _, g := range calls.Groups {
		c.last[groupIn{channel, g}] = call{now, link}
	}
}
