package demo

import (
	"slices"
	"strings"

	"cloudpc-bot/bot/slackfake"
)

// progress is what of the tour has been seen; the page ticks it off. What a later step needs may come before an earlier one.
type progress struct {
	Asked    bool `json:"asked"`    // a card waits, or has waited, for approval
	Approved bool `json:"approved"` // by another person
	Survived bool `json:"survived"` // the bot was killed while it had something to do, and runs again
	Lost     bool `json:"lost"`     // Graph acted, its answer was lost, and the bot found out
	Vetoed   bool `json:"vetoed"`   // the owner said "not now"
	Frozen   bool `json:"frozen"`   // an admin put the brakes on
}

// tour looks at what the fakes saw.
func (s *session) tour() progress {
	var p progress
	messages := s.slack.Messages(channel)
	said := func(words string) bool {
		return slices.ContainsFunc(messages, func(m slackfake.Message) bool { return strings.Contains(m.Plain(), words) })
	}
	for _, m := range messages {
		p.Asked = p.Asked || m.ThreadTS == "" && m.User == s.slack.BotUser() && m.Blocks != nil
	}
	p.Approved = said("Approved by")
	bot := s.bot.status()
	p.Survived = bot.Kills > 0 && bot.Running && bot.Starts > 1 && p.Asked
	for _, post := range s.tenant.Posts() {
		p.Lost = p.Lost || post.Acted && !post.Answered
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.gestures {
		acked := g.Outcome() == "acked"
		p.Vetoed = p.Vetoed || acked && g.Action == "veto"
		p.Frozen = p.Frozen || acked && strings.HasPrefix(g.Text, "freeze") && (g.Person == ada || g.Person == ben)
	}
	return p
}
