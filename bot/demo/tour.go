package demo

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/slackfake"
)

// progress is what of the tour has happened; the page ticks it off. What a later step needs may come before an earlier one.
type progress struct {
	Asked    bool `json:"asked"`    // a card waits, or has waited, for approval
	Approved bool `json:"approved"` // by another person
	Survived bool `json:"survived"` // the bot was killed with something to do, was started again, and told how it ended
	Lost     bool `json:"lost"`     // Graph acted, its answer was lost, and the thread told how it ended all the same
	Vetoed   bool `json:"vetoed"`   // the owner said "not now" in time
	Frozen   bool `json:"frozen"`   // an admin put the brakes on, and released them
}

// tour looks at what people did and at what the bot made of it.
func (s *session) tour() progress {
	var p progress
	for _, m := range s.slack.Messages(channel) {
		p.Asked = p.Asked || hasButton(m.Blocks, "approve") || slices.ContainsFunc(m.History, func(v slackfake.Version) bool { return hasButton(v.Blocks, "approve") })
	}
	p.Approved = s.approvals() > 0
	p.Vetoed = s.told(func(m slackfake.Message) bool {
		return strings.Contains(m.Plain(), "said “not now”. Nothing was erased")
	}) > 0
	for _, post := range s.tenant.Posts() {
		p.Lost = p.Lost || post.Acted && !post.Answered && s.endsAfter(post.At) > 0
	}
	s.mu.Lock()
	survivor, interactions := s.survivor, s.interactions
	s.mu.Unlock()
	p.Survived = survivor >= 0 && s.ends() > survivor
	frozen := false
	for _, g := range interactions {
		if (g.Person == ada || g.Person == ben) && g.Outcome() == slackfake.Acked {
			frozen = frozen || strings.HasPrefix(g.Text, "freeze")
			p.Frozen = p.Frozen || frozen && strings.HasPrefix(g.Text, "unfreeze")
		}
	}
	return p
}

// told is how many replies of the bot's in threads are like that.
func (s *session) told(like func(slackfake.Message) bool) (n int) {
	for _, m := range s.slack.Messages(channel) {
		if m.User == s.slack.BotUser() && m.ThreadTS != "" && like(m) {
			n++
		}
	}
	return n
}

// approvals is how many requests were approved.
func (s *session) approvals() int {
	return s.told(func(m slackfake.Message) bool { return strings.Contains(m.Plain(), "Approved by @") })
}

// working reports whether the bot has to do what was approved.
func (s *session) working() bool {
	open := map[string]bool{} // threads
	for _, m := range s.slack.Messages(channel) {
		switch {
		case m.User != s.slack.BotUser():
		case strings.Contains(m.Plain(), "Approved by @"):
			open[m.ThreadTS] = true
		case receipt.MatchString(m.Plain()):
			delete(open, m.ThreadTS)
		}
	}
	return len(open) > 0
}

// receipt stands in the last reply to every request.
var receipt = regexp.MustCompile(`R-[0-9A-Z]{4}:[0-9a-f]{12}`)

// ends is how many requests have ended.
func (s *session) ends() int { return s.endsAfter(time.Time{}) }

func (s *session) endsAfter(t time.Time) int {
	return s.told(func(m slackfake.Message) bool { return at(m.TS).After(t) && receipt.MatchString(m.Plain()) })
}
