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

// of is whom the card of a request calls: the approvers without who asked, without the machine's owner
// where they may not approve (see [ledger.Request.Calls]), and without the groups that were called in the
// channel a moment ago; quiet says that there are such, and earlier is the card that called, if it is up.
// It is what this process knows: another replica may call once more.
func (c *callers) of(r ledger.Request, approvers words.Mentions, ownerMay bool, channel string, now time.Time) (calls words.Mentions, quiet bool, earlier string) {
	if r.ApprovalsNeeded == 0 {
		return words.Mentions{}, false, ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	calls.People = slices.DeleteFunc(slices.Clone(approvers.People), func(p auth.Person) bool { return !r.Calls(p, ownerMay) })
	if c.last == nil {
		c.last = map[groupIn]call{}
	}
	for k, v := range c.last {
		if now.Sub(v.at) >= groupQuiet {
			delete(c.last, k)
		}
	}
	for _, g := range approvers.Groups {
		if last, ok := c.last[groupIn{channel, g}]; ok {
			quiet, earlier = true, last.link
			continue
		}
		calls.Groups = append(calls.Groups, g)
		c.last[groupIn{channel, g}] = call{at: now} // before the card is up: another one may be on its way
	}
	return calls, quiet, earlier
}

// called notes which card called groups in a channel; link is empty where it did not come up.
func (c *callers) called(channel string, groups []string, link string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range groups {
		if link == "" {
			delete(c.last, groupIn{channel, g})
		} else if last, ok := c.last[groupIn{channel, g}]; ok {
			c.last[groupIn{channel, g}] = call{last.at, link}
		}
	}
}
