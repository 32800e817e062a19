package doctor

import (
	"context"
	"fmt"
)

// channel checks APPROVAL_CHANNEL.
func (l *look) channel(ctx context.Context, id string) []Finding {
	c, err := l.Channel(ctx, id)
	if err != nil {
		return unanswered(ctx, "channel", "Slack did not answer what APPROVAL_CHANNEL is", err, "channel", id)
	}
	invite := "type /invite @" + l.Name() + " in #" + c.Name
	why, cure := "", ""
	switch {
	case c.Missing:
		why, cure = "Slack has no channel with this id, or it is private and the bot is not in it",
			"copy the id from the channel's details in Slack; if it is right, type /invite @"+l.Name()+" there"
	case c.Archived:
		why, cure = "the channel is archived", "unarchive it and "+invite+", or name another channel"
	case c.Shared:
		why, cure = "the channel is shared with another organisation, or about to be", "name a channel that only your own people are in"
	case !c.Member:
		why, cure = "the bot is not in it", invite
	default:
		return []Finding{fine("channel", "the bot can post cards to APPROVAL_CHANNEL, #%s", c.Name)}
	}
	name := id
	if c.Name != "" {
		name = fmt.Sprintf("%s (#%s)", id, c.Name)
	}
	return []Finding{{
		Level: Fail, Subject: "channel", Text: fmt.Sprintf("APPROVAL_CHANNEL %s: %s", name, why), Cure: cure,
		What: "the bot cannot post cards to APPROVAL_CHANNEL", About: []any{"channel", id, "name", c.Name},
	}}
}
